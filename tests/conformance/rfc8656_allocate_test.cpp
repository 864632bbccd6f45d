// Allocate and Refresh (RFC 8656 §7.2, §8.2): what takes time or a look inside. The rest is in rules/.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

class Rfc8656Allocate : public ::testing::Test {
 protected:
  static Client::Fill with_byte(Attribute type, std::uint8_t value) {
    return [=](Builder& b) { b.add_be32(type, std::uint32_t{value} << 24); };
  }
  static Client::Fill even_port(bool reserve) {
    return [=](Builder& b) {
      b.add(Attribute::even_port, std::array<std::uint8_t, 1>{reserve ? std::uint8_t{0x80} : std::uint8_t{0}});
    };
  }
  static Client::Fill token(Bytes value) {
    return [=](Builder& b) { b.add(Attribute::reservation_token, value); };
  }
  std::optional<Response> bare_allocate(const Client::Fill& fill) { return client.request(Method::allocate, fill); }

  World world;
  Client client{world, "198.51.100.7:5000"};
};

// §7.2: XOR-RELAYED-ADDRESS, LIFETIME and XOR-MAPPED-ADDRESS.
TEST_F(Rfc8656Allocate, success_tells_relayed_address_lifetime_and_mapped_address) {
  const auto response = client.allocate();
  ASSERT_EQ(response->code(), 0);
  EXPECT_EQ(response->relayed().address, IpAddress::v4(192, 0, 2, 15));
  EXPECT_GE(response->relayed().port, 49152);
  EXPECT_EQ(response->lifetime(), 600u);
  EXPECT_EQ(response->xor_address(Attribute::xor_mapped_address), endpoint("198.51.100.7:5000"));
  EXPECT_FALSE(response->view().find(Attribute::reservation_token));
  EXPECT_EQ(world.sockets.size(), 1u);
}

// §7.2 check 2: a 5-tuple in use: 437.
TEST_F(Rfc8656Allocate, a_second_allocate_on_the_5_tuple_is_a_mismatch) {
  ASSERT_EQ(client.allocate()->code(), 0);
  EXPECT_EQ(client.allocate()->code(), 437);
  EXPECT_EQ(world.relay.allocations(), 1u);
}

// §5, RFC 8489 §6.3.1: a retransmission gets the same answer and makes nothing.
TEST_F(Rfc8656Allocate, a_retransmission_gets_the_same_answer) {
  const auto first = client.allocate();
  const auto second = client.send_raw(client.last_request);
  EXPECT_EQ(first->bytes, second->bytes);
  EXPECT_EQ(world.relay.allocations(), 1u);
  EXPECT_EQ(world.sockets.size(), 1u);
}

// While the socket is being opened a retransmission waits for the one answer.
TEST_F(Rfc8656Allocate, a_retransmission_before_the_answer_changes_nothing) {
  world.hold_opening = true;
  EXPECT_FALSE(client.allocate());
  EXPECT_FALSE(client.send_raw(client.last_request));
  ASSERT_EQ(world.held.size(), 1u);
  world.hold_opening = false;
  world.sockets[world.held[0].relay] = world.held[0];
  world.relay.handle_relay_opened(world.held[0].relay, true, world.now);
  world.run_effects();
  EXPECT_EQ(client.take_reply()->code(), 0);
  EXPECT_FALSE(client.take_reply());
}

// The same client address over another transport is another 5-tuple.
TEST_F(Rfc8656Allocate, each_transport_is_its_own_5_tuple) {
  ASSERT_EQ(client.allocate()->code(), 0);
  Client over_tcp{world, "198.51.100.7:5000", turn::Transport::tcp};
  EXPECT_EQ(over_tcp.allocate()->code(), 0);
  EXPECT_EQ(world.relay.allocations(), 2u);
}

// §7.2 check 4: DONT-FRAGMENT that cannot be obeyed is an unknown attribute.
TEST_F(Rfc8656Allocate, dont_fragment_is_accepted_where_it_is_supported) {
  EXPECT_EQ(client.allocate([](Builder& b) { b.add(Attribute::dont_fragment, {}); })->code(), 0);
}
TEST_F(Rfc8656Allocate, dont_fragment_is_unknown_where_it_is_not_supported) {
  auto config = relay_config();
  config.dont_fragment = false;
  World other{config};
  Client stranger{other, "198.51.100.7:5000"};
  const auto response = stranger.allocate([](Builder& b) { b.add(Attribute::dont_fragment, {}); });
  EXPECT_EQ(response->code(), 420);
  EXPECT_EQ(response->view().unknown_attributes()->list()[0], Attribute::dont_fragment);
}

// §7.2 check 5: RESERVATION-TOKEN excludes EVEN-PORT and the address families.
TEST_F(Rfc8656Allocate, a_reservation_token_of_another_size_is_a_bad_request) {
  EXPECT_EQ(client.allocate(token(std::array<std::uint8_t, 7>{1}))->code(), 400);
}

// §7.2 check 7: the family that was asked for, IPv4 if none was, 440 if it is not to be had.
TEST_F(Rfc8656Allocate, ipv6_is_given_when_asked_for) {
  const auto response = client.allocate(with_byte(Attribute::requested_address_family, 2));
  EXPECT_EQ(response->relayed().address, *IpAddress::parse("2001:db8::15"));
}
TEST_F(Rfc8656Allocate, ipv4_is_given_to_an_ipv6_client_that_asks_for_nothing) {
  Client v6{world, "[2001:db8:1::7]:5000"};
  EXPECT_TRUE(v6.allocate()->relayed().address.is_v4());
}
TEST_F(Rfc8656Allocate, a_family_that_is_not_relayed_is_not_supported) {
  auto config = relay_config();
  config.address_v4.reset();
  World only_v6{config};
  EXPECT_EQ((Client{only_v6, "198.51.100.7:5000"}.allocate()->code()), 440);
  EXPECT_EQ((Client{only_v6, "198.51.100.7:5001"}.allocate(with_byte(Attribute::requested_address_family, 1))->code()),
            440);
  EXPECT_EQ((Client{only_v6, "198.51.100.7:5002"}.allocate(with_byte(Attribute::requested_address_family, 2))->code()),
            0);
}

// §7.2 checks 8 and 9, and EVEN-PORT.
TEST_F(Rfc8656Allocate, even_port_with_r_reserves_the_next_port_for_a_token) {
  const auto first = client.allocate(even_port(true));
  ASSERT_EQ(first->code(), 0);
  EXPECT_EQ(first->relayed().port % 2, 0);
  const auto given = first->view().find(Attribute::reservation_token);
  ASSERT_TRUE(given);
  Client second{world, "198.51.100.99:6001", turn::Transport::tcp};  // any 5-tuple may use it
  const auto response = second.allocate(token(*given));
  ASSERT_EQ(response->code(), 0);
  EXPECT_EQ(response->relayed().port, first->relayed().port + 1);
  Client third{world, "198.51.100.7:6002"};
  EXPECT_EQ(third.allocate(token(*given))->code(), 508);  // used up
}
// §7.2: the reservation MUST be held for at least 30 seconds.
TEST_F(Rfc8656Allocate, a_reservation_is_held_for_30_seconds) {
  const auto given = client.allocate(even_port(true))->view().find(Attribute::reservation_token).has_value();
  EXPECT_TRUE(given);
  world.advance(29s);
  EXPECT_EQ(world.server->reserved.size(), 1u);
  world.advance(2s);
  EXPECT_TRUE(world.server->reserved.empty());
}
TEST_F(Rfc8656Allocate, an_expired_reservation_is_insufficient_capacity) {
  const auto response = client.allocate(even_port(true));
  world.advance(31s);
  Client second{world, "198.51.100.7:6001"};
  EXPECT_EQ(second.allocate(token(*response->view().find(Attribute::reservation_token)))->code(), 508);
}
TEST_F(Rfc8656Allocate, an_additional_family_gives_one_address_of_each) {
  const auto response = client.allocate(with_byte(Attribute::additional_address_family, 2));
  ASSERT_EQ(response->code(), 0);
  std::vector<Endpoint> relayed;
  for (const auto attribute : response->view().attributes()) {
    if (attribute.type != Attribute::xor_relayed_address) continue;
    relayed.push_back(*stun::decode_xor_address(attribute.value, response->view().transaction_id()));
  }
  ASSERT_EQ(relayed.size(), 2u);
  EXPECT_TRUE(relayed[0].address.is_v4());
  EXPECT_TRUE(relayed[1].address.is_v6());
  EXPECT_EQ(world.sockets.size(), 2u);
}
// §7.2 check 9: half of a dual allocation comes with ADDRESS-ERROR-CODE.
TEST_F(Rfc8656Allocate, half_a_dual_allocation_says_what_is_missing_and_why) {
  auto config = relay_config();
  config.address_v6.reset();
  World only_v4{config};
  Client stranger{only_v4, "198.51.100.7:5000"};
  const auto response = stranger.allocate(with_byte(Attribute::additional_address_family, 2));
  ASSERT_EQ(response->code(), 0);
  EXPECT_TRUE(response->relayed().address.is_v4());
  EXPECT_EQ(load_be32(*response->view().find(Attribute::address_error_code), 0), 0x02000428u);  // IPv6, 440
}
TEST_F(Rfc8656Allocate, a_dual_allocation_whose_ipv6_cannot_be_opened_says_508) {
  world.refuses_port = [](const turn::OpenRelay& open) { return open.family == IpFamily::v6; };
  const auto response = client.allocate(with_byte(Attribute::additional_address_family, 2));
  ASSERT_EQ(response->code(), 0);
  EXPECT_EQ(load_be32(*response->view().find(Attribute::address_error_code), 0), 0x02000508u);
}

// §7.2: a port that cannot be had is replaced by another; when none can, 508.
TEST_F(Rfc8656Allocate, a_taken_port_is_replaced_by_another) {
  int refusals = 3;
  world.refuses_port = [&](const turn::OpenRelay&) { return refusals-- > 0; };
  EXPECT_EQ(client.allocate()->code(), 0);
  EXPECT_EQ(world.opened_ports.size(), 4u);
}
TEST_F(Rfc8656Allocate, when_no_port_can_be_opened_capacity_is_insufficient) {
  world.refuses_port = [](const turn::OpenRelay&) { return true; };
  EXPECT_EQ(client.allocate()->code(), 508);
  EXPECT_EQ(world.relay.allocations(), 0u);
  world.refuses_port = [](const turn::OpenRelay&) { return false; };
  EXPECT_EQ(client.allocate()->code(), 0);  // nothing of the failure is left
}
TEST_F(Rfc8656Allocate, a_pair_is_opened_whole_or_tried_elsewhere) {
  int attempt = 0;
  world.refuses_port = [&](const turn::OpenRelay&) { return ++attempt == 2; };  // the second of the first pair
  const auto response = client.allocate(even_port(true));
  ASSERT_EQ(response->code(), 0);
  EXPECT_EQ(world.sockets.size(), 1u);
  EXPECT_EQ(world.server->reserved.size(), 1u);
  EXPECT_EQ(world.opened_ports.size(), 4u);
}
TEST_F(Rfc8656Allocate, when_all_ports_are_taken_capacity_is_insufficient) {
  World small{relay_config(), {.first_port = 50000, .last_port = 50001}};
  EXPECT_EQ((Client{small, "198.51.100.7:5000"}.allocate()->code()), 0);
  EXPECT_EQ((Client{small, "198.51.100.7:5001"}.allocate()->code()), 0);
  EXPECT_EQ((Client{small, "198.51.100.7:5002"}.allocate()->code()), 508);
}

// §7.2: the lifetime lies between the default and the maximum.
TEST_F(Rfc8656Allocate, the_lifetime_is_at_least_the_default_and_at_most_the_maximum) {
  const auto lifetime_for = [&](std::string_view address, std::uint32_t wished) {
    Client each{world, address};
    return each.allocate([=](Builder& b) { b.add_be32(Attribute::lifetime, wished); })->lifetime();
  };
  EXPECT_EQ(lifetime_for("198.51.100.7:1", 0), 600u);
  EXPECT_EQ(lifetime_for("198.51.100.7:2", 10), 600u);
  EXPECT_EQ(lifetime_for("198.51.100.7:3", 1200), 1200u);
  EXPECT_EQ(lifetime_for("198.51.100.7:4", 0xFFFFFFFF), 3600u);
}
TEST_F(Rfc8656Allocate, a_lifetime_of_another_size_is_a_bad_request) {
  EXPECT_EQ(client.allocate([](Builder& b) { b.add_text(Attribute::lifetime, "12"); })->code(), 400);
}

// §6: an allocation that is not refreshed ends.
TEST_F(Rfc8656Allocate, an_allocation_ends_with_its_lifetime) {
  ASSERT_EQ(client.allocate()->code(), 0);
  world.advance(599s);
  EXPECT_EQ(world.relay.allocations(), 1u);
  world.advance(2s);
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_TRUE(world.sockets.empty());
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].reason, turn::EndReason::expired);
  EXPECT_EQ(world.ended[0].user, "alice");
}

// §6: an allocation can only be refreshed by Refresh; data refreshes none.
TEST_F(Rfc8656Allocate, neither_data_nor_other_requests_refresh_an_allocation) {
  ASSERT_EQ(client.allocate()->code(), 0);
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(client.bind_channel(0x4000, "203.0.113.9:1")->code(), 0);
    ASSERT_TRUE(client.send_channel_data(0x4000, "x"));
    world.advance(100s);
  }
  world.advance(1s);
  EXPECT_EQ(client.refresh()->code(), 437);
}
// §7.2: a second Allocate is refused, and refreshes nothing; neither does what another user asks for.
TEST_F(Rfc8656Allocate, refused_requests_do_not_refresh) {
  ASSERT_EQ(client.allocate()->code(), 0);
  world.advance(500s);
  EXPECT_EQ(client.allocate()->code(), 437);
  client.username = "bob";
  client.password = "secret-b";
  EXPECT_EQ(client.refresh(3600)->code(), 441);
  world.advance(101s);
  EXPECT_EQ(world.relay.allocations(), 0u);
}
// §6: each relayed address of a dual allocation has its own time to expiry.
TEST_F(Rfc8656Allocate, each_side_of_a_dual_allocation_expires_by_itself) {
  ASSERT_EQ(client.allocate(with_byte(Attribute::additional_address_family, 2))->code(), 0);
  world.advance(500s);
  ASSERT_EQ(client.request(Method::refresh, with_byte(Attribute::requested_address_family, 1))->code(), 0);
  world.advance(101s);
  EXPECT_EQ(world.sockets.size(), 1u);
  EXPECT_EQ(client.create_permission({"203.0.113.9:1"})->code(), 0);
  EXPECT_EQ(client.create_permission({"[2001:db8:1::9]:1"})->code(), 443);
}
// §8.2
TEST_F(Rfc8656Allocate, refresh_sets_the_time_to_expiry_anew) {
  ASSERT_EQ(client.allocate()->code(), 0);
  world.advance(500s);
  EXPECT_EQ(client.refresh()->lifetime(), 600u);
  world.advance(599s);
  EXPECT_EQ(client.refresh(1800)->lifetime(), 1800u);
  EXPECT_EQ(client.refresh(5)->lifetime(), 600u);
  EXPECT_EQ(client.refresh(0xFFFFFFFF)->lifetime(), 3600u);
  EXPECT_EQ(world.relay.allocations(), 1u);
}
TEST_F(Rfc8656Allocate, refresh_with_lifetime_zero_deletes) {
  ASSERT_EQ(client.allocate()->code(), 0);
  const auto response = client.refresh(0);
  EXPECT_EQ(response->code(), 0);
  EXPECT_EQ(response->lifetime(), 0u);
  EXPECT_EQ(world.relay.allocations(), 0u);
  EXPECT_TRUE(world.sockets.empty());
  EXPECT_EQ(world.ended[0].reason, turn::EndReason::deleted);
  EXPECT_EQ(client.refresh(0)->code(), 437);
  EXPECT_EQ(client.allocate()->code(), 0);  // the 5-tuple is free again
}
TEST_F(Rfc8656Allocate, one_side_of_a_dual_allocation_is_deleted_by_its_family) {
  ASSERT_EQ(client.allocate(with_byte(Attribute::additional_address_family, 2))->code(), 0);
  const auto response = client.request(Method::refresh, [](Builder& b) {
    b.add_be32(Attribute::lifetime, 0);
    b.add_be32(Attribute::requested_address_family, 2u << 24);
  });
  EXPECT_EQ(response->code(), 0);
  EXPECT_EQ(world.sockets.size(), 1u);
  EXPECT_EQ(client.create_permission({"203.0.113.9:1"})->code(), 0);
  EXPECT_EQ(client.create_permission({"[2001:db8:1::9]:1"})->code(), 443);
  EXPECT_EQ(client.refresh(0)->code(), 0);
  EXPECT_EQ(world.relay.allocations(), 0u);
}

// RFC 8489 §6.3: unknown methods and stray responses are silently discarded.
TEST_F(Rfc8656Allocate, unknown_methods_and_responses_are_ignored) {
  client.allocate();
  for (const auto method : {Method::send, Method::data, Method::connect, static_cast<Method>(0x0FF)}) {
    EXPECT_FALSE(client.send_request(method, [](Builder&) {}));
  }
  std::array<std::uint8_t, 64> buffer;
  for (const Class each : {Class::success, Class::error}) {
    Builder builder{buffer, {Method::allocate, each}, {}};
    EXPECT_FALSE(client.send_raw(*builder.finish()));
  }
}

}  // namespace
}  // namespace plntry::test
