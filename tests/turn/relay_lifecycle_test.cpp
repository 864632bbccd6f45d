// How allocations end, and what happens when things cross.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

TEST(RelayLifecycle, a_closed_connection_ends_its_allocation) {
  World world;
  Client client{world, "198.51.100.7:5000", turn::Transport::tcp};
  ASSERT_EQ(client.allocate()->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
  ASSERT_TRUE(client.send_channel_data(0x4000, "12345"));
  world.relay.handle_client_gone(client.five_tuple, world.now.mono);
  world.run_effects();
  EXPECT_TRUE(world.sockets.empty());
  EXPECT_EQ(world.routes_removed.size(), 1u);
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].reason, turn::EndReason::client_gone);
  EXPECT_EQ(world.ended[0].usage.bytes_to_peer, 5u);
  EXPECT_FALSE(world.relay.next_deadline());
  world.relay.handle_client_gone(client.five_tuple, world.now.mono);  // nobody is there any more
}

TEST(RelayLifecycle, a_socket_that_opens_after_its_client_left_is_closed_again) {
  World world;
  world.hold_opening = true;
  Client client{world, "198.51.100.7:5000", turn::Transport::tcp};
  client.allocate();
  ASSERT_EQ(world.held.size(), 1u);
  world.relay.handle_client_gone(client.five_tuple, world.now.mono);
  world.sockets[world.held[0].relay] = world.held[0];
  world.relay.handle_relay_opened(world.held[0].relay, true, world.now);
  world.run_effects();
  EXPECT_TRUE(world.sockets.empty());
  EXPECT_TRUE(world.ended.empty());
  EXPECT_FALSE(client.take_reply());
}

TEST(RelayLifecycle, requests_before_the_allocation_is_open_are_a_mismatch) {
  World world;
  world.hold_opening = true;
  Client client{world, "198.51.100.7:5000"};
  EXPECT_FALSE(client.allocate());
  EXPECT_EQ(client.refresh()->code(), 437);
  EXPECT_EQ(client.create_permission({"203.0.113.1:1"})->code(), 437);
}

TEST(RelayLifecycle, revoking_a_user_ends_its_allocations_and_makes_no_more) {
  World world;
  const auto minted = turn::mint_ephemeral("shared", "call-1", world.now.wall + 600s);
  Client first{world, "198.51.100.7:5000"}, second{world, "198.51.100.7:5001"}, other{world, "198.51.100.7:5002"};
  for (auto* client : {&first, &second}) {
    client->username = minted.username;
    client->password = minted.password;
  }
  ASSERT_EQ(first.allocate()->code(), 0);
  ASSERT_EQ(other.allocate()->code(), 0);
  world.relay.revoke("call-1", world.now.mono);
  world.run_effects();
  EXPECT_EQ(world.relay.allocations(), 1u);
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].reason, turn::EndReason::revoked);
  EXPECT_EQ(world.ended[0].user, "call-1");
  EXPECT_EQ(second.allocate()->code(), 403);
  EXPECT_EQ(first.refresh()->code(), 437);
  EXPECT_EQ(other.refresh()->code(), 0);
}

TEST(RelayLifecycle, usage_counts_payload_both_ways) {
  World world;
  Client client{world, "198.51.100.7:5000"};
  const Endpoint relayed = client.allocate()->relayed();
  ASSERT_EQ(client.create_permission({"203.0.113.1:1"})->code(), 0);
  client.send_indication("203.0.113.1:1", "1234567");
  const auto relay = world.relay_at(relayed);
  world.relay.handle_peer(relay, endpoint("203.0.113.1:1"), as_bytes("123"), world.now.mono);
  world.relay.handle_peer(relay, endpoint("203.0.113.2:1"), as_bytes("dropped"), world.now.mono);
  const auto usage = world.relay.usage(client.five_tuple).value();
  EXPECT_EQ(usage.packets_to_peer, 1u);
  EXPECT_EQ(usage.bytes_to_peer, 7u);
  EXPECT_EQ(usage.packets_to_client, 1u);
  EXPECT_EQ(usage.bytes_to_client, 3u);
}

TEST(RelayLifecycle, ports_and_accounts_of_ended_allocations_are_free_again) {
  World world{relay_config(), {.first_port = 50000, .last_port = 50003, .max_allocations_per_user = 2}};
  for (int i = 0; i < 50; ++i) {
    Client client{world, "198.51.100.7:" + std::to_string(5000 + i)};
    ASSERT_EQ(
        client.allocate([](Builder& b) { b.add(Attribute::even_port, std::array<std::uint8_t, 1>{0x80}); })->code(), 0)
        << i;
    if (i % 2 == 0) {
      ASSERT_EQ(client.refresh(0)->code(), 0);
      world.advance(31s);  // the reservation outlives its allocation
    } else {
      world.advance(601s);
    }
    ASSERT_TRUE(world.sockets.empty() && world.server->reserved.empty());
    ASSERT_FALSE(world.relay.next_deadline());
  }
}

TEST(RelayLifecycle, junk_is_dropped_and_counted) {
  World world;
  Client client{world, "198.51.100.7:5000"};
  ASSERT_EQ(client.allocate()->code(), 0);
  for (const auto* junk : {"", "G", "\x80\x01", "\xff", "\x16\x03\x01", "\x40", "\x01"}) {
    EXPECT_FALSE(world.from_client(client.five_tuple, as_bytes(junk)));
  }
  EXPECT_FALSE(world.relay.handle_peer({99, 1}, endpoint("203.0.113.1:1"), as_bytes("x"), world.now.mono));
  EXPECT_EQ(name(turn::Drop::not_turn), "not_turn");
  EXPECT_EQ(name(turn::Drop::guessing), "guessing");
  EXPECT_EQ(world.relay.allocations(), 1u);
}

}  // namespace
}  // namespace plntry::test
