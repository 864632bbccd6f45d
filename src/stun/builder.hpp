// Builds a STUN message into the caller's buffer, without allocating. Attributes come first; then, in this order and
// as far as they are wanted, the two integrity values and FINGERPRINT. `finish` gives the message, or nothing if the
// buffer was too small.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/writer.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "stun/types.hpp"

namespace plntry::stun {

class Builder {
 public:
  Builder(MutableBytes out, MessageType type, const TransactionId& id);
  // The answer to `request`: its method and its transaction id.
  static Builder success(MutableBytes out, const MessageView& request);
  static Builder error(MutableBytes out, const MessageView& request);

  void add(Attribute type, Bytes value);
  void add_text(Attribute type, std::string_view value) { add(type, as_bytes(value)); }
  void add_be32(Attribute type, std::uint32_t value);
  void add_address(Attribute type, const Endpoint& value);
  void add_xor_address(Attribute type, const Endpoint& value);
  void add_error_code(ErrorCode code, std::string_view phrase);
  void add_error_code(ErrorCode code) { add_error_code(code, reason(code)); }
  void add_unknown_attributes(std::span<const Attribute> types);
  void add_password_algorithms(std::span<const PasswordAlgorithm> algorithms);
  void add_password_algorithm(PasswordAlgorithm algorithm);

  void add_integrity(Bytes key);
  // `size` bytes of the value: 16 to 32, a multiple of four (RFC 8489 §14.6).
  void add_integrity_sha256(Bytes key, std::size_t size = kFullSha256Size);
  void add_fingerprint();

  // Borrows the caller's buffer.
  std::optional<Bytes> finish();

 private:
  enum class Stage : std::uint8_t { attributes, integrity, integrity_sha256, fingerprint };

  void begin_attribute(Attribute type, std::size_t size);
  void enter(Stage stage);

  Writer writer_;
  TransactionId id_;
  Stage stage_ = Stage::attributes;
};

}  // namespace plntry::stun
