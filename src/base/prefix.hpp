// A range of IP addresses in CIDR form: 10.0.0.0/8, 2001:db8::/32.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"

namespace plntry {

class Prefix {
 public:
  // The bits of `address` behind the first `length` are not looked at.
  constexpr Prefix(const IpAddress& address, unsigned length) : address_(address), length_(length) {
    assert(length <= max_length());
  }

  // "10.0.0.0/8"; a bare address is the range of itself alone.
  static std::optional<Prefix> parse(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned max_length = address->is_v4() ? 32 : 128;
    if (slash == text.size()) return Prefix{*address, max_length};
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > max_length) return std::nullopt;
    return Prefix{*address, length};
  }

  // An IPv4 range holds no IPv6 address, not even a v4-mapped one.
  bool contains(const IpAddress& address) const {
    if (address.family() != address_.family()) return false;
    const Bytes mine = address_.bytes();
    const Bytes other = address.bytes();
    const std::size_t whole = length_ / 8;
    if (!std::ranges::equal(mine.first(whole), other.first(whole))) return false;
    const unsigned rest = length_ % 8;
    return rest == 0 || (mine[whole] ^ other[whole]) >> (8 - rest) == 0;
  }

  std::string to_string() const { return address_.to_string() + '/' + std::to_string(length_); }

 private:
  constexpr unsigned max_length() const { return address_.is_v4() ? 32 : 128; }

  IpAddress address_;
  unsigned length_;
};

// Whether peers on the internet cannot reach it: private, shared, link-local or loopback.
inline bool is_private(const IpAddress& address) {
  static constexpr std::array kPrivate{
      Prefix{IpAddress::v4(10, 0, 0, 0), 8},     Prefix{IpAddress::v4(172, 16, 0, 0), 12},
      Prefix{IpAddress::v4(192, 168, 0, 0), 16}, Prefix{IpAddress::v4(100, 64, 0, 0), 10},
      Prefix{IpAddress::v4(169, 254, 0, 0), 16}, Prefix{IpAddress::v4(127, 0, 0, 0), 8},
      Prefix{IpAddress::v6({0xFC}), 7},          Prefix{IpAddress::v6({0xFE, 0x80}), 10},
  };
  return address == *IpAddress::parse("::1") ||
         std::ranges::any_of(kPrivate, [&](const Prefix& prefix) { return prefix.contains(address); });
}

}  // namespace plntry
