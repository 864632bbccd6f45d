#include "stun/fingerprint.hpp"

#include <array>

namespace plntry::stun {
namespace {

constexpr std::uint32_t kXorMask = 0x5354554E;  // "STUN", so that it differs from a CRC of the protocol beside it
constexpr std::size_t kAttributeSize = 8;

// CRC-32 of ITU V.42, bit-reflected, one octet at a time.
constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < 256; ++octet) {
    std::uint32_t crc = octet;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
    table[octet] = crc;
  }
  return table;
}();

constexpr std::uint32_t crc32(std::uint32_t crc, Bytes bytes) {
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ kCrcTable[(crc ^ byte) & 0xFF];
  return crc;
}

}  // namespace

std::uint32_t fingerprint_of(Bytes before) {
  std::array<std::uint8_t, 2> length;
  store_be16(length, 0, static_cast<std::uint16_t>(before.size() - kHeaderSize + kAttributeSize));
  std::uint32_t crc = crc32(0xFFFFFFFF, before.first(2));
  crc = crc32(crc, length);
  crc = crc32(crc, before.subspan(4));
  return ~crc ^ kXorMask;
}

FingerprintCheck check_fingerprint(const MessageView& message) {
  const auto value = message.fingerprint();
  if (!value) return FingerprintCheck::absent;
  return load_be32(*value, 0) == fingerprint_of(message.before_fingerprint()) ? FingerprintCheck::valid
                                                                              : FingerprintCheck::wrong;
}

}  // namespace plntry::stun
