#include "app/discovery_place.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "net/listen.hpp"
#include "net/route.hpp"

namespace plntry::app {
namespace {

bool covers(const Endpoint& listened, const IpAddress& address) {
  if (!listened.address.is_unspecified()) return listened.address == address;
  return listened.address.is_v6() || address.is_v4();
}

// The first endpoint that the alternate one is the other of: an address of its family that is listened on.
Endpoint primary_of(const Config& config, const StunAlternate& alternate) {
  const IpFamily family = alternate.bound.family();
  for (const Endpoint& listened : config.listen) {
    if (!listened.address.is_unspecified() && listened.address.family() == family) return listened;
  }
  const auto route = net::route_source(family);
  for (const Endpoint& listened : config.listen) {
    if (route && covers(listened, *route)) return {*route, listened.port};
  }
  throw std::runtime_error("--stun-alternate " + alternate.shown.to_string() +
                           " is to be the second address, and nothing says which is the first. Listen on it by name: "
                           "--listen ADDRESS:PORT");
}

stun::NatDiscovery::Config discovery_of(const Config& config, const StunAlternate& alternate) {
  const Endpoint primary = primary_of(config, alternate);
  const auto given = std::ranges::find(config.public_addresses, primary.address.family(), &IpAddress::family);
  const IpAddress shown = given == config.public_addresses.end() ? primary.address : *given;
  if (primary.port == 65'535 && alternate.port == 0) {
    throw std::runtime_error("there is no port after 65535. Name the second one: --stun-alternate ADDRESS:PORT");
  }
  const auto port = alternate.port == 0 ? static_cast<std::uint16_t>(primary.port + 1) : alternate.port;
  if (primary.address == alternate.bound || shown == alternate.shown || primary.port == port) {
    throw std::runtime_error("--stun-alternate is not another address and another port than " + primary.to_string() +
                             ", which is listened on. NATs are told by the difference: give a second address of this "
                             "machine, or leave the option out");
  }
  return {
      .shown = {shown, alternate.shown}, .bound = {primary.address, alternate.bound}, .ports = {primary.port, port}};
}

}  // namespace

DiscoveryPlace place_discovery(const Config& config) {
  DiscoveryPlace place;
  for (const StunAlternate& alternate : config.stun_alternates) {
    const auto& discovery = place.each.emplace_back(discovery_of(config, alternate));
    for (const IpAddress& address : discovery.bound) {
      for (const std::uint16_t port : discovery.ports) {
        const bool is_listened = std::ranges::any_of(config.listen, [&](const Endpoint& listened) {
          return listened.port == port && covers(listened, address);
        });
        if (is_listened) continue;
        net::claim_udp({address, port}, "--stun-alternate");
        place.extra.push_back({address, port});
      }
    }
  }
  return place;
}

}  // namespace plntry::app
