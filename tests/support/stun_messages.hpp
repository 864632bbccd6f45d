// STUN messages as tests write them: any bytes at all, not only what a Builder agrees to.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "stun/types.hpp"

namespace plntry::test {

inline constexpr stun::TransactionId kTransactionId{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

// One attribute as on the wire, padded with zeros.
inline std::vector<std::uint8_t> attribute(std::uint16_t type, Bytes value) {
  std::vector<std::uint8_t> bytes(4 + (value.size() + 3) / 4 * 4);
  store_be16(bytes, 0, type);
  store_be16(bytes, 2, static_cast<std::uint16_t>(value.size()));
  std::ranges::copy(value, bytes.begin() + 4);
  return bytes;
}
inline std::vector<std::uint8_t> attribute(stun::Attribute type, Bytes value) {
  return attribute(static_cast<std::uint16_t>(type), value);
}
inline std::vector<std::uint8_t> attribute(stun::Attribute type, std::string_view value) {
  return attribute(type, as_bytes(value));
}

inline std::vector<std::uint8_t> message(stun::MessageType type,
                                         std::initializer_list<std::vector<std::uint8_t>> attributes = {}) {
  std::vector<std::uint8_t> bytes(stun::kHeaderSize);
  store_be16(bytes, 0, stun::to_wire(type));
  store_be32(bytes, 4, stun::kMagicCookie);
  std::ranges::copy(kTransactionId, bytes.begin() + 8);
  for (const auto& attribute : attributes) bytes.insert(bytes.end(), attribute.begin(), attribute.end());
  store_be16(bytes, 2, static_cast<std::uint16_t>(bytes.size() - stun::kHeaderSize));
  return bytes;
}

inline std::vector<std::uint8_t> binding_request(std::initializer_list<std::vector<std::uint8_t>> attributes = {}) {
  return message({stun::Method::binding, stun::Class::request}, attributes);
}

}  // namespace plntry::test
