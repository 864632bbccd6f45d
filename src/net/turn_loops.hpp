// All loops' relays as one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/relay_state.hpp"
#include "net/shared_ledger.hpp"
#include "net/turn_loop.hpp"

namespace plntry::net {

class TurnLoops {
 public:
  // `config` outlives it. Throws what a relay that cannot be throws, in words.
  TurnLoops(const std::vector<std::unique_ptr<Loop>>& loops, const TurnLoop::Config& config,
            const turn::Ledger::Config& ledger);

  const std::vector<std::unique_ptr<TurnLoop>>& each() const { return loops_; }
  void start();
  // These two from any thread.
  void revoke(std::string_view user);
  Awaitable<RelayState> state();
  // Once the loops are stopped.
  void meter_rest();

 private:
  SystemRandom random_;
  SharedLedger ledger_;
  ReservedSockets reserved_;
  TurnLoop::All loops_;
};

}  // namespace plntry::net
