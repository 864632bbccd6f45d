// What the relays of all loops know and count, copied on their loops.
#pragma once

#include "net/outbox.hpp"
#include "turn/counters.hpp"
#include "turn/ledger.hpp"

namespace plntry::net {

struct RelayState {
  turn::Counters counters;
  SendCounters udp;
  std::uint64_t sessions_full = 0;  // messages that a slow TCP, TLS or DTLS client had no room for
  std::size_t allocations = 0;
  turn::Ledger::State ledger{};
};

}  // namespace plntry::net
