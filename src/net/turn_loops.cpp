#include "net/turn_loops.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>

namespace plntry::net {
namespace {

template <typename Token>
auto state_of(TurnLoop& turn, Token&& token) {
  return asio::async_initiate<Token, void(TurnLoop::State)>(
      [&turn](auto handler) {
        turn.loop().post([&turn, handler = std::move(handler)]() mutable {
          const auto executor = asio::get_associated_executor(handler);
          asio::post(executor, [state = turn.state(), handler = std::move(handler)]() mutable { handler(state); });
        });
      },
      token);
}

}  // namespace

TurnLoops::TurnLoops(const std::vector<std::unique_ptr<Loop>>& loops, const TurnLoop::Config& config,
                     const turn::Ledger::Config& ledger)
    : ledger_(ledger, random_) {
  const auto count = static_cast<std::uint16_t>(loops.size());
  for (const auto& loop : loops) {
    const auto index = static_cast<std::uint16_t>(loops_.size());
    loops_.push_back(std::make_unique<TurnLoop>(*loop, config, ledger_, reserved_, loops_, index, count));
  }
}

void TurnLoops::start() {
  for (const auto& turn : loops_) turn->start();
}

void TurnLoops::revoke(std::string_view user) {
  for (const auto& turn : loops_) turn->revoke(std::string{user});
}

Awaitable<RelayState> TurnLoops::state() {
  RelayState all;
  for (const auto& turn : loops_) {
    const TurnLoop::State one = co_await state_of(*turn, kAwait);
    all.counters += one.counters;
    all.udp += one.udp;
    all.sessions_full += one.sessions_full;
    all.allocations += one.allocations;
  }
  all.ledger = ledger_.state();
  co_return all;
}

void TurnLoops::meter_rest() {
  for (const auto& turn : loops_) turn->meter_rest();
}

}  // namespace plntry::net
