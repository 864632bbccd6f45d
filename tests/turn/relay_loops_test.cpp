// Two loops of one server: a relay each, and one ledger.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

struct RelayLoops : ::testing::Test {
  static void reserve_next(Builder& builder) { builder.add(Attribute::even_port, std::array<std::uint8_t, 1>{0x80}); }
  static Client::Fill redeem(const Response& response) {
    const auto token = turn::reservation_token(response.view()).value();
    return [token](Builder& builder) {
      std::array<std::uint8_t, 8> bytes;
      store_be64(bytes, 0, token);
      builder.add(Attribute::reservation_token, bytes);
    };
  }
  void advance(Duration duration) {
    one.advance(duration);
    two.advance(duration);
  }

  World one{relay_config(), {.first_port = 50000, .last_port = 50003, .max_allocations_per_user = 3}};
  World two{one.server};
  Client a{one, "198.51.100.7:5000"};
  Client b{two, "198.51.100.8:5000"};
};

TEST_F(RelayLoops, never_open_the_same_port) {
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 4; ++i) {
    Client each{i % 2 == 0 ? one : two, "198.51.100.9:" + std::to_string(5000 + i)};
    if (i == 3) each.username = "bob", each.password = "secret-b";
    ports.insert(each.allocate()->relayed().port);
  }
  EXPECT_EQ(ports.size(), 4u);
  a.username = "bob", a.password = "secret-b";
  EXPECT_EQ(a.allocate()->code(), 508);
}

TEST_F(RelayLoops, count_a_users_allocations_together) {
  ASSERT_EQ(a.allocate()->code(), 0);
  ASSERT_EQ(b.allocate()->code(), 0);
  ASSERT_EQ((Client{two, "198.51.100.9:5000"}.allocate()->code()), 0);
  Client fourth{one, "198.51.100.10:5000"};
  EXPECT_EQ(fourth.allocate()->code(), 486);
  ASSERT_EQ(b.refresh(0)->code(), 0);
  EXPECT_EQ(fourth.allocate()->code(), 0);
}

// RFC 8656 §7.2: the token may come in on another loop than the one that gave it.
TEST_F(RelayLoops, hand_a_reserved_socket_over) {
  const auto first = a.allocate(reserve_next);
  ASSERT_EQ(first->code(), 0);
  ASSERT_EQ(one.server->reserved.size(), 1u);
  const auto second = b.allocate(redeem(*first));
  ASSERT_EQ(second->code(), 0);
  EXPECT_EQ(second->relayed().port, first->relayed().port + 1);
  EXPECT_TRUE(one.server->reserved.empty());
  EXPECT_EQ(two.relay_at(second->relayed()), two.sockets.begin()->first);
  advance(31s);  // the reservation's end is the giver's to see, and there is none any more
  EXPECT_EQ(two.sockets.size(), 1u);
  ASSERT_EQ(b.create_permission({"203.0.113.1:1"})->code(), 0);
  EXPECT_EQ(sent_to_peer(b.send_indication("203.0.113.1:1", "x")), "x > 203.0.113.1:1");
  ASSERT_EQ(a.refresh(0)->code(), 0);
  EXPECT_EQ(two.sockets.size(), 1u);
}

TEST_F(RelayLoops, redeem_a_token_once) {
  const auto first = a.allocate(reserve_next);
  ASSERT_EQ(b.allocate(redeem(*first))->code(), 0);
  Client late{one, "198.51.100.9:5000"};
  EXPECT_EQ(late.allocate(redeem(*first))->code(), 508);
  EXPECT_EQ(one.server->ledger.state().allocations, 2u);  // the refused one took no seat
}

// RFC 8656 §7.2: a reservation lasts 30 seconds, and its allocation's end does not end it.
TEST_F(RelayLoops, discard_a_reservation_that_nobody_redeems) {
  const auto first = a.allocate(reserve_next);
  ASSERT_EQ(a.refresh(0)->code(), 0);
  EXPECT_EQ(one.server->reserved.size(), 1u);
  advance(30s);
  EXPECT_TRUE(one.server->reserved.empty());
  EXPECT_EQ(one.server->ledger.state().ports_claimed[0], 0u);
  EXPECT_EQ(b.allocate(redeem(*first))->code(), 508);
  EXPECT_FALSE(one.relay.next_deadline());
}

TEST_F(RelayLoops, survive_a_socket_that_is_not_in_the_book) {
  const auto first = a.allocate(reserve_next);
  one.server->reserved.clear();
  EXPECT_EQ(b.allocate(redeem(*first))->code(), 508);
  EXPECT_EQ(one.server->ledger.state().ports_claimed[0], 1u);
  EXPECT_EQ(two.relay.allocations(), 0u);
}

// A client that leaves between the two halves of a pair leaves neither behind.
TEST_F(RelayLoops, give_a_half_opened_pair_back) {
  Client over_tcp{one, "198.51.100.9:5000", turn::Transport::tcp};
  one.hold_opening = true;
  EXPECT_FALSE(over_tcp.allocate(reserve_next));
  one.relay.handle_client_gone(over_tcp.five_tuple, one.now.mono);
  one.relay.handle_relay_opened(one.held[0].relay, false, one.now);
  one.run_effects();
  EXPECT_EQ(one.server->ledger.state().ports_claimed[0], 0u);
}

TEST_F(RelayLoops, reach_each_others_relayed_addresses_through_the_kernel) {
  const Endpoint relayed_a = a.allocate()->relayed();
  ASSERT_EQ(b.allocate()->code(), 0);
  ASSERT_EQ(b.create_permission({relayed_a.to_string()})->code(), 0);
  EXPECT_EQ(sent_to_peer(b.send_indication(relayed_a.to_string(), "x")), "x > " + relayed_a.to_string());
  EXPECT_EQ(sent_to_peer(b.send_indication("192.0.2.15:22", "x")), "nothing");
  ASSERT_EQ(a.refresh(0)->code(), 0);
  EXPECT_EQ(sent_to_peer(b.send_indication(relayed_a.to_string(), "x")), "nothing");
}

TEST_F(RelayLoops, revoke_together) {
  ASSERT_EQ(a.allocate()->code(), 0);
  ASSERT_EQ(b.allocate()->code(), 0);
  one.relay.revoke("alice", one.now.mono);
  one.run_effects();
  EXPECT_EQ(one.relay.allocations(), 0u);
  EXPECT_EQ((Client{two, "198.51.100.9:5000"}.allocate()->code()), 403);  // at once, on every loop
  two.relay.revoke("alice", two.now.mono);
  two.run_effects();
  EXPECT_EQ(two.relay.allocations(), 0u);
  EXPECT_EQ(a.allocate()->code(), 403);
  advance(601s);
  EXPECT_EQ(a.allocate()->code(), 0);
}

// What is relayed is metered exactly once, whether the allocation is live or over.
TEST_F(RelayLoops, meter_what_is_new) {
  std::map<std::string, turn::Usage> metered;
  const auto meter = [&] {
    one.relay.meter([&](const turn::Relay::Meter& each) {
      EXPECT_EQ(each.client, a.five_tuple);
      EXPECT_EQ(each.user, "alice");
      EXPECT_EQ(each.started, WallTime{1'700'000'000s});
      metered["a"] = each.unmetered;
    });
    return std::exchange(metered, {});
  };
  const Endpoint relayed = a.allocate()->relayed();
  ASSERT_EQ(a.create_permission({"203.0.113.1:1"})->code(), 0);
  EXPECT_TRUE(meter().empty());
  a.send_indication("203.0.113.1:1", "12345");
  EXPECT_EQ(meter()["a"], (turn::Usage{.packets_to_peer = 1, .bytes_to_peer = 5}));
  EXPECT_TRUE(meter().empty());
  one.relay.handle_peer(one.relay_at(relayed), endpoint("203.0.113.1:1"), as_bytes("123"), one.now.mono);
  EXPECT_EQ(meter()["a"], (turn::Usage{.packets_to_client = 1, .bytes_to_client = 3}));
  a.send_indication("203.0.113.1:1", "1234567");
  one.advance(90s);
  ASSERT_EQ(a.refresh(0)->code(), 0);
  ASSERT_EQ(one.ended.size(), 1u);
  EXPECT_EQ(one.ended[0].started, WallTime{1'700'000'000s});
  EXPECT_EQ(one.ended[0].usage.bytes_to_peer, 12u);
  EXPECT_EQ(one.ended[0].unmetered, (turn::Usage{.packets_to_peer = 1, .bytes_to_peer = 7}));
}

}  // namespace
}  // namespace plntry::test
