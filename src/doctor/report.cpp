#include "doctor/report.hpp"

#include <algorithm>
#include <array>

namespace plntry::doctor {
namespace {

constexpr std::array<const char*, 4> kMarks{"ok   ", "note ", "skip ", "FAIL "};

auto count(const Findings& findings, Grade grade) { return std::ranges::count(findings, grade, &Finding::grade); }

}  // namespace

bool is_well(const Findings& findings) { return count(findings, Grade::failed) == 0; }

std::string print_text(const Findings& findings) {
  std::size_t width = 0;
  for (const Finding& each : findings) width = std::max(width, each.check.size());
  std::string text;
  for (const Finding& each : findings) {
    const std::string indent(kMarks[0] ? std::string_view{kMarks[0]}.size() + width + 2 : 0, ' ');
    text += kMarks[static_cast<std::size_t>(each.grade)] + each.check + std::string(width - each.check.size() + 2, ' ');
    text += each.text + '\n';
    if (!each.remedy.empty()) text += indent + "→ " + each.remedy + '\n';
  }
  const auto failed = count(findings, Grade::failed);
  text += '\n';
  text += failed == 0 ? "Nothing is wrong: " : std::to_string(failed) + " failed, ";
  text += std::to_string(count(findings, Grade::passed)) + " passed";
  if (const auto advice = count(findings, Grade::advice)) text += ", " + std::to_string(advice) + " with advice";
  if (const auto skipped = count(findings, Grade::skipped)) {
    text += ", " + std::to_string(skipped) + " could not be examined from here";
  }
  return text + ".\n";
}

}  // namespace plntry::doctor
