#include "app/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace plntry::app {
namespace {

constexpr std::size_t kLengthMax = 64;  // longer ones are no mistyped names

// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last.back();
}

}  // namespace

std::string suggest(std::string_view name, std::span<const std::string> names) {
  if (name.size() > kLengthMax) return {};
  std::size_t least = 1 + name.size() / 4;
  std::string_view nearest;
  for (const std::string& each : names) {
    const std::size_t far = distance(name, each);
    if (far > least || (far == least && !nearest.empty())) continue;
    least = far;
    nearest = each;
  }
  return nearest.empty() ? std::string{} : " Did you mean `" + std::string{nearest} + "`?";
}

}  // namespace plntry::app
