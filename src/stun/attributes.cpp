#include "stun/attributes.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "base/utf8.hpp"

namespace plntry::stun {
namespace {

std::optional<std::string_view> decode_utf8(Bytes value, std::size_t max_size) {
  if (value.size() > max_size || !is_utf8(value)) return std::nullopt;
  return as_text(value);
}

std::optional<PasswordAlgorithmValue> read_password_algorithm(Reader& reader) {
  const auto algorithm = reader.be16();
  const auto size = reader.be16();
  if (!algorithm || !size) return std::nullopt;
  const auto parameters = reader.bytes(*size);
  if (!parameters) return std::nullopt;
  // Parameters are padded to a multiple of four; nothing is wrong if padding after the last of them is left out.
  reader.bytes(std::min<std::size_t>((4U - *size % 4U) % 4U, reader.rest().size()));
  return PasswordAlgorithmValue{static_cast<PasswordAlgorithm>(*algorithm), *parameters};
}

}  // namespace

void UnknownAttributes::add(Attribute type) {
  if (size_ == kMax || std::ranges::find(list(), type) != list().end()) return;
  types_[size_++] = type;
}

bool PasswordAlgorithmList::add(PasswordAlgorithmValue value) {
  if (size_ == kMax) return false;
  values_[size_++] = value;
  return true;
}

std::optional<Endpoint> decode_address(Bytes value) {
  if (value.size() < 4) return std::nullopt;
  const std::uint8_t family = value[1];  // the octet before it is ignored
  const Bytes bytes = value.subspan(4);
  if ((family != 0x01 || bytes.size() != 4) && (family != 0x02 || bytes.size() != 16)) return std::nullopt;
  return Endpoint{*IpAddress::from_bytes(bytes), load_be16(value, 2)};
}

Endpoint xor_endpoint(const Endpoint& endpoint, const TransactionId& id) {
  std::array<std::uint8_t, 16> mask;
  store_be32(mask, 0, kMagicCookie);
  std::ranges::copy(id, mask.begin() + 4);
  std::array<std::uint8_t, 16> bytes{};
  const Bytes address = endpoint.address.bytes();
  for (std::size_t i = 0; i < address.size(); ++i) bytes[i] = address[i] ^ mask[i];
  return {*IpAddress::from_bytes(Bytes{bytes}.first(address.size())),
          static_cast<std::uint16_t>(endpoint.port ^ kMagicCookie >> 16)};
}

std::optional<Endpoint> decode_xor_address(Bytes value, const TransactionId& id) {
  const auto masked = decode_address(value);
  return masked ? std::optional{xor_endpoint(*masked, id)} : std::nullopt;
}

std::optional<std::string_view> decode_username(Bytes value) { return decode_utf8(value, kMaxUsernameSize); }

std::optional<Bytes> decode_userhash(Bytes value) {
  return value.size() == kUserhashSize ? std::optional{value} : std::nullopt;
}

std::optional<ErrorCodeValue> decode_error_code(Bytes value) {
  if (value.size() < 4) return std::nullopt;
  const int hundreds = value[2] & 0x07;
  const int number = value[3];
  if (hundreds < 3 || hundreds > 6 || number > 99) return std::nullopt;
  const auto reason = decode_utf8(value.subspan(4), kMaxTextSize);
  if (!reason) return std::nullopt;
  return ErrorCodeValue{static_cast<ErrorCode>(hundreds * 100 + number), *reason};
}

std::optional<std::string_view> decode_text(Bytes value) { return decode_utf8(value, kMaxTextSize); }

std::optional<PasswordAlgorithmList> decode_password_algorithms(Bytes value) {
  PasswordAlgorithmList algorithms;
  for (Reader reader{value}; !reader.empty();) {
    const auto algorithm = read_password_algorithm(reader);
    if (!algorithm || !algorithms.add(*algorithm)) return std::nullopt;
  }
  return algorithms;
}

std::optional<PasswordAlgorithmValue> decode_password_algorithm(Bytes value) {
  Reader reader{value};
  const auto algorithm = read_password_algorithm(reader);
  return reader.empty() ? algorithm : std::nullopt;
}

std::optional<UnknownAttributes> decode_unknown_attributes(Bytes value) {
  if (value.size() % 2 != 0) return std::nullopt;
  UnknownAttributes unknown;
  for (std::size_t i = 0; i < value.size(); i += 2) unknown.add(static_cast<Attribute>(load_be16(value, i)));
  return unknown;
}

std::optional<std::string_view> decode_alternate_domain(Bytes value) {
  if (value.empty()) return std::nullopt;
  return decode_utf8(value, kMaxDomainSize);
}

}  // namespace plntry::stun
