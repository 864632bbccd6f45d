// The doctor's findings, and how they are told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plntry::doctor {

enum class Grade : std::uint8_t {
  passed,
  advice,   // it works; something could be better
  skipped,  // it could not be examined from here
  failed,
};

struct Finding {
  std::string check;  // "relay-udp"; stable, for machines
  Grade grade = Grade::passed;
  std::string text;    // a sentence
  std::string remedy;  // the command or setting that mends it; not for what passed
};

using Findings = std::vector<Finding>;

bool is_well(const Findings& findings);  // nothing failed

std::string print_text(const Findings& findings);

}  // namespace plntry::doctor
