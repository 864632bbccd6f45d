// A STUN message as it arrived. Parse, don't validate: a `MessageView` that exists is well framed. It borrows the
// datagram it was parsed from, and so does every value that comes out of it.
#pragma once

#include <expected>
#include <iterator>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "stun/attributes.hpp"
#include "stun/types.hpp"

namespace plntry::stun {

enum class ParseError : std::uint8_t {
  not_stun,       // too short, or without STUN's two zero bits and magic cookie: perhaps another protocol
  bad_length,     // the header's length is not that of the datagram
  bad_attribute,  // an attribute overruns the message, or a check value has a size that it cannot have
  trailing,       // something follows FINGERPRINT
};

enum class AttributeError : std::uint8_t { absent, malformed };

template <typename T>
using Parsed = std::expected<T, AttributeError>;

struct AttributeView {
  Attribute type;
  Bytes value;  // without padding
};

// The attributes in a message's body, in their order.
class AttributeRange {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = AttributeView;

    Iterator() = default;
    explicit Iterator(Bytes rest) : rest_(rest) {}
    AttributeView operator*() const;
    Iterator& operator++();
    Iterator operator++(int);
    bool operator==(const Iterator& other) const { return rest_.size() == other.rest_.size(); }

   private:
    Bytes rest_;
  };

  explicit AttributeRange(Bytes body) : body_(body) {}
  Iterator begin() const { return Iterator{body_}; }
  Iterator end() const { return Iterator{}; }

 private:
  Bytes body_;
};
static_assert(std::forward_iterator<AttributeRange::Iterator>);

class MessageView {
 public:
  static std::expected<MessageView, ParseError> parse(Bytes datagram);

  Bytes bytes() const { return bytes_; }
  Method method() const { return type_.method; }
  Class message_class() const { return type_.message_class; }
  TransactionId transaction_id() const;

  // The attributes that a receiver may act on: those before the first of MESSAGE-INTEGRITY, -SHA256 and FINGERPRINT.
  // Whatever else stands behind a check value is not protected by it and MUST be ignored (RFC 8489 §14.5, §14.6).
  AttributeRange attributes() const;

  // The first of its type; RFC 8489 §14 lets a receiver ignore duplicates.
  std::optional<Bytes> find(Attribute type) const;

  Parsed<Endpoint> mapped_address() const;
  Parsed<Endpoint> xor_mapped_address() const;
  Parsed<std::string_view> username() const;
  Parsed<Bytes> userhash() const;
  Parsed<std::string_view> realm() const;
  Parsed<std::string_view> nonce() const;
  Parsed<ErrorCodeValue> error_code() const;
  Parsed<UnknownAttributes> unknown_attributes() const;
  Parsed<PasswordAlgorithmValue> password_algorithm() const;
  Parsed<PasswordAlgorithmList> password_algorithms() const;
  Parsed<std::string_view> software() const;
  Parsed<Endpoint> alternate_server() const;
  Parsed<std::string_view> alternate_domain() const;

  // The check values; `integrity.hpp` and `fingerprint.hpp` verify them.
  std::optional<Bytes> message_integrity() const { return value_at(integrity_at_); }
  std::optional<Bytes> message_integrity_sha256() const { return value_at(sha256_at_); }
  std::optional<Bytes> fingerprint() const { return value_at(fingerprint_at_); }
  // What each check value covers: the message before it.
  Bytes before_integrity() const { return bytes_.first(integrity_at_); }
  Bytes before_integrity_sha256() const { return bytes_.first(sha256_at_); }
  Bytes before_fingerprint() const { return bytes_.first(fingerprint_at_); }

  // The comprehension-required attributes that are not among `understood`.
  UnknownAttributes not_understood(std::span<const Attribute> understood) const;

 private:
  explicit MessageView(Bytes bytes);
  std::optional<ParseError> index();
  std::optional<Bytes> value_at(std::size_t at) const;

  Bytes bytes_;
  MessageType type_;
  std::size_t integrity_at_ = 0;  // offsets of the check values' headers; 0 is none
  std::size_t sha256_at_ = 0;
  std::size_t fingerprint_at_ = 0;
};

// Decodes the first attribute of its type with one of `attributes.hpp`'s decoders, or one like them.
template <typename Decode>
auto decode(const MessageView& message, Attribute type, Decode decoder)
    -> Parsed<typename std::invoke_result_t<Decode, Bytes>::value_type> {
  const auto value = message.find(type);
  if (!value) return std::unexpected(AttributeError::absent);
  auto decoded = decoder(*value);
  if (!decoded) return std::unexpected(AttributeError::malformed);
  return *std::move(decoded);
}

}  // namespace plntry::stun
