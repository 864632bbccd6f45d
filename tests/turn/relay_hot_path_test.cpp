// Forwarding costs no memory: an `operator new` that counts watches 10,000 packets each way, in every form.
#include "support/counting_new.hpp"
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

class RelayHotPath : public ::testing::Test {
 protected:
  static constexpr int kPackets = 10'000;

  void SetUp() override {
    for (auto* client : {&a, &b}) {
      ASSERT_EQ(client->allocate()->code(), 0);
      ASSERT_EQ(client->create_permission({"203.0.113.1:1", "203.0.113.2:1"})->code(), 0);
      ASSERT_EQ(client->bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
    }
  }

  template <typename Forward>
  void expect_no_allocation(Forward forward) {
    ASSERT_TRUE(forward());
    const std::size_t before = allocations();
    bool all = true;
    for (int i = 0; i < kPackets; ++i) all = forward() && all;
    EXPECT_EQ(allocations(), before);
    EXPECT_TRUE(all);
  }

  // Metered, and never over.
  World world{relay_config(), {.user_bytes_per_second = 1e12, .source_bytes_per_second = 1e12}};
  Client a{world, "198.51.100.7:5000"};
  Client b{world, "198.51.100.8:5000"};
};

TEST_F(RelayHotPath, channel_data_to_a_peer) {
  a.send_channel_data(0x4000, std::string(1200, 'd'));
  expect_no_allocation([&] { return world.relay.handle_client(a.five_tuple, a.last_datagram, world.now).has_value(); });
}

TEST_F(RelayHotPath, send_indication_to_a_peer) {
  std::array<std::uint8_t, 2048> buffer;
  Builder builder{buffer, {Method::send, Class::indication}, {}};
  builder.add_xor_address(Attribute::xor_peer_address, endpoint("203.0.113.2:9"));
  builder.add_text(Attribute::data, std::string(1200, 'd'));
  const Bytes datagram = *builder.finish();
  expect_no_allocation([&] { return world.relay.handle_client(a.five_tuple, datagram, world.now).has_value(); });
}

TEST_F(RelayHotPath, from_a_peer_with_and_without_a_channel) {
  const auto relay = world.sockets.begin()->first;
  const std::string data(1201, 'd');
  for (const auto* peer : {"203.0.113.1:1", "203.0.113.2:1"}) {
    const Endpoint source = endpoint(peer);
    expect_no_allocation(
        [&] { return world.relay.handle_peer(relay, source, as_bytes(data), world.now.mono).has_value(); });
  }
}

TEST_F(RelayHotPath, from_client_to_client) {
  const std::string to_b = "192.0.2.15:" + std::to_string(std::next(world.sockets.begin())->second.port);
  const std::string to_a = "192.0.2.15:" + std::to_string(world.sockets.begin()->second.port);
  ASSERT_EQ(a.bind_channel(0x4001, to_b)->code(), 0);
  ASSERT_EQ(b.bind_channel(0x4001, to_a)->code(), 0);
  a.send_channel_data(0x4001, std::string(1200, 'd'));
  expect_no_allocation([&] { return world.relay.handle_client(a.five_tuple, a.last_datagram, world.now).has_value(); });
}

// A fresh allocation holds no permission and no channel, and so nothing on the heap but its owner's name.
TEST_F(RelayHotPath, fresh_allocations_are_small) {
  EXPECT_LE(sizeof(turn::Allocation) + sizeof(turn::RelayedAddress), 1024u);
}

}  // namespace
}  // namespace plntry::test
