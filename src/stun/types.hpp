// The numbers of STUN (RFC 8489) and of its TURN usage (RFC 8656, 8016, 6062), as the IANA registries list them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace plntry::stun {

inline constexpr std::size_t kHeaderSize = 20;
inline constexpr std::size_t kAttributeHeaderSize = 4;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;

using TransactionId = std::array<std::uint8_t, 12>;

// RFC 8489 §5.
enum class Class : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

// NOLINTNEXTLINE(performance-enum-size): twelve bits on the wire, of which the known ones are few
enum class Method : std::uint16_t {
  binding = 0x001,
  allocate = 0x003,
  refresh = 0x004,
  send = 0x006,
  data = 0x007,
  create_permission = 0x008,
  channel_bind = 0x009,
  connect = 0x00A,
  connection_bind = 0x00B,
  connection_attempt = 0x00C,
};

struct MessageType {
  Method method;
  Class message_class;

  friend constexpr bool operator==(const MessageType&, const MessageType&) = default;
};

// The class's two bits lie between the method's twelve: M11…M7 C1 M6…M4 C0 M3…M0 (RFC 8489 §5, figure 3).
constexpr std::uint16_t to_wire(MessageType type) {
  const auto method = static_cast<std::uint16_t>(type.method);
  const auto bits = static_cast<std::uint16_t>(type.message_class);
  return static_cast<std::uint16_t>((method & 0x00F) | (method & 0x070) << 1 | (method & 0xF80) << 2 | (bits & 1) << 4 |
                                    (bits & 2) << 7);
}
constexpr MessageType message_type_from_wire(std::uint16_t wire) {
  return {static_cast<Method>((wire & 0x000F) | (wire & 0x00E0) >> 1 | (wire & 0x3E00) >> 2),
          static_cast<Class>((wire & 0x0010) >> 4 | (wire & 0x0100) >> 7)};
}
static_assert(to_wire({Method::binding, Class::request}) == 0x0001);
static_assert(to_wire({Method::binding, Class::error}) == 0x0111);
static_assert(message_type_from_wire(0x3FFF) == MessageType{static_cast<Method>(0xFFF), Class::error});

enum class Attribute : std::uint16_t {
  mapped_address = 0x0001,
  change_request = 0x0003,
  username = 0x0006,
  message_integrity = 0x0008,
  error_code = 0x0009,
  unknown_attributes = 0x000A,
  channel_number = 0x000C,
  lifetime = 0x000D,
  xor_peer_address = 0x0012,
  data = 0x0013,
  realm = 0x0014,
  nonce = 0x0015,
  xor_relayed_address = 0x0016,
  requested_address_family = 0x0017,
  even_port = 0x0018,
  requested_transport = 0x0019,
  dont_fragment = 0x001A,
  message_integrity_sha256 = 0x001C,
  password_algorithm = 0x001D,
  userhash = 0x001E,
  xor_mapped_address = 0x0020,
  reservation_token = 0x0022,
  padding = 0x0026,
  response_port = 0x0027,
  connection_id = 0x002A,
  additional_address_family = 0x8000,
  address_error_code = 0x8001,
  password_algorithms = 0x8002,
  alternate_domain = 0x8003,
  icmp = 0x8004,
  software = 0x8022,
  alternate_server = 0x8023,
  fingerprint = 0x8028,
  response_origin = 0x802B,
  other_address = 0x802C,
  mobility_ticket = 0x8030,
};

// RFC 8489 §14: a receiver that does not know such an attribute cannot process the message.
constexpr bool is_comprehension_required(Attribute type) { return static_cast<std::uint16_t>(type) < 0x8000; }

enum class ErrorCode : std::uint16_t {
  try_alternate = 300,
  bad_request = 400,
  unauthenticated = 401,
  forbidden = 403,
  mobility_forbidden = 405,
  unknown_attribute = 420,
  allocation_mismatch = 437,
  stale_nonce = 438,
  address_family_not_supported = 440,
  wrong_credentials = 441,
  unsupported_transport_protocol = 442,
  peer_address_family_mismatch = 443,
  connection_already_exists = 446,
  connection_timeout_or_failure = 447,
  allocation_quota_reached = 486,
  server_error = 500,
  insufficient_capacity = 508,
};

// The reason phrases that the RFCs recommend: RFC 8489 §14.8, RFC 8656 §19, RFC 8016 §3.3, RFC 6062 §6.3.
constexpr std::string_view reason(ErrorCode code) {
  switch (code) {
    case ErrorCode::try_alternate:
      return "Try Alternate";
    case ErrorCode::bad_request:
      return "Bad Request";
    case ErrorCode::unauthenticated:
      return "Unauthenticated";
    case ErrorCode::forbidden:
      return "Forbidden";
    case ErrorCode::mobility_forbidden:
      return "Mobility Forbidden";
    case ErrorCode::unknown_attribute:
      return "Unknown Attribute";
    case ErrorCode::allocation_mismatch:
      return "Allocation Mismatch";
    case ErrorCode::stale_nonce:
      return "Stale Nonce";
    case ErrorCode::address_family_not_supported:
      return "Address Family not Supported";
    case ErrorCode::wrong_credentials:
      return "Wrong Credentials";
    case ErrorCode::unsupported_transport_protocol:
      return "Unsupported Transport Protocol";
    case ErrorCode::peer_address_family_mismatch:
      return "Peer Address Family Mismatch";
    case ErrorCode::connection_already_exists:
      return "Connection Already Exists";
    case ErrorCode::connection_timeout_or_failure:
      return "Connection Timeout or Failure";
    case ErrorCode::allocation_quota_reached:
      return "Allocation Quota Reached";
    case ErrorCode::server_error:
      return "Server Error";
    case ErrorCode::insufficient_capacity:
      return "Insufficient Capacity";
  }
  return "";
}

// RFC 8489 §18.5.
// NOLINTNEXTLINE(performance-enum-size): as wide as on the wire
enum class PasswordAlgorithm : std::uint16_t { md5 = 1, sha256 = 2 };

}  // namespace plntry::stun
