// The doctor as a client of a STUN or TURN server: tries one URL at one address, with real credentials and data.
#pragma once

#include <optional>

#include "base/random.hpp"
#include "doctor/facts.hpp"
#include "doctor/turn_client.hpp"

namespace plntry::app {

struct RelayTrial {
  doctor::Url url;
  Endpoint server;
  std::optional<doctor::Account> account;
  bool is_own = false;
  bool is_optional = false;
  bool with_peer = false;  // also try whether a peer on this machine reaches the relayed address
};

// Takes some seconds where something does not answer.
doctor::RelayFacts try_relay(const RelayTrial& trial, Random& random);

}  // namespace plntry::app
