#include "usage/size.hpp"

#include <array>
#include <cstdio>

namespace plntry::usage {

std::string print_size(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {  // 999.95 would be printed as 1000.0
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text;
  const int size = std::snprintf(text.data(), text.size(), "%.1f %s", value, kUnits[unit]);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace plntry::usage
