// The ledger under threads; what ThreadSanitizer watches.
#include "net/shared_ledger.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace plntry::test {
namespace {

using turn::Ledger;

constexpr TimePoint kNow{1h};
constexpr int kThreads = 4;

void on_threads(const std::function<void(int)>& work) {
  std::latch start{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(SharedLedger, gives_each_port_to_one) {
  SeededRandom random{1};
  net::SharedLedger ledger{{.first_port = 40000, .last_port = 40999}, random};
  std::array<std::atomic<int>, 1000> owners{};
  std::atomic<int> clashes = 0;
  on_threads([&](int thread) {
    SeededRandom own{static_cast<std::uint64_t>(thread)};
    for (int round = 0; round < 200; ++round) {
      std::vector<std::uint16_t> mine;
      for (int i = 0; i < 20; ++i) mine.push_back(ledger.claim(IpFamily::v4, turn::PortWish::any, own).value());
      for (const std::uint16_t port : mine) {
        clashes += owners[port - 40000U].fetch_add(1);
        ledger.set_relayed(IpFamily::v4, port);
        clashes += !ledger.is_relayed(IpFamily::v4, port);
      }
      for (const std::uint16_t port : mine) {
        owners[port - 40000U].fetch_sub(1);
        ledger.release(IpFamily::v4, port);
      }
    }
  });
  EXPECT_EQ(clashes, 0);
  EXPECT_EQ(ledger.state().ports_claimed[0], 0u);
  for (std::uint16_t port = 40000; port < 41000; ++port) EXPECT_FALSE(ledger.is_relayed(IpFamily::v4, port));
}

TEST(SharedLedger, lets_all_threads_together_send_no_more_than_the_limit) {
  SeededRandom random{1};
  net::SharedLedger ledger{{.user_bytes_per_second = 10'000}, random};
  std::atomic<int> sent = 0;
  on_threads([&](int) {
    const Ledger::Seat seat = ledger.open("alice", IpAddress{}, kNow).value();
    for (int i = 0; i < 5000; ++i) sent += ledger.may_send(seat, 10, kNow);
    ledger.close(seat);
  });
  EXPECT_EQ(sent, 1000);
}

TEST(SharedLedger, keeps_quotas_reservations_and_revocations_under_threads) {
  SeededRandom random{1};
  net::SharedLedger ledger{{.max_allocations_per_user = 2}, random};
  std::atomic<int> holders = 0;
  std::atomic<int> redeemed = 0, wrong = 0;
  on_threads([&](int thread) {
    SeededRandom own{static_cast<std::uint64_t>(thread)};
    for (int i = 0; i < 2000; ++i) {
      if (const auto seat = ledger.open("alice", IpAddress{}, kNow)) {
        wrong += ++holders > 2;
        ledger.may_send(*seat, 1, kNow);
        --holders;
        ledger.close(*seat);
      }
      const auto port = ledger.claim(IpFamily::v6, turn::PortWish::any, own).value();
      const std::uint64_t token = ledger.reserve({IpFamily::v6, port}, own);
      if (i % 2 == 0) redeemed += ledger.discard(token);
      if (const auto mine = ledger.redeem(token)) {
        ledger.release(mine->family, mine->port);
        redeemed += 1;
      }
      ledger.revoke("call-" + std::to_string(i % 7), kNow);
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(redeemed, kThreads * 2000);
  const auto state = ledger.state();
  EXPECT_EQ(state.allocations, 0u);
  EXPECT_EQ(state.reservations, 0u);
  EXPECT_EQ(state.ports_claimed[1], 0u);
  EXPECT_EQ(state.revoked, 7u);
}

}  // namespace
}  // namespace plntry::test
