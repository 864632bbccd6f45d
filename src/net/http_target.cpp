#include "net/http_target.hpp"

#include <algorithm>
#include <ranges>

#include "base/endpoint.hpp"

namespace plntry::net {
namespace {

constexpr std::size_t kPathMax = 256;
constexpr std::size_t kHostMax = 253;  // RFC 1035 §2.3.4

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_file_segment(std::string_view segment) {
  return !segment.empty() && segment.front() != '.' &&
         std::ranges::all_of(segment, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_file_path(std::string_view path) {
  for (const auto part : std::views::split(path, '/')) {
    if (!is_file_segment(std::string_view{part.begin(), part.end()})) return false;
  }
  return !path.empty();
}

bool is_dns_name(std::string_view name) {
  return !name.empty() && name.size() <= kHostMax && is_alphanumeric(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }) &&
         name.find("..") == std::string_view::npos;
}

// "host" and what follows it: nothing, or ":port".
struct Authority {
  std::string_view host;
  std::string_view port;
};

std::optional<Authority> split_authority(std::string_view text) {
  const std::size_t host_end = text.starts_with('[') ? text.find(']') + 1 : std::min(text.find(':'), text.size());
  if (host_end == 0) return std::nullopt;  // an open bracket, or no host
  const std::string_view rest = text.substr(host_end);
  if (rest.empty()) return Authority{text, {}};
  const std::string_view port = rest.substr(1);
  const bool numeric = port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (rest.front() != ':' || !numeric) return std::nullopt;
  return Authority{text.substr(0, host_end), port};
}

// "api/rooms/{room}/join", "api/rooms/{room}/events"
Target parse_room_target(std::string_view path) {
  constexpr std::string_view kRooms = "api/rooms/";
  if (!path.starts_with(kRooms)) return {};
  path.remove_prefix(kRooms.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view room = path.substr(0, slash);
  const std::string_view what = path.substr(slash + 1);
  if (what == "join") return {Route::join, room};
  return what == "events" ? Target{Route::events, room} : Target{};
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

Target parse_target(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (!target.starts_with('/') || target.size() > kPathMax) return {};
  const std::string_view path = target.substr(1);
  if (path.empty()) return {Route::page, {}};
  if (path == "healthz") return {Route::health, {}};
  if (path == "readyz") return {Route::ready, {}};
  if (path == "metrics") return {Route::metrics, {}};

  if (path == "api/frames") return {Route::frames, {}};
  if (path.starts_with("api/")) return parse_room_target(path);
  // One segment without a dot can only be a room, in whatever way a person wrote it; the page makes it canonical.
  if (path.find_first_of("/.\\") == std::string_view::npos) return {Route::page, {}};
  return is_file_path(path) ? Target{Route::asset, path} : Target{};
}

std::optional<std::string> parse_host(std::string_view host_header) {
  const auto authority = split_authority(host_header);
  if (!authority) return std::nullopt;
  const std::string_view host = authority->host;
  if (host.starts_with('[')) {
    const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    if (!address || !address->is_v6()) return std::nullopt;
    return "[" + address->to_string() + "]";
  }
  if (!is_dns_name(host)) return std::nullopt;
  std::string name(host);
  std::ranges::transform(name, name.begin(), lower);
  return name;
}

bool is_loopback_host(std::string_view host) {
  const auto address = IpAddress::parse(host);
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (address && address->is_v4() && address->bytes()[0] == 127);
}

bool is_same_origin(std::string_view origin, std::string_view host_header) {
  std::string_view default_port;
  if (origin.starts_with("https://")) {
    origin.remove_prefix(8);
    default_port = "443";
  } else if (origin.starts_with("http://")) {
    origin.remove_prefix(7);
    default_port = "80";
  } else {
    return false;
  }
  const auto page = split_authority(origin);
  const auto server = split_authority(host_header);
  if (!page || !server || !equal_ignoring_case(page->host, server->host)) return false;
  const auto port = [&](const Authority& authority) { return authority.port.empty() ? default_port : authority.port; };
  return port(*page) == port(*server);
}

}  // namespace plntry::net
