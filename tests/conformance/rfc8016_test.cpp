// What RFC 8016 demands of a server whose allocations follow their clients.
#include <gmock/gmock.h>

#include "support/turn_world.hpp"
#include "turn/mobility.hpp"

namespace plntry::test {
namespace {

using Ticket = std::vector<std::uint8_t>;

turn::Relay::Config mobile_config(std::uint16_t loop = 0) {
  auto config = relay_config();
  config.mobility = true;
  config.loop = loop;
  config.loops = 2;
  return config;
}

void ask_for_ticket(Builder& builder) { builder.add(Attribute::mobility_ticket, Bytes{}); }

std::optional<Ticket> ticket_of(const Response& response) {
  const auto view = response.view();
  const auto value = view.find(Attribute::mobility_ticket);
  return value ? std::optional{Ticket{value->begin(), value->end()}} : std::nullopt;
}

std::optional<Response> refresh_with(Client& client, const Ticket& ticket,
                                     std::optional<std::uint32_t> lifetime = std::nullopt) {
  return client.request(Method::refresh, [&](Builder& builder) {
    if (lifetime) builder.add_be32(Attribute::lifetime, *lifetime);
    builder.add(Attribute::mobility_ticket, ticket);
  });
}

struct Rfc8016 : ::testing::Test {
  // An allocation with a permission, a channel, and a ticket.
  void allocate() {
    const auto response = wifi.allocate(ask_for_ticket);
    ASSERT_EQ(response->code(), 0);
    relayed = response->relayed();
    ticket = ticket_of(*response).value();
    ASSERT_EQ(wifi.create_permission({"203.0.113.2:1"})->code(), 0);
    ASSERT_EQ(wifi.bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
  }
  // Where data from the peer goes.
  std::optional<turn::FiveTuple> reached(std::string_view peer = "203.0.113.1:1") {
    const auto message =
        world.relay.handle_peer(world.relay_at(relayed), endpoint(peer), as_bytes("x"), world.now.mono);
    return message ? std::optional{message->client} : std::nullopt;
  }

  World world{mobile_config()};
  Client wifi{world, "198.51.100.7:5000"};
  Client lte{world, "203.0.113.77:6000"};
  Endpoint relayed;
  Ticket ticket;
};

// §3.1.2: a ticket is given to whoever asks, and nobody can guess it.
TEST_F(Rfc8016, an_empty_ticket_asks_for_one) {
  allocate();
  EXPECT_GE(ticket.size() * 8, 128u);
  Client other{world, "198.51.100.8:5000"};
  EXPECT_NE(ticket_of(*other.allocate(ask_for_ticket)), ticket);
}
TEST_F(Rfc8016, who_does_not_ask_gets_none) { EXPECT_FALSE(ticket_of(*wifi.allocate())); }

TEST_F(Rfc8016, a_retransmitted_allocate_gets_the_same_ticket) {
  allocate();
  wifi.repeat_transaction = true;
  Client again{world, "198.51.100.9:5000"};
  const auto first = again.allocate(ask_for_ticket);
  const auto second = again.send_raw(again.last_request);
  EXPECT_EQ(ticket_of(*first), ticket_of(*second));
}

TEST_F(Rfc8016, an_allocate_that_shows_a_ticket_is_a_bad_request) {
  allocate();
  EXPECT_EQ(lte.allocate([&](Builder& b) { b.add(Attribute::mobility_ticket, ticket); })->code(), 400);
}

// §3.1.2 and §3.2.2: 405 where mobility is forbidden.
TEST_F(Rfc8016, without_mobility_asking_and_showing_are_forbidden) {
  World strict;
  Client client{strict, "198.51.100.7:5000"};
  EXPECT_EQ(client.allocate(ask_for_ticket)->code(), 405);
  EXPECT_EQ(refresh_with(client, Ticket(18))->code(), 405);
  ASSERT_EQ(client.allocate()->code(), 0);
  EXPECT_EQ(refresh_with(client, Ticket(18))->code(), 405);
  EXPECT_EQ(client.refresh()->code(), 0);
}

// §3.2.2: the allocation is the client's at its new 5-tuple, with all that belongs to it.
TEST_F(Rfc8016, a_refresh_with_the_ticket_moves_the_allocation) {
  allocate();
  wifi.send_channel_data(0x4000, "12345");
  const auto moved = refresh_with(lte, ticket);
  ASSERT_EQ(moved->code(), 0);
  EXPECT_EQ(moved->lifetime(), 600u);
  EXPECT_EQ(world.relay.allocations(), 1u);
  EXPECT_EQ(sent_to_peer(lte.send_channel_data(0x4000, "x")), "x > 203.0.113.1:1");
  EXPECT_EQ(sent_to_peer(lte.send_indication("203.0.113.2:1", "x")), "x > 203.0.113.2:1");
  EXPECT_EQ(reached(), lte.five_tuple);
  EXPECT_EQ(world.relay.usage(lte.five_tuple)->bytes_to_peer, 7u);
  EXPECT_EQ(lte.refresh(0)->code(), 0);
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].client, lte.five_tuple);
  EXPECT_EQ(world.relay.counters().allocations_moved, 1u);
}

// §3.2.2: the answer brings a new ticket, and the old one is used up once the client has shown that it got it.
TEST_F(Rfc8016, each_move_brings_a_new_ticket) {
  allocate();
  const auto next = ticket_of(*refresh_with(lte, ticket)).value();
  EXPECT_NE(next, ticket);
  lte.send_channel_data(0x4000, "x");
  Client third{world, "198.51.100.99:7000"};
  EXPECT_EQ(refresh_with(third, ticket)->code(), 437);
  EXPECT_EQ(refresh_with(third, next)->code(), 0);
}

// §3: the old 5-tuple stays until the new one is used.
TEST_F(Rfc8016, the_old_5_tuple_is_valid_until_the_new_one_is_used) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  EXPECT_EQ(reached(), wifi.five_tuple);
  EXPECT_EQ(sent_to_peer(wifi.send_channel_data(0x4000, "x")), "x > 203.0.113.1:1");
  EXPECT_EQ(wifi.refresh()->code(), 0);
  EXPECT_EQ(reached(), wifi.five_tuple);
  EXPECT_EQ(sent_to_peer(lte.send_channel_data(0x4000, "x")), "x > 203.0.113.1:1");
  EXPECT_EQ(reached(), lte.five_tuple);
  EXPECT_EQ(sent_to_peer(wifi.send_channel_data(0x4000, "x")), "nothing");
  EXPECT_EQ(wifi.refresh()->code(), 437);
}
TEST_F(Rfc8016, each_kind_of_use_ends_the_old_5_tuple) {
  const std::array<std::function<void()>, 4> uses{
      [&] { lte.send_channel_data(0x4000, "x"); }, [&] { lte.send_indication("203.0.113.2:1", "x"); },
      [&] { lte.create_permission({"203.0.113.2:1"}); }, [&] { lte.refresh(); }};
  for (const auto& use : uses) {
    allocate();
    ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
    EXPECT_EQ(reached(), wifi.five_tuple);
    use();
    EXPECT_EQ(reached(), lte.five_tuple);
    ASSERT_EQ(lte.refresh(0)->code(), 0);
  }
}
// What nobody could have sent but who holds the permission or the channel counts as use; junk does not.
TEST_F(Rfc8016, what_is_dropped_is_no_use) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  EXPECT_EQ(sent_to_peer(lte.send_channel_data(0x4001, "x")), "nothing");
  EXPECT_EQ(sent_to_peer(lte.send_indication("203.0.113.99:1", "x")), "nothing");
  lte.send_request(Method::refresh, [](Builder&) {}, false);
  EXPECT_EQ(reached(), wifi.five_tuple);
}

// RFC 8489 §6.3.1: the answer may be lost; a retransmission gets the same.
TEST_F(Rfc8016, a_retransmitted_move_gets_the_same_ticket_and_is_no_use) {
  allocate();
  const auto first = refresh_with(lte, ticket);
  const auto second = lte.send_raw(lte.last_request);
  EXPECT_EQ(second->code(), 0);
  EXPECT_EQ(ticket_of(*first), ticket_of(*second));
  EXPECT_EQ(reached(), wifi.five_tuple);
}
// Whoever never got the new ticket moves on with the old one.
TEST_F(Rfc8016, a_client_that_moves_again_before_it_has_got_an_answer_shows_the_old_ticket) {
  allocate();
  const auto lost = ticket_of(*refresh_with(lte, ticket)).value();
  Client third{world, "198.51.100.99:7000"}, fourth{world, "198.51.100.99:7001"};
  const auto got = refresh_with(third, ticket);
  ASSERT_EQ(got->code(), 0);
  EXPECT_EQ(sent_to_peer(lte.send_channel_data(0x4000, "x")), "nothing");  // it never came there
  EXPECT_EQ(refresh_with(fourth, lost)->code(), 437);
  EXPECT_EQ(sent_to_peer(third.send_channel_data(0x4000, "x")), "x > 203.0.113.1:1");
  EXPECT_EQ(refresh_with(fourth, *ticket_of(*got))->code(), 0);
}

// §3.2.2: a ticket is worth nothing without its owner's credentials.
TEST_F(Rfc8016, a_stolen_ticket_moves_nothing) {
  allocate();
  Client thief{world, "203.0.113.66:6000"};
  thief.username = "bob", thief.password = "secret-b";
  EXPECT_EQ(refresh_with(thief, ticket)->code(), 441);
  thief.username = "alice", thief.password = "guess";
  EXPECT_EQ(refresh_with(thief, ticket)->code(), 401);
  EXPECT_EQ(reached(), wifi.five_tuple);
  EXPECT_EQ(refresh_with(lte, ticket)->code(), 0);
}
// §3.2.2: 400 for a ticket that this server never gave.
TEST_F(Rfc8016, an_invalid_ticket_is_a_bad_request) {
  allocate();
  for (const std::size_t size : {0u, 17u, 18u, 33u, 34u, 35u, 100u}) {
    EXPECT_EQ(refresh_with(lte, Ticket(size))->code(), 400);
  }
  for (std::size_t i = 0; i < ticket.size(); ++i) {  // another loop, another secret, another seal
    Ticket changed = ticket;
    changed[i] ^= 1;
    EXPECT_EQ(refresh_with(lte, changed)->code(), 400);
  }
  EXPECT_EQ(reached(), wifi.five_tuple);
}
// §3.2.2: 437 for one that it gave for an allocation that is no more.
TEST_F(Rfc8016, the_ticket_of_an_allocation_that_is_over_is_a_mismatch) {
  allocate();
  wifi.refresh(0);
  EXPECT_EQ(refresh_with(lte, ticket)->code(), 437);
  EXPECT_EQ(refresh_with(wifi, ticket)->code(), 437);
}
// A call outlives its short-lived credentials wherever it goes.
TEST_F(Rfc8016, the_owner_may_move_after_its_credentials_have_expired) {
  const auto minted = turn::mint_ephemeral("shared", "call-1", world.now.wall + 60s);
  for (auto* client : {&wifi, &lte}) client->username = minted.username, client->password = minted.password;
  allocate();
  world.advance(200s);
  EXPECT_EQ(refresh_with(lte, ticket)->code(), 0);
  Client stranger{world, "203.0.113.66:6000"};
  stranger.username = minted.username, stranger.password = minted.password;
  EXPECT_EQ(stranger.allocate()->code(), 401);
}

// RFC 8656 §6: one allocation for each 5-tuple.
TEST_F(Rfc8016, a_5_tuple_with_another_allocation_is_a_mismatch) {
  allocate();
  ASSERT_EQ(lte.allocate()->code(), 0);
  EXPECT_EQ(refresh_with(lte, ticket)->code(), 437);
  EXPECT_EQ(world.relay.allocations(), 2u);
  EXPECT_EQ(reached(), wifi.five_tuple);
}

// §3.2.2: who has not moved must not show its ticket; it is told so, and loses nothing.
TEST_F(Rfc8016, the_ticket_on_the_same_5_tuple_is_a_bad_request) {
  allocate();
  EXPECT_EQ(refresh_with(wifi, ticket, 1200)->code(), 400);
  EXPECT_EQ(wifi.refresh(1200)->lifetime(), 1200u);
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  EXPECT_EQ(refresh_with(wifi, ticket)->code(), 400) << "the client is still there";
  EXPECT_EQ(reached(), wifi.five_tuple);
}
TEST_F(Rfc8016, the_new_ticket_on_the_new_5_tuple_is_a_bad_request) {
  allocate();
  const auto moved = refresh_with(lte, ticket);
  EXPECT_EQ(refresh_with(lte, *ticket_of(*moved))->code(), 400);
  EXPECT_EQ(reached(), lte.five_tuple) << "the client has shown that it got it";
}

TEST_F(Rfc8016, a_lifetime_of_zero_from_elsewhere_ends_the_allocation) {
  allocate();
  const auto ended = refresh_with(lte, ticket, 0);
  EXPECT_EQ(ended->code(), 0);
  EXPECT_EQ(ended->lifetime(), 0u);
  EXPECT_FALSE(ticket_of(*ended));
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_EQ(refresh_with(lte, ticket)->code(), 437);
}
TEST_F(Rfc8016, nothing_of_an_ended_allocation_is_left) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  world.advance(601s);
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_EQ(lte.allocate()->code(), 0);
  EXPECT_EQ(wifi.allocate()->code(), 0);
}

// What a fast path knows is told anew.
TEST_F(Rfc8016, routes_follow) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  EXPECT_EQ(world.routes_removed.size(), 0u);
  lte.refresh();
  ASSERT_EQ(world.routes_removed.size(), 1u);
  EXPECT_EQ(world.routes_removed[0].client, wifi.five_tuple);
  ASSERT_EQ(world.routes_added.size(), 2u);
  EXPECT_EQ(world.routes_added[1].client, lte.five_tuple);
  EXPECT_EQ(world.routes_added[1].channel, turn::ChannelNumber::from_wire(0x4000));
}

TEST_F(Rfc8016, quotas_count_where_the_client_is) {
  World small{mobile_config(), {.max_allocations_per_source = 1}};
  Client first{small, "198.51.100.7:5000"}, neighbour{small, "203.0.113.77:1"}, second{small, "203.0.113.77:2"};
  const auto given = ticket_of(*first.allocate(ask_for_ticket)).value();
  ASSERT_EQ(neighbour.allocate()->code(), 0);
  EXPECT_EQ(refresh_with(second, given)->code(), 486);
  ASSERT_EQ(neighbour.refresh(0)->code(), 0);
  EXPECT_EQ(refresh_with(second, given)->code(), 0);
  EXPECT_EQ((Client{small, "198.51.100.7:5001"}.allocate()->code()), 0);
}

struct OverTcp : Rfc8016 {
  OverTcp() {
    wifi.five_tuple.transport = turn::Transport::tcp;
    lte.five_tuple.transport = turn::Transport::tls;
  }
  void close(const Client& client) {
    world.relay.handle_client_gone(client.five_tuple, world.now.mono);
    world.run_effects();
  }
};

// A phone that leaves its WiFi loses its connection before it has another one.
TEST_F(OverTcp, a_mobile_allocation_outlives_its_connection) {
  allocate();
  close(wifi);
  EXPECT_EQ(world.relay.allocations(), 1u);
  EXPECT_FALSE(reached());
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::client_away), 1u);
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  EXPECT_EQ(reached(), lte.five_tuple);  // there is no old path to wait for
  EXPECT_EQ(sent_to_peer(lte.send_channel_data(0x4000, "x")), "x > 203.0.113.1:1");
}
// RFC 8489 §6.3.1: a move is a move, though it was completed at once.
TEST_F(OverTcp, a_retransmitted_move_from_a_lost_connection_gets_the_same_ticket) {
  allocate();
  close(wifi);
  const auto first = refresh_with(lte, ticket);
  const auto second = lte.send_raw(lte.last_request);
  ASSERT_EQ(second->code(), 0);
  EXPECT_EQ(ticket_of(*first), ticket_of(*second));
}
TEST_F(OverTcp, who_never_comes_back_is_forgotten_in_time) {
  allocate();
  close(wifi);
  world.advance(601s);
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_TRUE(world.sockets.empty());
}
TEST_F(OverTcp, the_5_tuple_of_a_lost_connection_may_be_anothers) {
  allocate();
  close(wifi);
  Client other{world, "198.51.100.7:5000", turn::Transport::tcp};
  ASSERT_EQ(other.allocate()->code(), 0);
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  lte.send_channel_data(0x4000, "x");
  EXPECT_EQ(other.refresh()->code(), 0);
  ASSERT_EQ(lte.refresh(0)->code(), 0);
  EXPECT_EQ(other.refresh()->code(), 0);
}
TEST_F(OverTcp, an_old_connection_that_closes_completes_the_move) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  close(wifi);
  EXPECT_EQ(reached(), lte.five_tuple);
  EXPECT_EQ(lte.send_raw(lte.last_request)->code(), 0);  // its answer may have been lost nevertheless
}
TEST_F(OverTcp, a_new_connection_that_closes_before_it_is_used_never_came) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  close(lte);
  EXPECT_EQ(reached(), wifi.five_tuple);
  Client third{world, "198.51.100.99:7000"};
  EXPECT_EQ(refresh_with(third, ticket)->code(), 0);
}
TEST_F(OverTcp, without_a_ticket_the_allocation_ends_with_its_connection) {
  ASSERT_EQ(wifi.allocate()->code(), 0);
  close(wifi);
  EXPECT_EQ(world.relay.allocations(), 0u);
}

// The kernel hashes the new 5-tuple to another loop than the one where the allocation lives.
struct AcrossLoops : Rfc8016 {
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

TEST_F(AcrossLoops, a_move_is_handed_over_to_the_loop_that_the_ticket_names) {
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
TEST_F(AcrossLoops, when_the_allocation_ends_nothing_is_passed_on_any_more) {
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
TEST_F(AcrossLoops, whoever_comes_back_is_passed_on_no_more) {
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
TEST_F(AcrossLoops, only_whoever_has_a_nonce_is_passed_on) {
  allocate();
  lte_there.send_request(Method::refresh, [&](Builder& b) { b.add(Attribute::mobility_ticket, ticket); }, false);
  to_other(lte_there.last_request);
  EXPECT_EQ(passed_on, 0);
  EXPECT_EQ(other.replies[lte.five_tuple].front().code(), 401);
}
TEST_F(AcrossLoops, guessing_is_throttled_where_it_comes_in) {
  allocate();
  lte_there.password = "guess";
  for (int i = 0; i < 100; ++i) move();
  EXPECT_LE(passed_on, 20);
  EXPECT_GE(other.relay.counters().dropped(turn::Drop::guessing), 80u);
}
TEST_F(AcrossLoops, whoever_is_refused_is_passed_on_no_more) {
  allocate();
  wifi.refresh(0);
  EXPECT_EQ(move()->code(), 437);
  EXPECT_EQ(passed_on, 1);
  EXPECT_FALSE(other.relay.is_hosted_elsewhere(lte.five_tuple));
  EXPECT_EQ(request(Method::refresh, [](Builder&) {})->code(), 437);
  EXPECT_EQ(passed_on, 1);
}
TEST_F(AcrossLoops, a_ticket_that_was_never_given_is_not_passed_on) {
  allocate();
  ticket.back() ^= 1;
  EXPECT_EQ(move()->code(), 400);
  EXPECT_EQ(passed_on, 0);
}
TEST_F(AcrossLoops, clients_hosted_elsewhere_are_bounded) {
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
TEST_F(AcrossLoops, a_late_guest_makes_no_allocation) {
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
TEST_F(AcrossLoops, a_guests_connection_that_closes_is_told_to_its_host) {
  allocate();
  ASSERT_EQ(move()->code(), 0);
  other.relay.handle_client_gone(lte.five_tuple, other.now.mono);
  other.run_effects();
  ASSERT_EQ(other.gone.size(), 1u);
  EXPECT_EQ(other.gone[0].client, lte.five_tuple);
  EXPECT_EQ(other.gone[0].loop, 0);
  EXPECT_FALSE(other.relay.is_hosted_elsewhere(lte.five_tuple));
}
TEST_F(AcrossLoops, a_guest_whose_connection_closed_may_come_back_by_the_same_5_tuple) {
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
