#include "app/relay_place.hpp"

#include <algorithm>

#include "net/route.hpp"

namespace plntry::app {
namespace {

// The address of this family that the program was told to listen on, if it is one and not all.
std::optional<IpAddress> listened(const Config& config, IpFamily family) {
  for (const Endpoint& endpoint : config.listen) {
    if (endpoint.address.family() == family && !endpoint.address.is_unspecified()) return endpoint.address;
  }
  return std::nullopt;
}

bool listens(const Config& config, IpFamily family) {
  return std::ranges::any_of(config.listen, [&](const Endpoint& endpoint) {
    return endpoint.address.family() == family || endpoint.address == IpAddress::v6({});
  });
}

std::optional<RelayPlace::Side> place(const Config& config, IpFamily family) {
  const auto given = std::ranges::find(config.public_addresses, family, &IpAddress::family);
  const bool is_given = given != config.public_addresses.end();
  if (is_given && net::is_local(*given)) return RelayPlace::Side{*given, *given};
  auto bound = listened(config, family);
  if (!bound) bound = net::route_source(family);
  if (is_given)
    return RelayPlace::Side{*given, bound.value_or(family == IpFamily::v4 ? IpAddress{} : IpAddress::v6({}))};
  if (!bound || !listens(config, family)) return std::nullopt;
  return RelayPlace::Side{*bound, *bound, true};
}

}  // namespace

RelayPlace place_relay(const Config& config) {
  if (config.relay == Relaying::off) return {};
  return {place(config, IpFamily::v4), place(config, IpFamily::v6)};
}

}  // namespace plntry::app
