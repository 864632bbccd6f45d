// Where a packet comes from or goes to, as values: an IP address and a port, without sockets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace plntry {

enum class IpFamily : std::uint8_t { v4, v6 };

class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0

  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    IpAddress address;
    address.bytes_[0] = a, address.bytes_[1] = b, address.bytes_[2] = c, address.bytes_[3] = d;
    return address;
  }
  static constexpr IpAddress v4(const std::array<std::uint8_t, 4>& bytes) {
    return v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.family_ = IpFamily::v6;
    address.bytes_ = bytes;
    return address;
  }

  // 4 bytes are IPv4, 16 are IPv6, in network order; any other number is nothing.
  static std::optional<IpAddress> from_bytes(Bytes bytes);

  // Dotted decimal without leading zeros, or RFC 4291 §2.2 in all its forms; no zone, no brackets, no prefix.
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr IpFamily family() const { return family_; }
  constexpr bool is_v4() const { return family_ == IpFamily::v4; }
  constexpr bool is_v6() const { return family_ == IpFamily::v6; }
  // 4 or 16 bytes, network order; borrows the address.
  Bytes bytes() const { return Bytes{bytes_}.first(is_v4() ? 4 : 16); }

  // ::ffff:a.b.c.d, as a dual-stack socket shows an IPv4 peer.
  bool is_v4_mapped() const;
  // The IPv4 address inside a v4-mapped one; any other address as it is.
  IpAddress unmapped() const;
  // The v4-mapped form of an IPv4 address; an IPv6 address as it is.
  IpAddress mapped() const;
  // 0.0.0.0 or ::, "any address".
  bool is_unspecified() const { return *this == (is_v4() ? IpAddress{} : v6({})); }

  // Canonical text: RFC 5952 for IPv6.
  std::string to_string() const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  IpFamily family_ = IpFamily::v4;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four, the rest zero
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  // "192.0.2.1:80", "[2001:db8::1]:80".
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;

  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// Hashes for tables whose keys strangers choose: give each table a random seed, so that nobody can aim at one bucket.
std::uint64_t hash(const IpAddress& address, std::uint64_t seed);
std::uint64_t hash(const Endpoint& endpoint, std::uint64_t seed);

struct EndpointHash {
  std::uint64_t seed = 0;
  std::size_t operator()(const IpAddress& address) const { return hash(address, seed); }
  std::size_t operator()(const Endpoint& endpoint) const { return hash(endpoint, seed); }
};

}  // namespace plntry
