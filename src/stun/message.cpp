#include "stun/message.hpp"

#include <algorithm>

namespace plntry::stun {
namespace {

constexpr std::size_t kIntegritySize = 20;
constexpr std::size_t kMinSha256Size = 16;
constexpr std::size_t kMaxSha256Size = 32;
constexpr std::size_t kFingerprintSize = 4;

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Only for bytes that `MessageView::index` has walked once.
AttributeView front_attribute(Bytes rest) {
  return {static_cast<Attribute>(load_be16(rest, 0)), rest.subspan(kAttributeHeaderSize, load_be16(rest, 2))};
}

}  // namespace

AttributeView AttributeRange::Iterator::operator*() const { return front_attribute(rest_); }

AttributeRange::Iterator& AttributeRange::Iterator::operator++() {
  rest_ = rest_.subspan(kAttributeHeaderSize + padded(load_be16(rest_, 2)));
  return *this;
}

AttributeRange::Iterator AttributeRange::Iterator::operator++(int) {
  const Iterator before = *this;
  ++*this;
  return before;
}

MessageView::MessageView(Bytes bytes) : bytes_(bytes), type_(message_type_from_wire(load_be16(bytes, 0))) {}

std::expected<MessageView, ParseError> MessageView::parse(Bytes datagram) {
  if (datagram.size() < kHeaderSize) return std::unexpected(ParseError::not_stun);
  if ((datagram[0] & 0xC0) != 0) return std::unexpected(ParseError::not_stun);  // RFC 8489 §5
  if (load_be32(datagram, 4) != kMagicCookie) return std::unexpected(ParseError::not_stun);
  const std::size_t length = load_be16(datagram, 2);
  if (length % 4 != 0 || kHeaderSize + length != datagram.size()) return std::unexpected(ParseError::bad_length);
  MessageView view{datagram};
  if (const auto error = view.index()) return std::unexpected(*error);
  return view;
}

// Walks the attributes once: afterwards each of them is known to lie within the message.
std::optional<ParseError> MessageView::index() {
  for (std::size_t at = kHeaderSize; at < bytes_.size();) {
    if (fingerprint_at_ != 0) return ParseError::trailing;  // RFC 8489 §14.7: MUST be the last
    const std::size_t size = load_be16(bytes_, at + 2);
    if (padded(size) > bytes_.size() - at - kAttributeHeaderSize) return ParseError::bad_attribute;
    switch (static_cast<Attribute>(load_be16(bytes_, at))) {
      case Attribute::message_integrity:
        if (integrity_at_ != 0 || sha256_at_ != 0) break;  // behind a check value: ignored
        if (size != kIntegritySize) return ParseError::bad_attribute;
        integrity_at_ = at;
        break;
      case Attribute::message_integrity_sha256:
        if (sha256_at_ != 0) break;
        if (size < kMinSha256Size || size > kMaxSha256Size || size % 4 != 0) return ParseError::bad_attribute;
        sha256_at_ = at;
        break;
      case Attribute::fingerprint:
        if (size != kFingerprintSize) return ParseError::bad_attribute;
        fingerprint_at_ = at;
        break;
      default:
        break;
    }
    at += kAttributeHeaderSize + padded(size);
  }
  return std::nullopt;
}

TransactionId MessageView::transaction_id() const {
  TransactionId id;
  std::ranges::copy(bytes_.subspan(8, id.size()), id.begin());
  return id;
}

AttributeRange MessageView::attributes() const {
  std::size_t end = bytes_.size();
  for (const std::size_t at : {integrity_at_, sha256_at_, fingerprint_at_}) {
    if (at != 0) end = std::min(end, at);
  }
  return AttributeRange{bytes_.first(end).subspan(kHeaderSize)};
}

std::optional<Bytes> MessageView::find(Attribute type) const {
  for (const AttributeView attribute : attributes()) {
    if (attribute.type == type) return attribute.value;
  }
  return std::nullopt;
}

std::optional<Bytes> MessageView::value_at(std::size_t at) const {
  return at == 0 ? std::nullopt : std::optional{front_attribute(bytes_.subspan(at)).value};
}

UnknownAttributes MessageView::not_understood(std::span<const Attribute> understood) const {
  UnknownAttributes unknown;
  for (const AttributeView attribute : attributes()) {
    if (is_comprehension_required(attribute.type) &&
        std::ranges::find(understood, attribute.type) == understood.end()) {
      unknown.add(attribute.type);
    }
  }
  return unknown;
}

Parsed<Endpoint> MessageView::mapped_address() const {
  return decode(*this, Attribute::mapped_address, decode_address);
}
Parsed<Endpoint> MessageView::xor_mapped_address() const {
  return decode(*this, Attribute::xor_mapped_address,
                [id = transaction_id()](Bytes value) { return decode_xor_address(value, id); });
}
Parsed<std::string_view> MessageView::username() const { return decode(*this, Attribute::username, decode_username); }
Parsed<Bytes> MessageView::userhash() const { return decode(*this, Attribute::userhash, decode_userhash); }
Parsed<std::string_view> MessageView::realm() const { return decode(*this, Attribute::realm, decode_text); }
Parsed<std::string_view> MessageView::nonce() const { return decode(*this, Attribute::nonce, decode_text); }
Parsed<ErrorCodeValue> MessageView::error_code() const {
  return decode(*this, Attribute::error_code, decode_error_code);
}
Parsed<UnknownAttributes> MessageView::unknown_attributes() const {
  return decode(*this, Attribute::unknown_attributes, decode_unknown_attributes);
}
Parsed<PasswordAlgorithmValue> MessageView::password_algorithm() const {
  return decode(*this, Attribute::password_algorithm, decode_password_algorithm);
}
Parsed<PasswordAlgorithmList> MessageView::password_algorithms() const {
  return decode(*this, Attribute::password_algorithms, decode_password_algorithms);
}
Parsed<std::string_view> MessageView::software() const { return decode(*this, Attribute::software, decode_text); }
Parsed<Endpoint> MessageView::alternate_server() const {
  return decode(*this, Attribute::alternate_server, decode_address);
}
Parsed<std::string_view> MessageView::alternate_domain() const {
  return decode(*this, Attribute::alternate_domain, decode_alternate_domain);
}

}  // namespace plntry::stun
