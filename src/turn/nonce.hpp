// Nonces without state: each proves that this server gave it, when, and to which address. So nothing is remembered of
// a client that has proven nothing, and a restart that keeps the secret keeps every nonce.
//
// With security features a nonce begins with RFC 8489 §9.2's cookie; the features are under the nonce's own check
// value, so that nobody on the way can bid them down.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "turn/five_tuple.hpp"

namespace plntry::turn {

struct SecurityFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;

  bool any() const { return password_algorithms || username_anonymity; }
  friend bool operator==(const SecurityFeatures&, const SecurityFeatures&) = default;
};

class Nonce {
 public:
  static constexpr std::size_t kMaxSize = 25;

  void append(std::string_view text);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kMaxSize> text_;
  std::size_t size_ = 0;
};

class Nonces {
 public:
  using Secret = std::array<std::uint8_t, 32>;

  Nonces(const Secret& secret, Duration lifetime) : secret_(secret), lifetime_(lifetime) {}

  Nonce issue(const FiveTuple& client, SecurityFeatures features, WallTime now) const;
  // The features that `nonce` was given with; nothing if it is not ours, not this client's, or too old.
  std::optional<SecurityFeatures> check(std::string_view nonce, const FiveTuple& client, WallTime now) const;

 private:
  Secret secret_;
  Duration lifetime_;
};

}  // namespace plntry::turn
