// RFC 8016 where a client comes back on another loop than that of its allocation.
#include "mobility_world.hpp"

namespace plntry::test {
namespace {

// The kernel hashes the new 5-tuple to another loop than the one where the allocation lives.
struct Rfc8016AcrossLoops : Rfc8016 {
  void SetUp() override { ASSERT_EQ(lte_there.allocate()->code(), 0); }  // whereby it gets a nonce

  // What the loops do: whatever `lte` sends comes in on loop 1.
  std::optional<turn::Forward> to_other(Bytes datagram) {
    auto forward = other.from_client(lte.five_tuple, datagram);
    const auto* passed = forward ? std::get_if<turn::ToLoop>(&*forward) : nullptr;
    if (!passed) return forward;
    EXPECT_EQ(passed->loop, 0);
    EXPECT_EQ(passed->client, lte.five_tuple);
    passed_on += 1;
    forward = world.relay.handle_guest(1, passed->client, passed->datagram, world.now);
    world.run_effects();
    for (const auto& hosted : std::exchange(world.hosted, {})) {
      EXPECT_EQ(hosted.loop, 1);
      EXPECT_EQ(hosted.client, lte.five_tuple);
      hosted_times += 1;
    }
    if (!is_slow) release();
    return forward;
  }
  void release() {
    for (const auto& released : std::exchange(world.released, {})) {
      EXPECT_EQ(released.loop, 1);
      other.relay.handle_released(released.client, 0);
    }
  }
  // A request that comes in on loop 1, and what came back from whichever loop.
  std::optional<Response> request(Method method, const Client::Fill& fill) {
    lte_there.send_request(method, fill);  // for its bytes alone; the answer is another server's
    to_other(lte_there.last_request);
    for (World* each : {&other, &world}) {
      auto& queue = each->replies[lte.five_tuple];
      if (queue.empty()) continue;
      Response response = std::move(queue.front());
      queue.pop_front();
      return response;
    }
    return std::nullopt;
  }
  std::optional<Response> move() {
    return request(Method::refresh, [&](Builder& b) { b.add(Attribute::mobility_ticket, ticket); });
  }
  std::string channel_data() {
    lte.last_datagram = {0x40, 0, 0, 1, 'x'};
    return sent_to_peer(to_other(lte.last_datagram));
  }

  World other{world.server, mobile_config(1)};
  World elsewhere{mobile_config()};  // with the same nonce secret: where requests are made that are sent to loop 1
  Client lte_there{elsewhere, "203.0.113.77:6000"};
  int passed_on = 0, hosted_times = 0;
  bool is_slow = false;  // loop 1 has not heard yet that it is to pass on nothing more
};

TEST_F(Rfc8016AcrossLoops, a_move_is_handed_over_to_the_loop_that_the_ticket_names) {
  allocate();
  const auto moved = move();
  ASSERT_TRUE(moved);
  ASSERT_EQ(moved->code(), 0);
  EXPECT_NE(ticket_of(*moved), ticket);
  EXPECT_EQ(channel_data(), "x > 203.0.113.1:1");
  EXPECT_EQ(reached(), lte.five_tuple);
  EXPECT_EQ(passed_on, 2);
  EXPECT_EQ(hosted_times, 1);
  EXPECT_EQ(request(Method::refresh, [](Builder&) {})->code(), 0);
  EXPECT_EQ(other.relay.allocations(), 0u);
}
TEST_F(Rfc8016AcrossLoops, when_the_allocation_ends_nothing_is_passed_on_any_more) {
  allocate();
  ASSERT_EQ(move()->code(), 0);
  channel_data();
  ASSERT_EQ(request(Method::refresh, [](Builder& b) { b.add_be32(Attribute::lifetime, 0); })->code(), 0);
  EXPECT_EQ(world.relay.allocations(), 0u);
  passed_on = 0;
  EXPECT_EQ(channel_data(), "nothing");
  EXPECT_EQ(request(Method::refresh, [](Builder&) {})->code(), 437);
  EXPECT_EQ(passed_on, 0);
}
TEST_F(Rfc8016AcrossLoops, whoever_comes_back_is_passed_on_no_more) {
  allocate();
  const auto moved = move();
  channel_data();
  Client home{world, "198.51.100.7:5001"};
  ASSERT_EQ(refresh_with(home, *ticket_of(*moved))->code(), 0);
  home.send_channel_data(0x4000, "x");
  release();
  passed_on = 0;
  EXPECT_EQ(channel_data(), "nothing");
  EXPECT_EQ(passed_on, 0);
}
// A stranger makes no work for another loop before it has shown where it is.
TEST_F(Rfc8016AcrossLoops, only_whoever_has_a_nonce_is_passed_on) {
  allocate();
  lte_there.send_request(Method::refresh, [&](Builder& b) { b.add(Attribute::mobility_ticket, ticket); }, false);
  to_other(lte_there.last_request);
  EXPECT_EQ(passed_on, 0);
  EXPECT_EQ(other.replies[lte.five_tuple].front().code(), 401);
}
TEST_F(Rfc8016AcrossLoops, guessing_is_throttled_where_it_comes_in) {
  allocate();
  lte_there.password = "guess";
  for (int i = 0; i < 100; ++i) move();
  EXPECT_LE(passed_on, 20);
  EXPECT_GE(other.relay.counters().dropped(turn::Drop::guessing), 80u);
}
TEST_F(Rfc8016AcrossLoops, whoever_is_refused_is_passed_on_no_more) {
  allocate();
  wifi.refresh(0);
  EXPECT_EQ(move()->code(), 437);
  EXPECT_EQ(passed_on, 1);
  EXPECT_FALSE(other.relay.is_hosted_elsewhere(lte.five_tuple));
  EXPECT_EQ(request(Method::refresh, [](Builder&) {})->code(), 437);
  EXPECT_EQ(passed_on, 1);
}
TEST_F(Rfc8016AcrossLoops, a_ticket_that_was_never_given_is_not_passed_on) {
  allocate();
  ticket.back() ^= 1;
  EXPECT_EQ(move()->code(), 400);
  EXPECT_EQ(passed_on, 0);
}
TEST_F(Rfc8016AcrossLoops, clients_hosted_elsewhere_are_bounded) {
  allocate();
  auto config = mobile_config(1);
  config.limits.max_hosted_elsewhere = 1;
  World full{world.server, config};
  turn::FiveTuple second = lte.five_tuple;
  lte_there.send_request(Method::refresh, [&](Builder& b) { b.add(Attribute::mobility_ticket, ticket); });
  EXPECT_TRUE(full.from_client(lte.five_tuple, lte_there.last_request));
  second.client.port = 6001;
  Client neighbour{elsewhere, "203.0.113.77:6001"};
  ASSERT_EQ(neighbour.allocate()->code(), 0);
  neighbour.send_request(Method::refresh, [&](Builder& b) { b.add(Attribute::mobility_ticket, ticket); });
  EXPECT_FALSE(full.from_client(second, neighbour.last_request));
  EXPECT_TRUE(full.relay.is_hosted_elsewhere(lte.five_tuple));
  EXPECT_FALSE(full.relay.is_hosted_elsewhere(second));
}
// Between the allocation's end and the news of it a guest's datagrams still come; they make nothing here.
TEST_F(Rfc8016AcrossLoops, a_late_guest_makes_no_allocation) {
  allocate();
  is_slow = true;
  ASSERT_EQ(move()->code(), 0);
  ASSERT_EQ(request(Method::refresh, [](Builder& b) { b.add_be32(Attribute::lifetime, 0); })->code(), 0);
  const auto ask = [](Builder& b) { b.add_be32(Attribute::requested_transport, 17u << 24); };
  EXPECT_FALSE(request(Method::allocate, ask));
  EXPECT_EQ(world.relay.allocations(), 0u);
  release();
  EXPECT_EQ(request(Method::allocate, ask)->code(), 0);
  EXPECT_EQ(other.relay.allocations(), 1u);
}
TEST_F(Rfc8016AcrossLoops, a_guests_connection_that_closes_is_told_to_its_host) {
  allocate();
  ASSERT_EQ(move()->code(), 0);
  other.relay.handle_client_gone(lte.five_tuple, other.now.mono);
  other.run_effects();
  ASSERT_EQ(other.gone.size(), 1u);
  EXPECT_EQ(other.gone[0].client, lte.five_tuple);
  EXPECT_EQ(other.gone[0].loop, 0);
  EXPECT_FALSE(other.relay.is_hosted_elsewhere(lte.five_tuple));
}
TEST_F(Rfc8016AcrossLoops, a_guest_whose_connection_closed_may_come_back_by_the_same_5_tuple) {
  allocate();
  const auto moved = move();
  ASSERT_EQ(moved->code(), 0);
  channel_data();
  other.relay.handle_client_gone(lte.five_tuple, other.now.mono);
  other.run_effects();
  world.relay.handle_client_gone(lte.five_tuple, world.now.mono);
  world.run_effects();
  EXPECT_EQ(world.released.size(), 1u);  // the host waits for no more of it
  release();
  ticket = *ticket_of(*moved);
  ASSERT_EQ(move()->code(), 0);
  EXPECT_TRUE(other.relay.is_hosted_elsewhere(lte.five_tuple));
  EXPECT_EQ(channel_data(), "x > 203.0.113.1:1");
}

}  // namespace
}  // namespace plntry::test
