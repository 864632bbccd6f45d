#include "stun/integrity.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace plntry::stun {
namespace {

// The header's length while a check value is computed: it counts that attribute, and nothing behind it.
std::array<std::uint8_t, 2> length_with(Bytes before, std::size_t value_size) {
  std::array<std::uint8_t, 2> length;
  store_be16(length, 0, static_cast<std::uint16_t>(before.size() - kHeaderSize + kAttributeHeaderSize + value_size));
  return length;
}

}  // namespace

bool is_opaque_string(std::string_view text) {
  // U+0080 to U+009F are control characters too; in UTF-8 they begin with C2 and 80 to 9F.
  const auto bytes = as_bytes(text);
  const auto is_control = [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7F; };
  const auto is_c1 = [](std::uint8_t lead, std::uint8_t next) { return lead == 0xC2 && next < 0xA0; };
  return !text.empty() && is_utf8(bytes) && std::ranges::none_of(bytes, is_control) &&
         std::ranges::adjacent_find(bytes, is_c1) == bytes.end();
}

Md5 long_term_key_md5(std::string_view username, std::string_view realm, std::string_view password) {
  return md5({as_bytes(username), as_bytes(":"), as_bytes(realm), as_bytes(":"), as_bytes(password)});
}

Sha256 long_term_key_sha256(std::string_view username, std::string_view realm, std::string_view password) {
  return sha256({as_bytes(username), as_bytes(":"), as_bytes(realm), as_bytes(":"), as_bytes(password)});
}

Sha256 userhash_of(std::string_view username, std::string_view realm) {
  return sha256({as_bytes(username), as_bytes(":"), as_bytes(realm)});
}

Sha1 integrity_of(Bytes before, Bytes key) {
  return hmac_sha1(key, {before.first(2), length_with(before, Sha1{}.size()), before.subspan(4)});
}

Sha256 integrity_sha256_of(Bytes before, Bytes key, std::size_t size) {
  return hmac_sha256(key, {before.first(2), length_with(before, size), before.subspan(4)});
}

bool has_valid_integrity(const MessageView& message, Bytes key) {
  const auto value = message.message_integrity();
  return value && equal_in_constant_time(*value, integrity_of(message.before_integrity(), key));
}

bool has_valid_integrity_sha256(const MessageView& message, Bytes key, std::size_t min_size) {
  const auto value = message.message_integrity_sha256();
  if (!value || value->size() < min_size) return false;
  const Sha256 expected = integrity_sha256_of(message.before_integrity_sha256(), key, value->size());
  return equal_in_constant_time(*value, Bytes{expected}.first(value->size()));
}

}  // namespace plntry::stun
