// What the doctor gathers of a running server, from where a browser stands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/random.hpp"
#include "doctor/facts.hpp"
#include "doctor/turn_client.hpp"

namespace plntry::app {

// `config` gives credentials where `target` is no page: its relay secret or its first relay user.
doctor::Outside gather_outside(const doctor::Url& target, const Config& config, Random& random);

// A list of RTCIceServers in JSON, tried one after the other.
struct IceTrials {
  std::vector<std::string> unknown_urls;
  std::vector<doctor::Name> unresolved;
  std::vector<doctor::RelayFacts> relays;
};
// `own`: the addresses of the server that is examined.
// `between` is called from trial to trial, some seconds apart.
IceTrials try_ice_servers(const std::string& json, const std::vector<IpAddress>& own, Random& random,
                          const std::function<void()>& between = {});

}  // namespace plntry::app
