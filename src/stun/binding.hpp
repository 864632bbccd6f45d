// The server side of the Binding method (RFC 8489 §6.3, §13): tells a client where its request came from. Stateless
// and without authentication, so its answers are kept small: never more than 1.6 times the request on the wire, IP
// and UDP headers included.
#pragma once

#include <array>
#include <expected>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "stun/builder.hpp"
#include "stun/message.hpp"

namespace plntry::stun {

// Why a datagram got no answer.
enum class Ignored : std::uint8_t { not_stun, malformed, wrong_fingerprint, not_a_request, unknown_method };

// RFC 8489's own comprehension-required attributes. Credentials are understood and not asked for (§13).
inline constexpr std::array kBindingAttributes{
    Attribute::mapped_address,
    Attribute::username,
    Attribute::message_integrity,
    Attribute::error_code,
    Attribute::unknown_attributes,
    Attribute::realm,
    Attribute::nonce,
    Attribute::message_integrity_sha256,
    Attribute::password_algorithm,
    Attribute::userhash,
    Attribute::xor_mapped_address,
};

// Room for any answer that `handle_binding` gives.
inline constexpr std::size_t kMaxBindingAnswerSize = 128;

// The most bytes of UDP payload that may answer an unproven request of `request_size` bytes from this family.
std::size_t max_answer_size(std::size_t request_size, IpFamily family);

// The Binding request in `datagram`, if it is one that is to be answered.
std::expected<MessageView, Ignored> parse_binding(Bytes datagram);

// The answer to `datagram`, written into `out`, which must have room for `kMaxBindingAnswerSize` bytes. An IPv4
// source in its v4-mapped form is answered as IPv4.
std::expected<Bytes, Ignored> handle_binding(Bytes datagram, const Endpoint& source, MutableBytes out);

// The same for a Binding request that has been parsed and whose FINGERPRINT, if any, is valid.
Bytes answer_binding(const MessageView& request, const Endpoint& source, MutableBytes out);

// The refusal of such a request, without the reason phrase where there is no room for it. `unknown` are the attributes
// that a 420 names.
Bytes refuse_binding(const MessageView& request, const Endpoint& source, ErrorCode code,
                     const UnknownAttributes& unknown, MutableBytes out);

// Ends an answer as its request ended: with FINGERPRINT or without.
Bytes finish_binding(Builder builder, const MessageView& request);

}  // namespace plntry::stun
