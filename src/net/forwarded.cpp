#include "net/forwarded.hpp"

#include <algorithm>

#include "net/http_target.hpp"

namespace plntry::net {
namespace {

constexpr int kHopsMax = 32;  // proxies in a row that are looked at

struct Hop {
  std::optional<IpAddress> address{};
  std::optional<bool> https{};
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Takes the last item off `list`. Nothing in quotes that a proxy writes holds a separator, while what a stranger wrote
// further left may be half a quotation: so quotes are not looked at.
std::string_view take_last(std::string_view& list, char separator) {
  const std::size_t at = list.rfind(separator);
  const std::string_view last = at == std::string_view::npos ? list : list.substr(at + 1);
  list = list.substr(0, at == std::string_view::npos ? 0 : at);
  return trimmed(last);
}

// "192.0.2.1", "192.0.2.1:5000", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5000".
std::optional<IpAddress> parse_node(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return address->unmapped();
  if (const auto endpoint = Endpoint::parse(text)) return endpoint->address.unmapped();
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(1, text.size() - 2));
  return address ? std::optional{address->unmapped()} : std::nullopt;
}

std::optional<bool> parse_proto(std::string_view text) {
  if (equal_ignoring_case(text, "https")) return true;
  if (equal_ignoring_case(text, "http")) return false;
  return std::nullopt;
}

Hop parse_address(std::string_view item) { return {parse_node(item), std::nullopt}; }

// RFC 7239 §4: `for="[2001:db8::1]:47011";proto=https;by=…`
Hop parse_element(std::string_view element) {
  Hop hop;
  while (!element.empty()) {
    const std::string_view pair = take_last(element, ';');
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = pair.substr(0, equals);
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    if (equal_ignoring_case(name, "for")) hop.address = parse_node(value);
    if (equal_ignoring_case(name, "proto")) hop.https = parse_proto(value);
  }
  return hop;
}

Sender walk(const IpAddress& peer, std::string_view list, const TrustedProxies& proxies,
            Hop (*parse)(std::string_view)) {
  Sender sender{peer};
  for (int hops = 0; hops < kHopsMax && !list.empty() && is_trusted(proxies, sender.address); ++hops) {
    const Hop hop = parse(take_last(list, ','));
    if (hop.https) sender.https = hop.https;
    if (!hop.address) break;
    sender.address = *hop.address;
  }
  return sender;
}

}  // namespace

bool is_trusted(const TrustedProxies& proxies, const IpAddress& address) {
  return std::ranges::any_of(proxies, [&](const Prefix& proxy) { return proxy.contains(address); });
}

Sender sender_of(const IpAddress& peer, const ForwardedFields& fields, const TrustedProxies& proxies) {
  if (!is_trusted(proxies, peer)) return {peer};
  Sender sender = walk(peer, fields.forwarded_for, proxies, parse_address);
  std::string_view protos = fields.forwarded_proto;
  sender.https = parse_proto(take_last(protos, ','));
  if (fields.forwarded.empty()) return sender;
  const Sender other = walk(peer, fields.forwarded, proxies, parse_element);
  if (fields.forwarded_for.empty()) return {other.address, sender.https ? sender.https : other.https};
  return sender.address == other.address ? sender : Sender{peer};
}

}  // namespace plntry::net
