// `plntry usage`: what was relayed, from the store, as a table for people or as JSON for machines (docs/usage.md).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "usage/database.hpp"

namespace plntry::app {

struct UsageQuery {
  std::string directory;        // of the store
  std::uint64_t allowance = 0;  // bytes a month; 0: none
  unsigned days = 30;           // up to today; not when there is a month
  std::optional<usage::Month> month;
  bool calls = false;
  bool json = false;
};

struct UsageReport {
  WallTime made;
  usage::Day from;  // both included
  usage::Day to;
  std::vector<usage::DayRow> days;
  std::optional<std::vector<usage::Call>> calls;
  usage::Month month;  // of `to`
  std::uint64_t month_bytes = 0;
  std::uint64_t allowance = 0;
};

// Or why not, and what to do, in words.
std::expected<UsageReport, std::string> read_usage(const UsageQuery& query, WallTime now);
std::string print_usage_table(const UsageReport& report);
std::string print_usage_json(const UsageReport& report);

// Prints it. The exit code.
int show_usage(const UsageQuery& query);

}  // namespace plntry::app
