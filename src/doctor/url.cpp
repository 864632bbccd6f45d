#include "doctor/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/endpoint.hpp"

namespace plntry::doctor {
namespace {

struct Kind {
  std::string_view prefix;
  Scheme scheme;
  std::uint16_t port;
  Transport transport;
};
constexpr std::array kKinds{
    Kind{"http://", Scheme::http, 80, Transport::tcp}, Kind{"https://", Scheme::https, 443, Transport::tls},
    Kind{"stun:", Scheme::stun, 3478, Transport::udp}, Kind{"stuns:", Scheme::stuns, 5349, Transport::tls},
    Kind{"turn:", Scheme::turn, 3478, Transport::udp}, Kind{"turns:", Scheme::turns, 5349, Transport::tls},
};

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

// "host", "host:port", "[v6]:port"; the port stays as it is when none is named.
bool take_authority(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = text.substr(1, end - 1);
    const auto address = IpAddress::parse(url.host);
    if (!address || !address->is_v6()) return false;
    text.remove_prefix(end + 1);
    if (!text.empty() && text[0] != ':') return false;
    port = text.empty() ? text : text.substr(1);
    if (!text.empty() && port.empty()) return false;
  } else {
    const std::size_t colon = text.find(':');
    url.host = text.substr(0, colon);
    if (!is_name(url.host)) return false;
    if (colon == std::string_view::npos) return true;
    port = text.substr(colon + 1);
    if (port.empty()) return false;
  }
  if (port.empty()) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return error == std::errc{} && end == port.data() + port.size() && url.port != 0;
}

}  // namespace

std::string Url::authority() const {
  return (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + std::to_string(port);
}

std::optional<Url> parse_url(std::string_view text) {
  const auto kind = std::ranges::find_if(kKinds, [&](const Kind& each) { return text.starts_with(each.prefix); });
  const Kind& found = kind == kKinds.end() ? kKinds[1] : *kind;
  Url url{.scheme = found.scheme, .host = {}, .port = found.port, .transport = found.transport};
  if (kind != kKinds.end()) text.remove_prefix(kind->prefix.size());
  const std::size_t end = text.find_first_of(url.is_page() ? "/?#" : "?");
  const std::string_view rest = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  if (!take_authority(text.substr(0, end), url)) return std::nullopt;
  if (url.is_page() || rest.empty()) return url;
  const bool secure = url.scheme == Scheme::turns || url.scheme == Scheme::stuns;
  if (rest == "?transport=udp") {
    url.transport = secure ? Transport::dtls : Transport::udp;
  } else if (rest == "?transport=tcp") {
    url.transport = secure ? Transport::tls : Transport::tcp;
  } else {
    return std::nullopt;
  }
  return url;
}

std::string_view name_of(Transport transport) {
  constexpr std::array<std::string_view, 4> kNames{"udp", "tcp", "tls", "dtls"};
  return kNames[static_cast<std::size_t>(transport)];
}

}  // namespace plntry::doctor
