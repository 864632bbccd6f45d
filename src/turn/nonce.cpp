#include "turn/nonce.hpp"

#include <algorithm>
#include <cassert>

#include "base/crypto.hpp"

namespace plntry::turn {
namespace {

constexpr std::string_view kCookie = "obMatJos2";  // RFC 8489 §9.2
constexpr std::size_t kCookieSize = 13;            // with four digits of base64 for 24 feature bits
constexpr std::size_t kMinuteSize = 3;
constexpr std::size_t kCheckSize = 6;  // more than anyone can guess online, and a challenge must stay small
constexpr std::uint32_t kMinuteMask = 0xFFFFFF;

using Stamp = std::array<std::uint8_t, kMinuteSize + kCheckSize>;

// Bit 0, the least significant, is "password algorithms", bit 1 "username anonymity" (RFC 8489 §18.1, erratum 6290).
constexpr std::array<std::string_view, 4> kFeatureDigits{"AAAA", "AAAB", "AAAC", "AAAD"};

std::size_t bits_of(SecurityFeatures features) {
  return std::size_t{features.password_algorithms} | std::size_t{features.username_anonymity} << 1;
}

std::uint32_t minute_of(WallTime now) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count();
  return static_cast<std::uint32_t>(minutes) & kMinuteMask;
}

Stamp stamp(const Nonces::Secret& secret, const FiveTuple& client, SecurityFeatures features, std::uint32_t minute) {
  std::array<std::uint8_t, 7> context;
  store_be32(context, 0, minute << 8 | static_cast<std::uint32_t>(bits_of(features)));
  store_be16(context, 4, client.client.port);
  context[6] = static_cast<std::uint8_t>(client.transport);
  const Sha256 check = hmac_sha256(secret, {context, client.client.address.bytes()});
  Stamp stamp;
  std::ranges::copy(Bytes{context}.first(kMinuteSize), stamp.begin());
  std::ranges::copy(Bytes{check}.first(kCheckSize), stamp.begin() + kMinuteSize);
  return stamp;
}

}  // namespace

void Nonce::append(std::string_view text) {
  assert(text.size() <= kMaxSize - size_);
  std::ranges::copy(text, text_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += text.size();
}

Nonce Nonces::issue(const FiveTuple& client, SecurityFeatures features, WallTime now) const {
  Nonce nonce;
  if (features.any()) {
    nonce.append(kCookie);
    nonce.append(kFeatureDigits[bits_of(features)]);
  }
  nonce.append(base64url_encode(stamp(secret_, client, features, minute_of(now))));
  return nonce;
}

std::optional<SecurityFeatures> Nonces::check(std::string_view nonce, const FiveTuple& client, WallTime now) const {
  SecurityFeatures features;
  if (nonce.starts_with(kCookie) && nonce.size() > kCookieSize) {
    const auto digits = std::ranges::find(kFeatureDigits, nonce.substr(kCookie.size(), 4));
    if (digits == kFeatureDigits.end()) return std::nullopt;
    const auto bits = static_cast<std::size_t>(digits - kFeatureDigits.begin());
    features = {.password_algorithms = (bits & 1) != 0, .username_anonymity = (bits & 2) != 0};
    nonce.remove_prefix(kCookieSize);
  }
  const auto given = base64url_decode(nonce);
  if (!given || given->size() != Stamp{}.size()) return std::nullopt;
  const std::uint32_t minute = load_be32(*given, 0) >> 8;
  if (!equal_in_constant_time(*given, stamp(secret_, client, features, minute))) return std::nullopt;
  const std::uint32_t age = (minute_of(now) - minute) & kMinuteMask;  // a clock set back makes it very old: stale
  if (std::chrono::minutes{age} > lifetime_) return std::nullopt;
  return features;
}

}  // namespace plntry::turn
