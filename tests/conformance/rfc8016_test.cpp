// What RFC 8016 demands of a server whose allocations follow their clients.
#include "mobility_world.hpp"

namespace plntry::test {
namespace {

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

struct Rfc8016OverTcp : Rfc8016 {
  Rfc8016OverTcp() {
    wifi.five_tuple.transport = turn::Transport::tcp;
    lte.five_tuple.transport = turn::Transport::tls;
  }
  void close(const Client& client) {
    world.relay.handle_client_gone(client.five_tuple, world.now.mono);
    world.run_effects();
  }
};

// A phone that leaves its WiFi loses its connection before it has another one.
TEST_F(Rfc8016OverTcp, a_mobile_allocation_outlives_its_connection) {
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
TEST_F(Rfc8016OverTcp, a_retransmitted_move_from_a_lost_connection_gets_the_same_ticket) {
  allocate();
  close(wifi);
  const auto first = refresh_with(lte, ticket);
  const auto second = lte.send_raw(lte.last_request);
  ASSERT_EQ(second->code(), 0);
  EXPECT_EQ(ticket_of(*first), ticket_of(*second));
}
TEST_F(Rfc8016OverTcp, who_never_comes_back_is_forgotten_in_time) {
  allocate();
  close(wifi);
  world.advance(601s);
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_TRUE(world.sockets.empty());
}
TEST_F(Rfc8016OverTcp, the_5_tuple_of_a_lost_connection_may_be_anothers) {
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
TEST_F(Rfc8016OverTcp, an_old_connection_that_closes_completes_the_move) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  close(wifi);
  EXPECT_EQ(reached(), lte.five_tuple);
  EXPECT_EQ(lte.send_raw(lte.last_request)->code(), 0);  // its answer may have been lost nevertheless
}
TEST_F(Rfc8016OverTcp, a_new_connection_that_closes_before_it_is_used_never_came) {
  allocate();
  ASSERT_EQ(refresh_with(lte, ticket)->code(), 0);
  close(lte);
  EXPECT_EQ(reached(), wifi.five_tuple);
  Client third{world, "198.51.100.99:7000"};
  EXPECT_EQ(refresh_with(third, ticket)->code(), 0);
}
TEST_F(Rfc8016OverTcp, without_a_ticket_the_allocation_ends_with_its_connection) {
  ASSERT_EQ(wifi.allocate()->code(), 0);
  close(wifi);
  EXPECT_EQ(world.relay.allocations(), 0u);
}

}  // namespace
}  // namespace plntry::test
