// Where NAT behaviour discovery (RFC 5780) is served: four endpoints a family, two addresses by two ports.
#pragma once

#include <vector>

#include "app/config.hpp"
#include "stun/nat_discovery.hpp"

namespace plntry::app {

struct DiscoveryPlace {
  std::vector<stun::NatDiscovery::Config> each;  // one of a family at most
  std::vector<Endpoint> extra;  // those of them that nothing listens on for other reasons, as this machine has them
};

// The listen addresses are claimed already; claims the extra endpoints. Throws net::ListenError or std::runtime_error,
// in words.
DiscoveryPlace place_discovery(const Config& config);

}  // namespace plntry::app
