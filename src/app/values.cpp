#include "app/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/json.hpp>

#include "net/http_target.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, Duration>, 4> kUnits{{{"ms", 1ms}, {"s", 1s}, {"m", 1min}, {"h", 1h}}};
constexpr std::uint64_t kDurationMax = 1'000'000'000;  // of any unit; far from overflowing

bool is_ice_url(std::string_view url) {  // RFC 7064, RFC 7065
  return std::ranges::any_of(std::array{"stun:", "stuns:", "turn:", "turns:"}, [&](std::string_view scheme) {
    return url.starts_with(scheme) && url.size() > scheme.size();
  });
}

bool is_ice_url(const json::value& value) {
  return value.is_string() && is_ice_url(std::string_view{value.get_string().data(), value.get_string().size()});
}

bool has_ice_urls(const json::object& server) {
  const json::value* urls = server.if_contains("urls");
  if (!urls) return false;
  if (const json::array* list = urls->if_array()) {
    return !list->empty() && std::ranges::all_of(*list, [](const json::value& url) { return is_ice_url(url); });
  }
  return is_ice_url(*urls);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Duration> parse_duration(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_number(text.substr(0, digits));
  const std::string_view unit = digits == text.size() ? "s" : text.substr(digits);
  const auto found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, Duration>::first);
  if (!count || *count > kDurationMax || found == kUnits.end()) return std::nullopt;
  return static_cast<Duration::rep>(*count) * found->second;
}

std::string print_duration(Duration duration) {
  return duration % 1s == Duration::zero() ? std::to_string(duration / 1s) + 's'
                                           : std::to_string(duration / 1ms) + "ms";
}

bool is_origin(std::string_view text) {
  if (text == "*") return true;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) return net::parse_host(text.substr(scheme.size())).has_value();
  }
  return false;
}

std::optional<std::string> parse_ice_server(std::string_view text) {
  if (text.starts_with("stun:") && is_ice_url(text)) {
    return json::serialize(json::object{{"urls", json::array{json::string_view{text.data(), text.size()}}}});
  }
  json::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object() || !has_ice_urls(value.get_object())) return std::nullopt;
  for (const auto& [key, member] : value.get_object()) {
    if (key == "urls") continue;
    if ((key != "username" && key != "credential") || !member.is_string()) return std::nullopt;
  }
  return json::serialize(value);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '{' || c == '[')) depth += 1;
    if (!quoted && (c == '}' || c == ']')) depth -= 1;
    if (c == ',' && depth <= 0 && !quoted) {
      items.emplace_back();
    } else if (c != ' ' || !items.back().empty()) {
      items.back() += c;
    }
  }
  for (std::string& item : items) item.erase(item.find_last_not_of(' ') + 1);
  std::erase(items, "");
  return items;
}

}  // namespace plntry::app
