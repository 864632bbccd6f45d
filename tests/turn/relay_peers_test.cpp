// Which peers can be reached, on every path; and the way between two clients of one relay.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

constexpr std::array kForbidden{
    "127.0.0.1:22",
    "10.0.0.1:80",
    "169.254.169.254:80",
    "192.168.1.1:53",
    "172.16.0.1:1",
    "100.64.0.1:1",
    "0.0.0.0:1",
    "224.0.0.1:1",
    "255.255.255.255:9",
    "168.63.129.16:80",
    "[::1]:22",
    "[::]:22",
    "[::ffff:127.0.0.1]:22",
    "[::ffff:10.0.0.1]:80",
    "[::127.0.0.1]:22",
    "[64:ff9b::7f00:1]:22",
    "[64:ff9b:1::1]:22",
    "[2002:7f00:1::]:22",
    "[2001::1]:1",
    "[fe80::1]:1",
    "[fd00::1]:1",
    "[ff02::1]:1",
    "[::ffff:8.8.8.8]:53",
    "[2001:db8::1]:1",
};

class RelayPeers : public ::testing::Test {
 protected:
  // A client with an address of each family.
  Client dual(std::string_view address) {
    Client client{world, address};
    EXPECT_EQ(client.allocate([](Builder& b) { b.add_be32(Attribute::additional_address_family, 2u << 24); })->code(),
              0);
    return client;
  }

  World world;
};

TEST_F(RelayPeers, forbidden_peers_are_refused_on_create_permission) {
  Client client = dual("198.51.100.7:5000");
  for (const auto* peer : kForbidden) EXPECT_EQ(client.create_permission({peer})->code(), 403) << peer;
  EXPECT_EQ(world.relay.counters().peers_denied, kForbidden.size());
}

TEST_F(RelayPeers, forbidden_peers_are_refused_on_channel_bind) {
  Client client = dual("198.51.100.7:5000");
  for (const auto* peer : kForbidden) EXPECT_EQ(client.bind_channel(0x4000, peer)->code(), 403) << peer;
}

TEST_F(RelayPeers, forbidden_peers_get_nothing_by_send) {
  Client client = dual("198.51.100.7:5000");
  for (const auto* peer : kForbidden) {
    client.create_permission({peer});
    EXPECT_EQ(sent_to_peer(client.send_indication(peer, "x")), "nothing") << peer;
    EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "x")), "nothing") << peer;
  }
  EXPECT_EQ(world.relay.counters().packets_to_peer, 0u);
}

TEST_F(RelayPeers, the_servers_listeners_are_refused) {
  Client client = dual("198.51.100.7:5000");
  EXPECT_EQ(client.bind_channel(0x4000, "192.0.2.15:3478")->code(), 403);
  EXPECT_EQ(client.bind_channel(0x4000, "[2001:db8::15]:3478")->code(), 403);
  // A permission is for an address; what is behind it is looked at again with each packet.
  EXPECT_EQ(client.create_permission({"192.0.2.15:1"})->code(), 0);
  EXPECT_EQ(sent_to_peer(client.send_indication("192.0.2.15:3478", "x")), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_indication("192.0.2.15:22", "x")), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_indication("192.0.2.15:50000", "x")), "nothing");
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::own_address), 3u);
}

TEST_F(RelayPeers, a_listener_stays_refused_where_its_address_is_allowed) {
  auto config = relay_config();
  config.peers.allow.push_back(*Prefix::parse("192.0.2.0/24"));
  World lan{config};
  Client client{lan, "198.51.100.7:5000"};
  ASSERT_EQ(client.allocate()->code(), 0);
  ASSERT_EQ(client.create_permission({"192.0.2.15:1"})->code(), 0);
  EXPECT_EQ(sent_to_peer(client.send_indication("192.0.2.15:3478", "x")), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_indication("192.0.2.15:22", "x")), "x > 192.0.2.15:22");
  EXPECT_EQ(client.bind_channel(0x4000, "192.0.2.15:3478")->code(), 403);
}

TEST_F(RelayPeers, an_own_address_that_is_denied_by_name_is_refused) {
  auto config = relay_config();
  config.peers.deny.push_back(*Prefix::parse("192.0.2.15"));
  World strict{config};
  Client client{strict, "198.51.100.7:5000"};
  ASSERT_EQ(client.allocate()->code(), 0);
  EXPECT_EQ(client.create_permission({"192.0.2.15:1"})->code(), 403);
}

class RelayedToRelayed : public RelayPeers {
 protected:
  void SetUp() override {
    relayed_a = a.allocate()->relayed();
    relayed_b = b.allocate()->relayed();
  }
  // What `b` gets when `a` sends to it.
  static std::string delivered(const std::optional<turn::Forward>& forward) {
    if (!forward) return "nothing";
    const auto* message = std::get_if<turn::ToClient>(&*forward);
    if (!message) return "to the kernel";
    const auto bytes = on_the_wire(*message);
    if (const auto frame = turn::parse_channel_data(bytes)) return text(frame->data) + " on a channel";
    const auto view = MessageView::parse(bytes).value();
    return text(*view.find(Attribute::data)) + " from " + turn::xor_peer_address(view)->to_string();
  }

  Client a{world, "198.51.100.7:5000"};
  Client b{world, "198.51.100.8:5000"};
  Endpoint relayed_a, relayed_b;
};

TEST_F(RelayedToRelayed, goes_from_client_to_client_without_leaving) {
  ASSERT_EQ(a.create_permission({relayed_b.to_string()})->code(), 0);
  ASSERT_EQ(b.create_permission({relayed_a.to_string()})->code(), 0);
  const auto forward = a.send_indication(relayed_b.to_string(), "hello");
  EXPECT_EQ(delivered(forward), "hello from " + relayed_a.to_string());
  EXPECT_EQ(std::get<turn::ToClient>(*forward).client, b.five_tuple);
  EXPECT_EQ(world.relay.counters().packets_within, 1u);
  EXPECT_EQ(world.relay.usage(a.five_tuple)->bytes_to_peer, 5u);
  EXPECT_EQ(world.relay.usage(b.five_tuple)->bytes_to_client, 5u);
}

TEST_F(RelayedToRelayed, needs_the_other_sides_permission_as_through_the_kernel) {
  ASSERT_EQ(a.create_permission({relayed_b.to_string()})->code(), 0);
  EXPECT_EQ(delivered(a.send_indication(relayed_b.to_string(), "hello")), "nothing");
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::no_permission), 1u);
}

TEST_F(RelayedToRelayed, goes_over_channels_on_both_sides) {
  ASSERT_EQ(a.bind_channel(0x4000, relayed_b.to_string())->code(), 0);
  ASSERT_EQ(b.bind_channel(0x4abc, relayed_a.to_string())->code(), 0);
  EXPECT_EQ(delivered(a.send_channel_data(0x4000, "hello")), "hello on a channel");
}

TEST_F(RelayedToRelayed, ends_with_the_other_allocation) {
  ASSERT_EQ(a.bind_channel(0x4000, relayed_b.to_string())->code(), 0);
  ASSERT_EQ(b.bind_channel(0x4000, relayed_a.to_string())->code(), 0);
  ASSERT_EQ(b.refresh(0)->code(), 0);
  EXPECT_EQ(delivered(a.send_channel_data(0x4000, "hello")), "nothing");
}

}  // namespace
}  // namespace plntry::test
