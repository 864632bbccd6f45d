// FINGERPRINT (RFC 8489 §14.7): a checksum that tells STUN from other protocols on one port. No protection.
#pragma once

#include "base/bytes.hpp"
#include "stun/message.hpp"

namespace plntry::stun {

enum class FingerprintCheck : std::uint8_t { absent, valid, wrong };

FingerprintCheck check_fingerprint(const MessageView& message);

// The attribute's value for a message that ends with `before` and would have FINGERPRINT next. The length in the
// header of `before` is not looked at.
std::uint32_t fingerprint_of(Bytes before);

}  // namespace plntry::stun
