// The values of RFC 8489's attributes, decoded. A decoder gives nothing for a value that breaks the attribute's
// rules; views borrow the value they were decoded from.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "stun/types.hpp"

namespace plntry::stun {

// What RFC 8489 §14 lets a receiver meet: 127 characters of up to six UTF-8 octets, and some more for REASON.
inline constexpr std::size_t kMaxTextSize = 763;
inline constexpr std::size_t kMaxUsernameSize = 508;
inline constexpr std::size_t kMaxDomainSize = 255;
inline constexpr std::size_t kUserhashSize = 32;

struct ErrorCodeValue {
  ErrorCode code;
  std::string_view reason;
};

// Attribute types that a message carries and its receiver does not understand; the first few, each once.
class UnknownAttributes {
 public:
  static constexpr std::size_t kMax = 16;

  void add(Attribute type);
  std::span<const Attribute> list() const { return std::span{types_}.first(size_); }
  bool empty() const { return size_ == 0; }

 private:
  std::array<Attribute, kMax> types_{};
  std::size_t size_ = 0;
};

struct PasswordAlgorithmValue {
  PasswordAlgorithm algorithm;  // perhaps one that nobody knows
  Bytes parameters;
};

class PasswordAlgorithmList {
 public:
  static constexpr std::size_t kMax = 8;

  bool add(PasswordAlgorithmValue value);  // false when full
  std::span<const PasswordAlgorithmValue> list() const { return std::span{values_}.first(size_); }

 private:
  std::array<PasswordAlgorithmValue, kMax> values_{};
  std::size_t size_ = 0;
};

std::optional<Endpoint> decode_address(Bytes value);                               // §14.1
std::optional<Endpoint> decode_xor_address(Bytes value, const TransactionId& id);  // §14.2
std::optional<std::string_view> decode_username(Bytes value);                      // §14.3
std::optional<Bytes> decode_userhash(Bytes value);                                 // §14.4
std::optional<ErrorCodeValue> decode_error_code(Bytes value);                      // §14.8
std::optional<std::string_view> decode_text(Bytes value);                          // §14.9, §14.10, §14.14
std::optional<PasswordAlgorithmList> decode_password_algorithms(Bytes value);      // §14.11
std::optional<PasswordAlgorithmValue> decode_password_algorithm(Bytes value);      // §14.12
std::optional<UnknownAttributes> decode_unknown_attributes(Bytes value);           // §14.13
std::optional<std::string_view> decode_alternate_domain(Bytes value);              // §14.16

// The address and port of `endpoint` XORed with the magic cookie and the transaction id. Its own inverse.
Endpoint xor_endpoint(const Endpoint& endpoint, const TransactionId& id);

}  // namespace plntry::stun
