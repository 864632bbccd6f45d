// Hashes and HMAC over libcrypto, and base64. Deterministic: randomness comes from `random.hpp`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace plntry {

using Sha256 = std::array<std::uint8_t, 32>;
using Sha1 = std::array<std::uint8_t, 20>;
using Md5 = std::array<std::uint8_t, 16>;

Sha256 sha256(Bytes data);
Md5 md5(Bytes data);  // RFC 8489 §9.2.2 long-term keys only
Sha1 hmac_sha1(Bytes key, Bytes data);
Sha256 hmac_sha256(Bytes key, Bytes data);
// Over the pieces as if they were one, so that a caller need not copy them together.
Sha256 sha256(std::initializer_list<Bytes> pieces);
Md5 md5(std::initializer_list<Bytes> pieces);
Sha1 hmac_sha1(Bytes key, std::initializer_list<Bytes> pieces);
Sha256 hmac_sha256(Bytes key, std::initializer_list<Bytes> pieces);

// Compares in time that depends on the lengths alone.
bool equal_in_constant_time(Bytes a, Bytes b);

// RFC 4648 §4, with padding.
std::string base64_encode(Bytes data);
// RFC 4648 §5, without padding. Decoding refuses padding, foreign letters and non-zero trailing bits.
std::string base64url_encode(Bytes data);
std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text);

}  // namespace plntry
