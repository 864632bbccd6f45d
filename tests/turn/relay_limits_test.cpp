// Quotas, budgets and throttles.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

turn::Relay::Config with(const std::function<void(turn::Limits&)>& change) {
  auto config = relay_config();
  change(config.limits);
  return config;
}

turn::Ledger::Config quota(const std::function<void(turn::Ledger::Config&)>& change) {
  turn::Ledger::Config config;
  change(config);
  return config;
}

std::string from(int host, int port = 5000) {
  return "198.51.100." + std::to_string(host) + ":" + std::to_string(port);
}

TEST(RelayLimits, a_user_has_so_many_allocations_from_wherever) {
  World world{relay_config(), quota([](auto& config) { config.max_allocations_per_user = 2; })};
  Client first{world, from(1)}, second{world, from(2)}, third{world, from(3)}, bob{world, from(4)};
  bob.username = "bob";
  bob.password = "secret-b";
  EXPECT_EQ(first.allocate()->code(), 0);
  EXPECT_EQ(second.allocate()->code(), 0);
  EXPECT_EQ(third.allocate()->code(), 486);
  EXPECT_EQ(bob.allocate()->code(), 0);
  first.refresh(0);
  EXPECT_EQ(third.allocate()->code(), 0);
}

// An ephemeral name changes with each expiry; the user behind it does not.
TEST(RelayLimits, quotas_count_the_user_behind_ephemeral_names) {
  World world{relay_config(), quota([](auto& config) { config.max_allocations_per_user = 1; })};
  Client first{world, from(1)}, second{world, from(2)};
  for (auto* client : {&first, &second}) {
    const auto minted =
        turn::mint_ephemeral("shared", "call-1", world.now.wall + std::chrono::seconds{client == &first ? 60 : 61});
    client->username = minted.username;
    client->password = minted.password;
  }
  EXPECT_EQ(first.allocate()->code(), 0);
  EXPECT_EQ(second.allocate()->code(), 486);
}

TEST(RelayLimits, a_source_network_has_so_many_allocations) {
  World world{relay_config(), quota([](auto& config) { config.max_allocations_per_source = 1; })};
  EXPECT_EQ((Client{world, "198.51.100.1:1"}.allocate()->code()), 0);
  EXPECT_EQ((Client{world, "198.51.100.1:2"}.allocate()->code()), 486);
  EXPECT_EQ((Client{world, "198.51.100.2:1"}.allocate()->code()), 0);
  EXPECT_EQ((Client{world, "[2001:db8:1:2::1]:1"}.allocate()->code()), 0);
  EXPECT_EQ((Client{world, "[2001:db8:1:2::2]:1"}.allocate()->code()), 486);  // the same /64
  EXPECT_EQ((Client{world, "[2001:db8:1:3::1]:1"}.allocate()->code()), 0);
}

// What a monthly allowance does once it is used up.
TEST(RelayLimits, while_nothing_new_is_allowed_live_allocations_go_on) {
  std::atomic<bool> allows_new = true;
  World world{relay_config(), quota([&](auto& config) { config.allows_new = &allows_new; })};
  Client first{world, from(1)}, second{world, from(2)};
  EXPECT_EQ(first.allocate()->code(), 0);
  allows_new = false;
  EXPECT_EQ(second.allocate()->code(), 486);
  EXPECT_EQ(first.refresh(600)->code(), 0);
  allows_new = true;
  EXPECT_EQ(second.allocate()->code(), 0);
}

TEST(RelayLimits, the_relay_has_so_many_allocations) {
  World world{relay_config(), quota([](auto& config) { config.max_allocations = 1; })};
  EXPECT_EQ((Client{world, from(1)}.allocate()->code()), 0);
  EXPECT_EQ((Client{world, from(2)}.allocate()->code()), 508);
}

TEST(RelayLimits, an_allocation_has_so_many_permissions) {
  World world{with([](auto& limits) { limits.max_permissions = 2; })};
  Client client{world, from(1)};
  ASSERT_EQ(client.allocate()->code(), 0);
  EXPECT_EQ(client.create_permission({"203.0.113.1:1", "203.0.113.2:1"})->code(), 0);
  EXPECT_EQ(client.create_permission({"203.0.113.3:1"})->code(), 508);
  EXPECT_EQ(client.bind_channel(0x4000, "203.0.113.3:1")->code(), 508);
  EXPECT_EQ(client.create_permission({"203.0.113.2:1"})->code(), 0);  // a refresh is none more
  world.advance(301s);
  EXPECT_EQ(client.create_permission({"203.0.113.3:1"})->code(), 0);  // expired ones make room
}

TEST(RelayLimits, an_allocation_has_so_many_channels) {
  World world{with([](auto& limits) { limits.max_channels = 1; })};
  Client client{world, from(1)};
  ASSERT_EQ(client.allocate()->code(), 0);
  EXPECT_EQ(client.bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
  EXPECT_EQ(client.bind_channel(0x4001, "203.0.113.2:1")->code(), 508);
  EXPECT_EQ(client.bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
}

TEST(RelayLimits, there_are_so_many_reservations) {
  World world{relay_config(), quota([](auto& config) { config.max_reservations = 1; })};
  const auto reserve = [](Builder& b) { b.add(Attribute::even_port, std::array<std::uint8_t, 1>{0x80}); };
  EXPECT_EQ((Client{world, from(1)}.allocate(reserve)->code()), 0);
  EXPECT_EQ((Client{world, from(2)}.allocate(reserve)->code()), 508);
  world.advance(31s);
  EXPECT_EQ((Client{world, from(2)}.allocate(reserve)->code()), 0);
}

TEST(RelayLimits, a_users_bandwidth_is_shared_by_its_allocations_and_both_ways) {
  World world{relay_config(), quota([](auto& config) { config.user_bytes_per_second = 1000; })};
  Client first{world, from(1)}, second{world, from(2)}, bob{world, from(3)};
  bob.username = "bob";
  bob.password = "secret-b";
  for (auto* client : {&first, &second, &bob}) {
    ASSERT_EQ(client->allocate()->code(), 0);
    ASSERT_EQ(client->bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
  }
  const std::string data(400, 'd');
  EXPECT_TRUE(first.send_channel_data(0x4000, data));
  EXPECT_TRUE(second.send_channel_data(0x4000, data));
  EXPECT_FALSE(first.send_channel_data(0x4000, data));
  const auto relay = world.sockets.begin()->first;
  EXPECT_FALSE(world.relay.handle_peer(relay, endpoint("203.0.113.1:1"), as_bytes(data), world.now.mono));
  EXPECT_TRUE(bob.send_channel_data(0x4000, data));
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::over_bandwidth), 2u);
  world.advance(1s);
  EXPECT_TRUE(first.send_channel_data(0x4000, data));
}

TEST(RelayLimits, source_and_total_bandwidth_bound_as_well) {
  for (const bool total : {true, false}) {
    World world{relay_config(), quota([total](auto& config) {
                  (total ? config.total_bytes_per_second : config.source_bytes_per_second) = 10;
                })};
    Client client{world, from(1)};
    ASSERT_EQ(client.allocate()->code(), 0);
    ASSERT_EQ(client.bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
    EXPECT_TRUE(client.send_channel_data(0x4000, "12345678"));
    EXPECT_FALSE(client.send_channel_data(0x4000, "12345678"));
  }
}

TEST(RelayLimits, guessing_is_throttled_and_does_not_lock_others_out) {
  World world{with([](auto& limits) { limits.wrong_credentials = {.capacity = 3, .per_second = 1}; })};
  Client guesser{world, from(1)}, other{world, from(2)};
  guesser.allocate();
  guesser.refresh(0);
  guesser.password = "guess";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(guesser.send_request(Method::allocate, [](Builder&) {})->code(), 401);
  EXPECT_FALSE(guesser.send_request(Method::allocate, [](Builder&) {}));
  guesser.password = "secret-a";
  EXPECT_FALSE(guesser.allocate());  // even the right one waits: an answer would tell
  EXPECT_EQ(other.allocate()->code(), 0);
  world.advance(2s);
  EXPECT_EQ(guesser.allocate()->code(), 0);
}

TEST(RelayLimits, unproven_sources_get_so_many_answers) {
  World world{with([](auto& limits) { limits.unproven_answers = {.capacity = 3, .per_second = 1}; })};
  Client stranger{world, from(1)}, over_tcp{world, from(1), turn::Transport::tcp};
  const auto ask = [](Client& client, Method method) {
    return client.send_request(method, [](Builder&) {}, false).has_value();
  };
  EXPECT_TRUE(ask(stranger, Method::binding));
  EXPECT_TRUE(ask(stranger, Method::allocate));
  EXPECT_TRUE(ask(stranger, Method::refresh));
  EXPECT_FALSE(ask(stranger, Method::binding));
  EXPECT_FALSE(ask(stranger, Method::allocate));
  EXPECT_TRUE(ask(over_tcp, Method::allocate));  // a connection proves its source
  world.advance(1s);
  EXPECT_TRUE(ask(stranger, Method::binding));
}

// No state before proof: strangers leave nothing behind.
TEST(RelayLimits, strangers_leave_nothing_behind) {
  World world;
  for (int i = 0; i < 1000; ++i) {
    Client stranger{world, from(i % 250, 1000 + i)};
    stranger.send_request(
        Method::allocate, [](Builder& b) { b.add_be32(Attribute::requested_transport, 17u << 24); }, false);
  }
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_FALSE(world.relay.next_deadline());
}

}  // namespace
}  // namespace plntry::test
