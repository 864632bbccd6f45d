// Days and months of UTC, as texts that sort like what they mean: "2026-11-24" and "2026-11". Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace plntry::usage {

using Day = std::chrono::sys_days;
using Month = std::chrono::year_month;

inline Day day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }
Month month_of(Day day);
inline Month month_of(WallTime time) { return month_of(day_of(time)); }
inline Day first_day(Month month) { return month / 1; }
inline Day last_day(Month month) { return month / std::chrono::last; }

std::string print_day(Day day);
std::string print_month(Month month);
std::string print_time(WallTime time);  // "2026-11-24T10:00:00Z"
std::optional<Day> parse_day(std::string_view text);
std::optional<Month> parse_month(std::string_view text);

}  // namespace plntry::usage
