// What the relays of all loops know and count, copied on their loops.
#pragma once

#include <array>

#include "net/outbox.hpp"
#include "turn/counters.hpp"
#include "turn/effects.hpp"
#include "turn/ledger.hpp"

namespace plntry::net {

// What the books say (src/usage), which this room does not know.
struct UsageState {
  std::array<turn::Usage, 4> by_transport{};  // by turn::Transport, since the start
  std::uint64_t bytes_this_month = 0;         // of UTC, both directions
  std::uint64_t allowance_bytes = 0;          // a month; 0: none
  std::uint64_t records_without_call = 0;     // counted in the totals alone
  bool allows_new = true;
  bool is_stored = false;  // on disk, and the last attempt went well
};

struct RelayState {
  turn::Counters counters;
  SendCounters udp;
  std::uint64_t sessions_full = 0;  // messages that a slow TCP, TLS or DTLS client had no room for
  std::size_t allocations = 0;
  turn::Ledger::State ledger{};
  UsageState usage;
};

}  // namespace plntry::net
