// Whom trusted proxies brought: X-Forwarded-For and X-Forwarded-Proto, or Forwarded (RFC 7239). Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/prefix.hpp"

namespace plntry::net {

using TrustedProxies = std::vector<Prefix>;
bool is_trusted(const TrustedProxies& proxies, const IpAddress& address);

// Header fields as they came; several lines of one name are one list, joined by commas. Empty: there was none.
struct ForwardedFields {
  std::string forwarded_for;    // X-Forwarded-For
  std::string forwarded_proto;  // X-Forwarded-Proto
  std::string forwarded;        // Forwarded

  bool empty() const { return forwarded_for.empty() && forwarded_proto.empty() && forwarded.empty(); }
};

// Who sends a request, as far as anybody who is trusted says so.
struct Sender {
  IpAddress address;
  std::optional<bool> https = {};  // how it came to the proxies; nothing: they do not say

  friend bool operator==(const Sender&, const Sender&) = default;
};

// Each proxy writes down, at the right, whom it was called by. So from `peer` on, leftwards, each address is believed
// as long as the one that wrote it is trusted: the first that is not trusted itself is the sender. What a stranger
// wrote stands further left. An address that cannot be read ends the walk. When both kinds of field come and name
// different senders, one of them was passed on unseen, and neither is believed.
Sender sender_of(const IpAddress& peer, const ForwardedFields& fields, const TrustedProxies& proxies);

}  // namespace plntry::net
