// One TCP port carries everything: the first byte of a connection tells what it speaks.
#pragma once

#include <cstdint>

namespace plntry::net {

enum class Protocol : std::uint8_t { http, stun, tls, unknown };

constexpr Protocol sniff(std::uint8_t first_byte) {
  if (first_byte == 0x16) return Protocol::tls;                       // RFC 8446 §5.1: handshake record
  if (first_byte >= 'A' && first_byte <= 'Z') return Protocol::http;  // RFC 9110 §9.1: methods are upper case
  if ((first_byte & 0xC0) == 0) return Protocol::stun;                // RFC 8489 §5
  return Protocol::unknown;
}

// 0x16 has its top two bits zero as well: a STUN message type that begins so (method 0x580 and up) is unassigned.
static_assert(sniff(0x16) == Protocol::tls && sniff(0x00) == Protocol::stun && sniff('G') == Protocol::http);

}  // namespace plntry::net
