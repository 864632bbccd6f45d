#include "turn/ledger.hpp"

#include <set>

#include <gtest/gtest.h>

namespace plntry::turn {
namespace {

constexpr TimePoint kNow{1h};
constexpr IpAddress kSource = IpAddress::v4(198, 51, 100, 7);

struct LedgerTest : ::testing::Test {
  SeededRandom random{1};
};

TEST_F(LedgerTest, a_port_is_claimed_once_in_each_family) {
  Ledger ledger{{.first_port = 50000, .last_port = 50003}, random};
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    std::set<std::uint16_t> claimed;
    for (int i = 0; i < 4; ++i) claimed.insert(ledger.claim(family, PortWish::any, random).value());
    EXPECT_EQ(claimed.size(), 4u);
    EXPECT_FALSE(ledger.claim(family, PortWish::any, random));
    ledger.release(family, 50002);
    EXPECT_EQ(ledger.claim(family, PortWish::even, random), 50002);
  }
}

TEST_F(LedgerTest, a_port_is_relayed_from_when_it_is_open_until_it_is_released) {
  Ledger ledger{{}, random};
  const std::uint16_t port = ledger.claim(IpFamily::v4, PortWish::any, random).value();
  EXPECT_FALSE(ledger.is_relayed(IpFamily::v4, port));  // it may be another program's
  ledger.set_relayed(IpFamily::v4, port);
  EXPECT_TRUE(ledger.is_relayed(IpFamily::v4, port));
  EXPECT_FALSE(ledger.is_relayed(IpFamily::v6, port));
  EXPECT_FALSE(ledger.is_relayed(IpFamily::v4, static_cast<std::uint16_t>(port ^ 1)));
  ledger.release(IpFamily::v4, port);
  EXPECT_FALSE(ledger.is_relayed(IpFamily::v4, port));
}

TEST_F(LedgerTest, the_highest_and_the_lowest_port_can_be_relayed) {
  Ledger ledger{{.first_port = 1, .last_port = 65535}, random};
  for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{65535}}) {
    ledger.set_relayed(IpFamily::v6, port);
    EXPECT_TRUE(ledger.is_relayed(IpFamily::v6, port));
  }
}

TEST_F(LedgerTest, a_reservation_is_redeemed_or_discarded_once) {
  Ledger ledger{{.first_port = 50000, .last_port = 50001}, random};
  ASSERT_EQ(ledger.claim(IpFamily::v6, PortWish::even_with_next_reserved, random), 50000);
  const std::uint64_t token = ledger.reserve({IpFamily::v6, 50001}, random);
  EXPECT_FALSE(ledger.redeem(token + 1));
  const auto redeemed = ledger.redeem(token);
  ASSERT_TRUE(redeemed);
  EXPECT_EQ(redeemed->family, IpFamily::v6);
  EXPECT_EQ(redeemed->port, 50001);
  EXPECT_FALSE(ledger.redeem(token));
  EXPECT_FALSE(ledger.discard(token));  // the port is its redeemer's
  EXPECT_FALSE(ledger.claim(IpFamily::v6, PortWish::any, random));

  const std::uint64_t forgotten = ledger.reserve(*redeemed, random);
  EXPECT_TRUE(ledger.discard(forgotten));
  EXPECT_FALSE(ledger.redeem(forgotten));
  EXPECT_EQ(ledger.claim(IpFamily::v6, PortWish::any, random), 50001);
}

TEST_F(LedgerTest, there_are_so_many_reservations) {
  Ledger ledger{{.max_reservations = 1}, random};
  const std::uint16_t first = ledger.claim(IpFamily::v4, PortWish::even_with_next_reserved, random).value();
  const std::uint64_t token = ledger.reserve({IpFamily::v4, static_cast<std::uint16_t>(first + 1)}, random);
  EXPECT_FALSE(ledger.claim(IpFamily::v4, PortWish::even_with_next_reserved, random));
  EXPECT_TRUE(ledger.claim(IpFamily::v4, PortWish::even, random));
  ledger.discard(token);
  EXPECT_TRUE(ledger.claim(IpFamily::v4, PortWish::even_with_next_reserved, random));
}

TEST_F(LedgerTest, seats_are_counted_by_user_by_source_and_in_total) {
  Ledger ledger{{.max_allocations = 3, .max_allocations_per_user = 2, .max_allocations_per_source = 2}, random};
  const IpAddress other = IpAddress::v4(198, 51, 100, 8);
  const auto seat = ledger.open("alice", kSource, kNow).value();
  ASSERT_TRUE(ledger.open("alice", kSource, kNow));
  EXPECT_EQ(ledger.open("alice", other, kNow).error(), Ledger::Refusal::over_quota);
  EXPECT_EQ(ledger.open("bob", kSource, kNow).error(), Ledger::Refusal::over_quota);
  ASSERT_TRUE(ledger.open("bob", other, kNow));
  EXPECT_EQ(ledger.open("carol", IpAddress::v4(198, 51, 100, 9), kNow).error(), Ledger::Refusal::full);
  ledger.close(seat);
  EXPECT_TRUE(ledger.open("alice", other, kNow));
  EXPECT_EQ(ledger.state().allocations, 3u);
}

TEST_F(LedgerTest, bandwidth_is_one_for_all_seats_of_a_user) {
  Ledger ledger{{.user_bytes_per_second = 1000}, random};
  const auto first = ledger.open("alice", kSource, kNow).value(), second = ledger.open("alice", kSource, kNow).value();
  const auto bob = ledger.open("bob", kSource, kNow).value();
  EXPECT_TRUE(ledger.may_send(first, 600, kNow));
  EXPECT_FALSE(ledger.may_send(second, 600, kNow));
  EXPECT_TRUE(ledger.may_send(second, 400, kNow));
  EXPECT_FALSE(ledger.may_send(first, 1, kNow));
  EXPECT_TRUE(ledger.may_send(bob, 1000, kNow));
  EXPECT_FALSE(ledger.may_send(first, 501, kNow + 500ms));
  EXPECT_TRUE(ledger.may_send(first, 500, kNow + 500ms));
  EXPECT_FALSE(ledger.may_send(bob, 1001, kNow + 1h));  // more than a burst
}

// Whoever could begin anew with each allocation would have no limit.
TEST_F(LedgerTest, a_new_allocation_buys_no_new_burst) {
  Ledger ledger{{.user_bytes_per_second = 1000, .source_bytes_per_second = 1000}, random};
  auto seat = ledger.open("alice", kSource, kNow).value();
  ASSERT_TRUE(ledger.may_send(seat, 1000, kNow));
  ledger.close(seat);
  seat = ledger.open("alice", kSource, kNow).value();
  EXPECT_FALSE(ledger.may_send(seat, 1, kNow));
  ledger.close(seat);
  const auto other = ledger.open("bob", IpAddress::v4(198, 51, 100, 8), kNow + 1s).value();
  EXPECT_EQ(ledger.state().users, 1u);  // once it has rested it is forgotten
  EXPECT_EQ(ledger.state().sources, 1u);
  ledger.close(other);
}

TEST_F(LedgerTest, a_resting_account_that_is_used_again_stays) {
  Ledger ledger{{}, random};
  for (int i = 0; i < 3; ++i) ledger.close(ledger.open("alice", kSource, kNow).value());
  const auto seat = ledger.open("alice", kSource, kNow).value();
  ledger.open("bob", kSource, kNow + 1h).value();
  EXPECT_EQ(*seat.user->key, "alice");
  EXPECT_TRUE(ledger.may_send(seat, 1, kNow + 1h));
  EXPECT_EQ(ledger.state().users, 2u);
}

TEST_F(LedgerTest, the_revoked_get_no_seat_for_as_long_as_their_credentials_may_live) {
  Ledger ledger{{.revocation_memory = 10min}, random};
  ledger.revoke("call-1", kNow);
  EXPECT_EQ(ledger.open("call-1", kSource, kNow + 599s).error(), Ledger::Refusal::revoked);
  EXPECT_TRUE(ledger.open("call-2", kSource, kNow));
  ledger.revoke("call-1", kNow + 5min);  // again, as each loop does
  ledger.revoke("call-3", kNow + 11min);
  EXPECT_EQ(ledger.open("call-1", kSource, kNow + 11min).error(), Ledger::Refusal::revoked);
  EXPECT_TRUE(ledger.open("call-1", kSource, kNow + 15min));
}

TEST_F(LedgerTest, the_revoked_are_forgotten_in_time_and_bounded) {
  Ledger ledger{{.max_revoked = 3, .revocation_memory = 10min}, random};
  for (const auto* call : {"1", "2", "3", "4"}) ledger.revoke(call, kNow);
  EXPECT_EQ(ledger.state().revoked, 3u);
  EXPECT_TRUE(ledger.open("1", kSource, kNow));
  EXPECT_FALSE(ledger.open("4", kSource, kNow));
  ledger.revoke("5", kNow + 10min);
  EXPECT_EQ(ledger.state().revoked, 1u);
}

}  // namespace
}  // namespace plntry::turn
