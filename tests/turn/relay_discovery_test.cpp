// NAT behaviour discovery (RFC 5780) in the relay: where it is answered, and how often. What is answered is tested in
// tests/conformance/rfc5780_test.cpp.
#include <gtest/gtest.h>

#include "support/stun_messages.hpp"
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

constexpr IpAddress kPrimary = IpAddress::v4(192, 0, 2, 15), kAlternate = IpAddress::v4(192, 0, 2, 16);
constexpr Endpoint kClient{IpAddress::v4(198, 51, 100, 7), 5000};

turn::Relay::Config with_discovery() {
  auto config = relay_config();
  config.nat_discovery = {{.shown = {kPrimary, kAlternate}, .bound = {kPrimary, kAlternate}, .ports = {3478, 3479}}};
  return config;
}

std::vector<std::uint8_t> response_port(std::uint16_t port) {
  std::array<std::uint8_t, 4> value{};
  store_be16(value, 0, port);
  return attribute(Attribute::response_port, value);
}

class RelayDiscovery : public testing::Test {
 protected:
  void send(Bytes request, const Endpoint& server, turn::Transport transport = turn::Transport::udp) {
    world.from_client({kClient, server, transport}, request);
  }

  World world{with_discovery()};
};

TEST_F(RelayDiscovery, the_answer_leaves_from_where_it_was_asked_for) {
  send(binding_request({attribute(Attribute::change_request, Bytes{std::array<std::uint8_t, 4>{0, 0, 0, 6}})}),
       {kPrimary, 3478});
  ASSERT_EQ(world.discovered.size(), 1);
  EXPECT_EQ(world.discovered[0].to, (turn::FiveTuple{kClient, {kAlternate, 3479}, turn::Transport::udp}));
}

// Whoever is not at one of the four, or comes by a connection, cannot be answered from another one.
TEST_F(RelayDiscovery, elsewhere_a_binding_is_an_ordinary_one) {
  send(binding_request(), {IpAddress::v4(192, 0, 2, 17), 3478});
  send(binding_request(), {kPrimary, 3478}, turn::Transport::tcp);
  EXPECT_TRUE(world.discovered.empty());
  EXPECT_EQ(world.replies.size(), 2);
}

// RESPONSE-PORT makes nobody a target of more than an answer to each source would.
TEST_F(RelayDiscovery, all_ports_of_a_source_share_one_budget) {
  auto config = with_discovery();
  config.limits.unproven_answers = {.capacity = 10, .per_second = 1};
  World bounded{config};
  for (std::uint16_t port = 1; port <= 100; ++port) {
    bounded.from_client({{kClient.address, port}, {kPrimary, 3478}, turn::Transport::udp},
                        binding_request({response_port(static_cast<std::uint16_t>(50'000 + port))}));
  }
  EXPECT_EQ(bounded.discovered.size(), 10);
  EXPECT_EQ(bounded.relay.counters().dropped(turn::Drop::unproven_budget), 90);
}

TEST_F(RelayDiscovery, an_endpoint_for_discovery_alone_takes_binding_requests_alone) {
  const turn::FiveTuple client{kClient, {kAlternate, 3479}, turn::Transport::udp};
  const auto give = [&](Bytes datagram) {
    world.relay.handle_discovery(client, datagram, world.now.mono);
    world.run_effects();
  };
  give(message({Method::allocate, Class::request}, {attribute(Attribute::requested_transport, "\x11xyz")}));
  give(message({Method::binding, Class::success}, {}));
  give(as_bytes("junk"));
  EXPECT_TRUE(world.discovered.empty());
  EXPECT_TRUE(world.replies.empty());
  give(binding_request());
  ASSERT_EQ(world.discovered.size(), 1);
  EXPECT_EQ(world.discovered[0].to, client);
}

}  // namespace
}  // namespace plntry::test
