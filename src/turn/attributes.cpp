#include "turn/attributes.hpp"

#include <array>

namespace plntry::turn {
namespace {

using stun::Attribute;
using stun::MessageView;
using stun::Parsed;

constexpr std::array kUnderstood{
    Attribute::dont_fragment,  // first, so that it can be left out
    Attribute::mapped_address,
    Attribute::username,
    Attribute::message_integrity,
    Attribute::error_code,
    Attribute::unknown_attributes,
    Attribute::channel_number,
    Attribute::lifetime,
    Attribute::xor_peer_address,
    Attribute::data,
    Attribute::realm,
    Attribute::nonce,
    Attribute::xor_relayed_address,
    Attribute::requested_address_family,
    Attribute::even_port,
    Attribute::requested_transport,
    Attribute::message_integrity_sha256,
    Attribute::password_algorithm,
    Attribute::userhash,
    Attribute::xor_mapped_address,
    Attribute::reservation_token,
    Attribute::connection_id,  // last, for the same reason
};

std::optional<std::uint32_t> all_of_four(Bytes value) {
  return value.size() == 4 ? std::optional{load_be32(value, 0)} : std::nullopt;
}

std::optional<std::uint8_t> first_of_four(Bytes value) {
  return value.size() == 4 ? std::optional{value[0]} : std::nullopt;
}

}  // namespace

std::span<const Attribute> understood_attributes(bool dont_fragment, bool connection_id) {
  const std::span<const Attribute> all = std::span{kUnderstood}.first(kUnderstood.size() - (connection_id ? 0 : 1));
  return all.subspan(dont_fragment ? 0 : 1);
}

Parsed<Endpoint> xor_peer_address(const MessageView& message) {
  return decode(message, Attribute::xor_peer_address,
                [id = message.transaction_id()](Bytes value) { return stun::decode_xor_address(value, id); });
}

Parsed<std::uint32_t> lifetime_s(const MessageView& message) {
  return decode(message, Attribute::lifetime, all_of_four);
}

Parsed<std::uint8_t> requested_transport(const MessageView& message) {
  return decode(message, Attribute::requested_transport, first_of_four);
}

Parsed<std::uint16_t> channel_number(const MessageView& message) {
  return decode(message, Attribute::channel_number,
                [](Bytes value) { return value.size() == 4 ? std::optional{load_be16(value, 0)} : std::nullopt; });
}

Parsed<std::uint8_t> requested_address_family(const MessageView& message) {
  return decode(message, Attribute::requested_address_family, first_of_four);
}

Parsed<std::uint8_t> additional_address_family(const MessageView& message) {
  return decode(message, Attribute::additional_address_family, first_of_four);
}

Parsed<bool> even_port(const MessageView& message) {
  return decode(message, Attribute::even_port,
                [](Bytes value) { return value.size() == 1 ? std::optional{(value[0] & 0x80) != 0} : std::nullopt; });
}

Parsed<std::uint32_t> connection_id(const MessageView& message) {
  return decode(message, Attribute::connection_id, all_of_four);
}

Parsed<std::uint64_t> reservation_token(const MessageView& message) {
  return decode(message, Attribute::reservation_token,
                [](Bytes value) { return value.size() == 8 ? std::optional{load_be64(value, 0)} : std::nullopt; });
}

}  // namespace plntry::turn
