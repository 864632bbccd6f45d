// Borrowed bytes and big-endian access to them. A `Bytes` never owns: whoever hands one out says until when
// it is valid.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace plntry {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Big-endian (network order) loads and stores. `at + size` within the span is the caller's duty.
inline std::uint16_t load_be16(Bytes bytes, std::size_t at) {
  assert(at + 2 <= bytes.size());
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline std::uint32_t load_be32(Bytes bytes, std::size_t at) {
  return std::uint32_t{load_be16(bytes, at)} << 16 | load_be16(bytes, at + 2);
}

inline std::uint64_t load_be64(Bytes bytes, std::size_t at) {
  return std::uint64_t{load_be32(bytes, at)} << 32 | load_be32(bytes, at + 4);
}

inline void store_be16(MutableBytes bytes, std::size_t at, std::uint16_t value) {
  assert(at + 2 <= bytes.size());
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

inline void store_be32(MutableBytes bytes, std::size_t at, std::uint32_t value) {
  store_be16(bytes, at, static_cast<std::uint16_t>(value >> 16));
  store_be16(bytes, at + 2, static_cast<std::uint16_t>(value));
}

inline void store_be64(MutableBytes bytes, std::size_t at, std::uint64_t value) {
  store_be32(bytes, at, static_cast<std::uint32_t>(value >> 32));
  store_be32(bytes, at + 4, static_cast<std::uint32_t>(value));
}

}  // namespace plntry
