#include "app/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include <boost/json.hpp>

#include "net/http_target.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, Duration>, 4> kUnits{{{"ms", 1ms}, {"s", 1s}, {"m", 1min}, {"h", 1h}}};
constexpr std::uint64_t kDurationMax = 1'000'000'000;  // of any unit; far from overflowing

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kSizeUnits{SizeUnit{"KB", 1000},
                                SizeUnit{"kB", 1000},
                                SizeUnit{"MB", 1'000'000},
                                SizeUnit{"GB", 1'000'000'000},
                                SizeUnit{"TB", 1'000'000'000'000},
                                SizeUnit{"KiB", 1ULL << 10},
                                SizeUnit{"MiB", 1ULL << 20},
                                SizeUnit{"GiB", 1ULL << 30},
                                SizeUnit{"TiB", 1ULL << 40}};
constexpr std::uint64_t kSizeMax = INT64_MAX;

constexpr std::int64_t kServiceLifetimeMin = 60;
constexpr std::int64_t kServiceLifetimeMax = 86'400;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

// `urls` as a list, or nothing if one of them is no URL of a STUN or TURN server.
std::optional<std::vector<std::string_view>> urls_of(const json::object& server) {
  std::vector<std::string_view> urls;
  const auto add = [&](const json::value& url) {
    if (!url.is_string() || !net::is_ice_url(view(url.get_string()))) return false;
    urls.push_back(view(url.get_string()));
    return true;
  };
  const json::value* value = server.if_contains("urls");
  if (!value) return std::nullopt;
  const json::array* list = value->if_array();
  const bool all = list ? std::ranges::all_of(*list, add) : add(*value);
  return all && !urls.empty() ? std::optional{urls} : std::nullopt;
}

bool has_text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value && value->is_string() && !value->get_string().empty();
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

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_number(text.substr(0, digits));
  const auto unit = std::ranges::find(kSizeUnits, text.substr(digits), &SizeUnit::name);
  if (!count || unit == kSizeUnits.end() || *count > kSizeMax / unit->bytes) return std::nullopt;
  return *count * unit->bytes;
}

bool is_origin(std::string_view text) {
  if (text == "*") return true;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) return net::parse_host(text.substr(scheme.size())).has_value();
  }
  return false;
}

std::optional<net::IceService> parse_ice_service(std::string_view text) {
  if (text.starts_with("stun:") && net::is_ice_url(text)) {
    return net::IceService{R"({"urls":[")" + std::string{text} + R"("]})", {}, {}};
  }
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  json::object& server = value.get_object();
  const auto urls = urls_of(server);
  if (!urls) return std::nullopt;

  net::IceService service;
  std::size_t known = 1;  // `urls`
  if (has_text(server, "secret")) {
    service.secret = view(server.at("secret").get_string());
    server.erase("secret");
    if (const json::value* ttl = server.if_contains("ttl")) {
      const std::int64_t* seconds = ttl->if_int64();
      if (!seconds || *seconds < kServiceLifetimeMin || *seconds > kServiceLifetimeMax) return std::nullopt;
      service.lifetime = std::chrono::seconds{*seconds};
      server.erase("ttl");
    }
  } else if (has_text(server, "username") && has_text(server, "credential")) {
    known = 3;
  } else if (std::ranges::any_of(*urls, [](std::string_view url) { return url.starts_with("turn"); })) {
    return std::nullopt;  // a browser would take none of the servers
  }
  if (server.size() != known) return std::nullopt;
  service.server = json::serialize(server);
  return service;
}

std::optional<std::pair<std::string, std::uint16_t>> parse_host_and_port(std::string_view text) {
  if (const auto address = IpAddress::parse(text); address && address->is_v6()) {
    return std::pair{host_in_url(*address), std::uint16_t{0}};
  }
  auto host = net::parse_host(text);
  if (!host) return std::nullopt;
  const std::size_t colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  if (colon == std::string_view::npos) return std::pair{std::move(*host), std::uint16_t{0}};
  const auto port = parse_number(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65'535) return std::nullopt;
  return std::pair{std::move(*host), static_cast<std::uint16_t>(*port)};
}

std::string host_in_url(const IpAddress& address) {
  return address.is_v6() ? '[' + address.to_string() + ']' : address.to_string();
}

std::string print_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
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
