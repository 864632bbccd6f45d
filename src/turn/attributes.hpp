// The values of TURN's own attributes (RFC 8656 §18), decoded: absent, malformed, or what they say.
#pragma once

#include <span>

#include "base/endpoint.hpp"
#include "stun/message.hpp"
#include "turn/channel_data.hpp"

namespace plntry::turn {

inline constexpr std::uint8_t kTcpProtocol = 6;
inline constexpr std::uint8_t kUdpProtocol = 17;

// The comprehension-required attributes that this relay understands. DONT-FRAGMENT is one of them only where the DF
// bit can be set (RFC 8656 §7.2), CONNECTION-ID only where there are TCP allocations.
std::span<const stun::Attribute> understood_attributes(bool dont_fragment, bool connection_id);

stun::Parsed<Endpoint> xor_peer_address(const stun::MessageView& message);
stun::Parsed<std::uint32_t> lifetime_s(const stun::MessageView& message);
stun::Parsed<std::uint8_t> requested_transport(const stun::MessageView& message);
// The number as it is; `ChannelNumber` says whether it may be bound.
stun::Parsed<std::uint16_t> channel_number(const stun::MessageView& message);
// The family octet as it is: 0x01 is IPv4, 0x02 is IPv6.
stun::Parsed<std::uint8_t> requested_address_family(const stun::MessageView& message);
stun::Parsed<std::uint8_t> additional_address_family(const stun::MessageView& message);
// Whether the R bit is set.
stun::Parsed<bool> even_port(const stun::MessageView& message);
stun::Parsed<std::uint32_t> connection_id(const stun::MessageView& message);
stun::Parsed<std::uint64_t> reservation_token(const stun::MessageView& message);

constexpr std::optional<IpFamily> family_from_wire(std::uint8_t value) {
  if (value == 0x01) return IpFamily::v4;
  if (value == 0x02) return IpFamily::v6;
  return std::nullopt;
}
constexpr std::uint8_t to_wire(IpFamily family) { return family == IpFamily::v4 ? 0x01 : 0x02; }

}  // namespace plntry::turn
