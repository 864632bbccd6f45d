#include "stun/builder.hpp"

#include <cassert>

#include "stun/fingerprint.hpp"

namespace plntry::stun {
namespace {

constexpr std::size_t kMaxMessageSize = kHeaderSize + 0xFFFC;  // the largest length that is a multiple of four

constexpr std::size_t padding(std::size_t size) { return (4 - size % 4) % 4; }

}  // namespace

Builder::Builder(MutableBytes out, MessageType type, const TransactionId& id)
    : writer_(out.first(std::min(out.size(), kMaxMessageSize))), id_(id) {
  writer_.be16(to_wire(type));
  writer_.be16(0);  // the length is filled in by `finish`
  writer_.be32(kMagicCookie);
  writer_.bytes(id);
}

Builder Builder::success(MutableBytes out, const MessageView& request) {
  return {out, {request.method(), Class::success}, request.transaction_id()};
}

Builder Builder::error(MutableBytes out, const MessageView& request) {
  return {out, {request.method(), Class::error}, request.transaction_id()};
}

void Builder::begin_attribute(Attribute type, std::size_t size) {
  writer_.be16(static_cast<std::uint16_t>(type));
  writer_.be16(static_cast<std::uint16_t>(size));
}

void Builder::enter(Stage stage) {
  assert(stage > stage_ || (stage == Stage::attributes && stage_ == Stage::attributes));
  stage_ = stage;
}

void Builder::add(Attribute type, Bytes value) {
  enter(Stage::attributes);
  begin_attribute(type, value.size());
  writer_.bytes(value);
  writer_.zeros(padding(value.size()));
}

void Builder::add_be32(Attribute type, std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes;
  store_be32(bytes, 0, value);
  add(type, bytes);
}

void Builder::add_address(Attribute type, const Endpoint& value) {
  enter(Stage::attributes);
  const Bytes address = value.address.bytes();
  begin_attribute(type, 4 + address.size());
  writer_.u8(0);
  writer_.u8(value.address.is_v4() ? 0x01 : 0x02);
  writer_.be16(value.port);
  writer_.bytes(address);
}

void Builder::add_xor_address(Attribute type, const Endpoint& value) { add_address(type, xor_endpoint(value, id_)); }

void Builder::add_error_code(ErrorCode code, std::string_view phrase) {
  enter(Stage::attributes);
  begin_attribute(Attribute::error_code, 4 + phrase.size());
  const auto number = static_cast<unsigned>(code);
  writer_.be16(0);
  writer_.u8(static_cast<std::uint8_t>(number / 100));
  writer_.u8(static_cast<std::uint8_t>(number % 100));
  writer_.bytes(as_bytes(phrase));
  writer_.zeros(padding(phrase.size()));
}

void Builder::add_unknown_attributes(std::span<const Attribute> types) {
  enter(Stage::attributes);
  begin_attribute(Attribute::unknown_attributes, types.size() * 2);
  for (const Attribute type : types) writer_.be16(static_cast<std::uint16_t>(type));
  writer_.zeros(padding(types.size() * 2));
}

void Builder::add_password_algorithms(std::span<const PasswordAlgorithm> algorithms) {
  enter(Stage::attributes);
  begin_attribute(Attribute::password_algorithms, algorithms.size() * 4);
  for (const PasswordAlgorithm algorithm : algorithms) {
    writer_.be16(static_cast<std::uint16_t>(algorithm));
    writer_.be16(0);  // neither of the registered algorithms has parameters
  }
}

void Builder::add_password_algorithm(PasswordAlgorithm algorithm) {
  add_be32(Attribute::password_algorithm, std::uint32_t{static_cast<std::uint16_t>(algorithm)} << 16);
}

void Builder::add_integrity(Bytes key) {
  enter(Stage::integrity);
  if (!writer_.ok()) return;
  const Sha1 value = integrity_of(writer_.written(), key);
  begin_attribute(Attribute::message_integrity, value.size());
  writer_.bytes(value);
}

void Builder::add_integrity_sha256(Bytes key, std::size_t size) {
  assert(size >= 16 && size <= kFullSha256Size && size % 4 == 0);
  enter(Stage::integrity_sha256);
  if (!writer_.ok()) return;
  const Sha256 value = integrity_sha256_of(writer_.written(), key, size);
  begin_attribute(Attribute::message_integrity_sha256, size);
  writer_.bytes(Bytes{value}.first(size));
}

void Builder::add_fingerprint() {
  enter(Stage::fingerprint);
  if (!writer_.ok()) return;
  const std::uint32_t value = fingerprint_of(writer_.written());
  begin_attribute(Attribute::fingerprint, 4);
  writer_.be32(value);
}

std::optional<Bytes> Builder::finish() {
  if (!writer_.ok()) return std::nullopt;
  const MutableBytes message = writer_.written();
  store_be16(message, 2, static_cast<std::uint16_t>(message.size() - kHeaderSize));
  return message;
}

}  // namespace plntry::stun
