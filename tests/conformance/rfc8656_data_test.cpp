// Permissions, channels and data (RFC 8656 §9 to §12): what takes time or a look inside. The rest is in rules/.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

constexpr std::string_view kPeer = "203.0.113.9:9000";

class Rfc8656Data : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto response = client.allocate();
    ASSERT_EQ(response->code(), 0);
    relayed = response->relayed();
  }

  std::optional<std::vector<std::uint8_t>> from_peer(std::string_view peer, std::string_view data) {
    const auto message =
        world.relay.handle_peer(world.relay_at(relayed), endpoint(peer), as_bytes(data), world.now.mono);
    return message ? std::optional{on_the_wire(*message)} : std::nullopt;
  }
  // "data < peer" of a Data indication, "data < channel" of ChannelData, "nothing".
  std::string received(std::string_view peer, std::string_view data) {
    const auto bytes = from_peer(peer, data);
    if (!bytes) return "nothing";
    if (const auto frame = turn::parse_channel_data(*bytes)) {
      return text(frame->data) + " < " + std::to_string(frame->number.wire());
    }
    const auto message = MessageView::parse(*bytes).value();
    EXPECT_EQ(message.method(), Method::data);
    EXPECT_EQ(message.message_class(), Class::indication);
    return text(*message.find(Attribute::data)) + " < " + turn::xor_peer_address(message)->to_string();
  }

  World world;
  Client client{world, "198.51.100.7:5000"};
  Endpoint relayed;
};

// §9: the Permission Lifetime MUST be 300 seconds.
TEST_F(Rfc8656Data, a_permission_lasts_300_seconds) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(299s);
  EXPECT_EQ(received(kPeer, "x"), "x < 203.0.113.9:9000");
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "y")), "y > 203.0.113.9:9000");
  world.advance(2s);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "y")), "nothing");
}
TEST_F(Rfc8656Data, create_permission_again_refreshes) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(299s);
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(299s);
  EXPECT_EQ(received(kPeer, "x"), "x < 203.0.113.9:9000");
}
// §9: each permission has a time of its own.
TEST_F(Rfc8656Data, a_permission_for_another_peer_refreshes_none) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(200s);
  ASSERT_EQ(client.create_permission({"203.0.113.10:1"})->code(), 0);
  world.advance(101s);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
  EXPECT_EQ(received("203.0.113.10:1", "x"), "x < 203.0.113.10:1");
}
// §8: an allocation that is refreshed keeps its permissions no longer.
TEST_F(Rfc8656Data, a_refresh_refreshes_no_permission) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(200s);
  ASSERT_EQ(client.refresh()->code(), 0);
  world.advance(101s);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
}
// §10.2: a request that is refused refreshes nothing of what it names.
TEST_F(Rfc8656Data, a_refused_request_refreshes_no_permission) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(200s);
  ASSERT_EQ(client.create_permission({kPeer, "10.0.0.1:1"})->code(), 403);
  world.advance(101s);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
}
// §9: if an allocation expires, its permissions and channels expire with it.
TEST_F(Rfc8656Data, a_new_allocation_on_the_5_tuple_begins_with_nothing) {
  world.advance(590s);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(11s);
  relayed = client.allocate()->relayed();
  EXPECT_EQ(received(kPeer, "x"), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "x")), "nothing");
  EXPECT_EQ(client.bind_channel(0x4000, "203.0.113.10:1")->code(), 0);
}
// §9: data refreshes no permission.
TEST_F(Rfc8656Data, data_refreshes_no_permission) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  for (int i = 0; i < 4; ++i) {
    world.advance(90s);
    client.send_indication(kPeer, "y");
    received(kPeer, "x");
  }
  EXPECT_EQ(received(kPeer, "x"), "nothing");
}

// §11.2
TEST_F(Rfc8656Data, send_without_a_permission_is_dropped) {
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "y")), "nothing");
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::no_permission), 1u);
}
TEST_F(Rfc8656Data, send_goes_out_of_the_relayed_address_to_the_peer) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  const auto forward = client.send_indication(kPeer, "hello");
  ASSERT_TRUE(forward);
  const auto& sent = std::get<turn::ToPeer>(*forward);
  EXPECT_EQ(sent.relay, world.relay_at(relayed));
  EXPECT_EQ(sent.peer, endpoint(kPeer));
  EXPECT_EQ(text(sent.data), "hello");
  EXPECT_FALSE(sent.dont_fragment);
}
TEST_F(Rfc8656Data, send_with_dont_fragment_asks_for_the_df_bit) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  const auto forward = client.send_indication(kPeer, "y", [](Builder& b) { b.add(Attribute::dont_fragment, {}); });
  EXPECT_TRUE(std::get<turn::ToPeer>(*forward).dont_fragment);
}
// RFC 8489 §6.3.2: an indication with unknown comprehension-required attributes is discarded.
TEST_F(Rfc8656Data, indications_are_never_answered) {
  client.send_indication(kPeer, "y");
  client.send_indication("10.0.0.1:1", "y");
  EXPECT_FALSE(client.take_reply());
}

// A dual-stack socket shows IPv4 peers in their v4-mapped form.
TEST_F(Rfc8656Data, a_peer_in_v4_mapped_form_is_its_ipv4_self) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  EXPECT_EQ(received("[::ffff:203.0.113.9]:9000", "x"), "x < 203.0.113.9:9000");
}

// §11.5: an ICMP error is told with type, code and data; it ends nothing.
TEST_F(Rfc8656Data, an_icmp_error_is_told_to_the_client) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  const auto message = world.relay.handle_icmp(world.relay_at(relayed), endpoint(kPeer),
                                               {.type = 3, .code = 4, .data = 1400}, world.now.mono);
  ASSERT_TRUE(message);
  const auto bytes = on_the_wire(*message);
  const auto view = MessageView::parse(bytes).value();
  EXPECT_EQ(view.method(), Method::data);
  EXPECT_EQ(turn::xor_peer_address(view), endpoint(kPeer));
  EXPECT_FALSE(view.find(Attribute::data));
  EXPECT_EQ(load_be64(*view.find(Attribute::icmp), 0), 0x0000'0604'0000'0578u);
}
TEST_F(Rfc8656Data, an_icmpv6_error_is_told_to_the_client) {
  Client v6{world, "198.51.100.7:5001"};
  relayed = v6.allocate([](Builder& b) { b.add_be32(Attribute::requested_address_family, 2u << 24); })->relayed();
  const Endpoint peer = endpoint("[2001:db8:1::9]:1");
  ASSERT_EQ(v6.create_permission({"[2001:db8:1::9]:1"})->code(), 0);
  const auto relay = world.relay_at(relayed);
  const auto message = world.relay.handle_icmp(relay, peer, {.type = 2, .code = 0, .data = 1280}, world.now.mono);
  ASSERT_TRUE(message);
  const auto bytes = on_the_wire(*message);
  EXPECT_EQ(turn::xor_peer_address(MessageView::parse(bytes).value()), peer);
  EXPECT_FALSE(world.relay.handle_icmp(relay, peer, {11, 0, 0}, world.now.mono));  // that one is ICMPv4's
}
TEST_F(Rfc8656Data, an_icmp_error_without_a_permission_or_of_another_type_is_dropped) {
  const auto relay = world.relay_at(relayed);
  EXPECT_FALSE(world.relay.handle_icmp(relay, endpoint(kPeer), {3, 3, 0}, world.now.mono));
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  EXPECT_TRUE(world.relay.handle_icmp(relay, endpoint(kPeer), {3, 3, 0}, world.now.mono));
  EXPECT_TRUE(world.relay.handle_icmp(relay, endpoint(kPeer), {11, 0, 0}, world.now.mono));
  EXPECT_FALSE(world.relay.handle_icmp(relay, endpoint(kPeer), {5, 0, 0}, world.now.mono));
  EXPECT_EQ(world.relay.allocations(), 1u);
}

// RFC 5766 §11, whose clients draw their numbers from all of it; RFC 8656 would end it at 0x4FFF (docs/adr/0010).
TEST_F(Rfc8656Data, channel_numbers_lie_between_4000_and_7fff) {
  for (const int number : {0x0000, 0x3FFF, 0x8000, 0xFFFF}) {
    EXPECT_EQ(client.bind_channel(static_cast<std::uint16_t>(number), kPeer)->code(), 400) << number;
  }
  EXPECT_EQ(client.bind_channel(0x7FFF, kPeer)->code(), 0);
}
// §12.5: padded over TCP and TLS, not necessarily over UDP.
TEST_F(Rfc8656Data, channel_data_to_a_stream_client_is_padded) {
  Client over_tcp{world, "198.51.100.7:5001", turn::Transport::tcp};
  relayed = over_tcp.allocate()->relayed();
  ASSERT_EQ(over_tcp.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(from_peer(kPeer, "hello")->size(), 12u);
  EXPECT_EQ(from_peer(kPeer, "four")->size(), 8u);
}
TEST_F(Rfc8656Data, channel_data_to_a_datagram_client_is_not_padded) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(from_peer(kPeer, "hello")->size(), 9u);
}
// §12.1: a ChannelBind transaction also refreshes the permission toward the peer.
TEST_F(Rfc8656Data, channel_bind_again_refreshes_the_permission) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(299s);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(299s);
  EXPECT_EQ(received(kPeer, "x"), "x < 16384");
}
// §9, §12: a channel outlives its permission, and carries nothing from the peer without it.
TEST_F(Rfc8656Data, a_channel_without_a_permission_carries_nothing_from_the_peer) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(301s);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  EXPECT_EQ(received(kPeer, "x"), "x < 16384");
}
// §12: only ChannelBind refreshes a binding.
TEST_F(Rfc8656Data, create_permission_refreshes_no_channel) {
  ASSERT_EQ(client.refresh(3600)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(599s);
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  world.advance(2s);
  EXPECT_EQ(received(kPeer, "x"), "x < 203.0.113.9:9000");  // by indication now
}
// §12.2: a request that is refused refreshes no binding.
TEST_F(Rfc8656Data, a_refused_channel_bind_refreshes_no_channel) {
  ASSERT_EQ(client.refresh(3600)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(599s);
  ASSERT_EQ(client.bind_channel(0x4000, "203.0.113.10:1")->code(), 400);
  world.advance(2s);
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "x")), "nothing");
}
// §12: a binding lasts 10 minutes unless refreshed.
TEST_F(Rfc8656Data, a_channel_lasts_10_minutes_unless_refreshed) {
  ASSERT_EQ(client.refresh(3600)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(599s);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(599s);
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "x")), "x > 203.0.113.9:9000");
  world.advance(2s);
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "x")), "nothing");
}
TEST_F(Rfc8656Data, an_expired_channel_and_its_peer_are_free_again) {
  ASSERT_EQ(client.refresh(3600)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  world.advance(601s);
  EXPECT_EQ(client.bind_channel(0x4000, "203.0.113.10:1")->code(), 0);
  EXPECT_EQ(client.bind_channel(0x4001, kPeer)->code(), 0);
}
// §12.6: ChannelData MUST NOT refresh the binding nor the permission.
TEST_F(Rfc8656Data, channel_data_refreshes_neither_channel_nor_permission) {
  ASSERT_EQ(client.refresh(3600)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  for (int i = 0; i < 7; ++i) {
    world.advance(90s);
    client.send_channel_data(0x4000, "x");
  }
  EXPECT_EQ(received(kPeer, "x"), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "x")), "nothing");
}

// What a fast path in the kernel is told.
TEST_F(Rfc8656Data, routes_come_and_go_with_live_channels) {
  ASSERT_EQ(client.refresh(3600)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  ASSERT_EQ(world.routes_added.size(), 1u);
  EXPECT_EQ(world.routes_added[0].peer, endpoint(kPeer));
  EXPECT_TRUE(world.routes_removed.empty());
  world.advance(601s);
  ASSERT_EQ(world.routes_removed.size(), 1u);
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  client.refresh(0);
  EXPECT_EQ(world.routes_removed.size(), 2u);
}

}  // namespace
}  // namespace plntry::test
