#include "turn/peer_policy.hpp"

#include <algorithm>
#include <array>

namespace plntry::turn {
namespace {

constexpr Prefix v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, unsigned length) {
  return {IpAddress::v4(a, b, c, d), length};
}
constexpr Prefix v6(std::array<std::uint8_t, 16> bytes, unsigned length) { return {IpAddress::v6(bytes), length}; }

// The IANA special-purpose registries (RFC 6890), and what clouds put at fixed addresses.
constexpr std::array kSpecial{
    v4(0, 0, 0, 0, 8),                                   // this network
    v4(10, 0, 0, 0, 8),                                  // private
    v4(100, 64, 0, 0, 10),                               // carrier-grade NAT
    v4(127, 0, 0, 0, 8),                                 // loopback
    v4(169, 254, 0, 0, 16),                              // link-local, and the clouds' metadata services
    v4(172, 16, 0, 0, 12),                               // private
    v4(192, 0, 0, 0, 24),                                // IETF protocol assignments
    v4(192, 0, 2, 0, 24),                                // documentation
    v4(192, 88, 99, 0, 24),                              // 6to4 relays
    v4(192, 168, 0, 0, 16),                              // private
    v4(198, 18, 0, 0, 15),                               // benchmarking
    v4(198, 51, 100, 0, 24),                             // documentation
    v4(203, 0, 113, 0, 24),                              // documentation
    v4(224, 0, 0, 0, 4),                                 // multicast
    v4(240, 0, 0, 0, 4),                                 // reserved, and the broadcast address
    v4(168, 63, 129, 16, 32),                            // Azure's platform services
    v6({}, 96),                                          // unspecified, loopback, IPv4-compatible: IPv4 in another form
    v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96),  // IPv4-mapped: likewise
    v6({0x00, 0x64, 0xFF, 0x9B}, 96),                    // NAT64: likewise
    v6({0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01}, 48),        // local-use NAT64
    v6({0x01, 0x00}, 64),                                // discard
    v6({0x20, 0x01, 0x00, 0x00}, 32),                    // Teredo
    v6({0x20, 0x01, 0x0D, 0xB8}, 32),                    // documentation
    v6({0x20, 0x02}, 16),                                // 6to4: IPv4 in another form
    v6({0xFC}, 7),                                       // unique local
    v6({0xFE, 0x80}, 10),                                // link-local
    v6({0xFE, 0xC0}, 10),                                // site-local
    v6({0xFF}, 8),                                       // multicast
};

bool any_contains(auto& prefixes, const IpAddress& address) {
  return std::ranges::any_of(prefixes, [&](const Prefix& prefix) { return prefix.contains(address); });
}

}  // namespace

bool PeerPolicy::denies_explicitly(const IpAddress& address) const { return any_contains(config_.deny, address); }

bool PeerPolicy::allows_explicitly(const IpAddress& address) const {
  return !denies_explicitly(address) && any_contains(config_.allow, address);
}

bool PeerPolicy::allows(const IpAddress& address) const {
  if (denies_explicitly(address)) return false;
  if (any_contains(config_.allow, address)) return true;
  const auto listens_at = [&](const Endpoint& listener) { return listener.address.unmapped() == address; };
  return !any_contains(kSpecial, address) && std::ranges::none_of(config_.listeners, listens_at);
}

bool PeerPolicy::is_listener(const Endpoint& endpoint) const {
  return std::ranges::any_of(config_.listeners, [&](const Endpoint& listener) {
    return listener.port == endpoint.port &&
           (listener.address.is_unspecified() || listener.address.unmapped() == endpoint.address.unmapped());
  });
}

}  // namespace plntry::turn
