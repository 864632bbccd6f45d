#include "usage/calendar.hpp"

#include <array>
#include <cstdio>

namespace plntry::usage {
namespace {

using std::chrono::year_month_day;

// Exactly `width` digits at the front of `text`, which lose them.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width || text.find_first_not_of("0123456789") < width) return std::nullopt;
  unsigned number = 0;
  for (const char digit : text.substr(0, width)) number = 10 * number + static_cast<unsigned>(digit - '0');
  text.remove_prefix(width);
  return number;
}

bool take_dash(std::string_view& text) {
  if (!text.starts_with('-')) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Month> take_month(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take_dash(text)) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month) return std::nullopt;
  const Month result{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}};
  return result.ok() ? std::optional{result} : std::nullopt;
}

}  // namespace

Month month_of(Day day) {
  const year_month_day date{day};
  return date.year() / date.month();
}

std::string print_day(Day day) {
  const year_month_day date{day};
  std::array<char, 32> text;
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string print_month(Month month) { return print_day(first_day(month)).substr(0, 7); }

std::string print_time(WallTime time) {
  const Day day = day_of(time);
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 32> text;
  const int size = std::snprintf(text.data(), text.size(), "T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
                                 static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return print_day(day) + std::string{text.data(), static_cast<std::size_t>(size)};
}

std::optional<Day> parse_day(std::string_view text) {
  const auto month = take_month(text);
  if (!month || !take_dash(text)) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !text.empty()) return std::nullopt;
  const year_month_day date = *month / std::chrono::day{*day};
  return date.ok() ? std::optional<Day>{date} : std::nullopt;
}

std::optional<Month> parse_month(std::string_view text) {
  const auto month = take_month(text);
  return text.empty() ? month : std::nullopt;
}

}  // namespace plntry::usage
