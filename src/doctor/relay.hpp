// What to say of one STUN or TURN URL.
#pragma once

#include "doctor/facts.hpp"
#include "doctor/report.hpp"

namespace plntry::doctor {

struct RelayContext {
  WallTime now;
  bool tcp_answers = false;       // something at the server's name does, over TCP
  std::optional<Duration> skew;   // the server's clock against this one
  bool account_is_given = false;  // by who asks, not by the server
};

// Whether what is sent to relayed addresses arrives: "public-address" and "relay-ports". Nothing for what has no
// allocation.
Findings judge_relayed(const RelayFacts& facts);

// How far a client comes by this URL. `relayed_is_well`: `judge_relayed` found no fault.
Finding judge_relay(const RelayFacts& facts, const RelayContext& context, bool relayed_is_well);

}  // namespace plntry::doctor
