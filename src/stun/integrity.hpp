// MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.5, §14.6), and the keys behind them (§9).
//
// OpaqueString (RFC 8265 §4.2) as far as it is sensible without Unicode tables: texts must be well-formed UTF-8,
// neither empty nor with control characters, and are taken as they are. For ASCII that is the whole profile. Text
// beyond ASCII is not normalised (nor do browsers normalise it): both sides must spell it alike.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "stun/message.hpp"

namespace plntry::stun {

inline constexpr std::size_t kFullSha256Size = 32;

bool is_opaque_string(std::string_view text);

// §9.2.2.
Md5 long_term_key_md5(std::string_view username, std::string_view realm, std::string_view password);
Sha256 long_term_key_sha256(std::string_view username, std::string_view realm, std::string_view password);
// §14.4.
Sha256 userhash_of(std::string_view username, std::string_view realm);

// False also when there is no such attribute.
bool has_valid_integrity(const MessageView& message, Bytes key);
// A usage that allows truncation (TURN does not) says down to how many bytes; never fewer than 16.
bool has_valid_integrity_sha256(const MessageView& message, Bytes key, std::size_t min_size = kFullSha256Size);

// The values for a message that ends with `before` and would have the attribute next, with a value of `size` bytes
// in the latter case. The length in the header of `before` is not looked at.
Sha1 integrity_of(Bytes before, Bytes key);
Sha256 integrity_sha256_of(Bytes before, Bytes key, std::size_t size);

}  // namespace plntry::stun
