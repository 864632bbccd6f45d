// Permissions, channels and data (RFC 8656 §9 to §12).
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

// §10.2
TEST_F(Rfc8656Data, create_permission_without_a_peer_is_a_bad_request) {
  EXPECT_EQ(client.create_permission({})->code(), 400);
}
TEST_F(Rfc8656Data, create_permission_with_a_malformed_peer_is_a_bad_request) {
  EXPECT_EQ(
      client
          .request(Method::create_permission, [](Builder& b) { b.add_text(Attribute::xor_peer_address, "malformed"); })
          ->code(),
      400);
}
TEST_F(Rfc8656Data, create_permission_toward_another_family_is_a_family_mismatch) {
  EXPECT_EQ(client.create_permission({"[2001:db8:1::9]:1"})->code(), 443);
}
TEST_F(Rfc8656Data, create_permission_without_an_allocation_is_a_mismatch) {
  Client other{world, "198.51.100.7:5001"};
  EXPECT_EQ(other.create_permission({kPeer})->code(), 437);
}
TEST_F(Rfc8656Data, create_permission_installs_every_peer_it_names) {
  EXPECT_EQ(client.create_permission({"203.0.113.1:1", "203.0.113.2:2", "203.0.113.3:3"})->code(), 0);
  for (const auto* peer : {"203.0.113.1:9", "203.0.113.2:9", "203.0.113.3:9"}) {
    EXPECT_EQ(received(peer, "x"), std::string{"x < "} + peer);
  }
}
TEST_F(Rfc8656Data, create_permission_with_one_forbidden_peer_installs_none) {
  EXPECT_EQ(client.create_permission({kPeer, "10.0.0.1:1"})->code(), 403);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
}

// §9: addresses are compared, ports are not.
TEST_F(Rfc8656Data, a_permission_is_for_the_address_whatever_the_port) {
  ASSERT_EQ(client.create_permission({"203.0.113.9:1"})->code(), 0);
  EXPECT_EQ(received("203.0.113.9:65000", "x"), "x < 203.0.113.9:65000");
  EXPECT_EQ(received("203.0.113.10:1", "x"), "nothing");
}
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
// §9: the permissions of one allocation are unrelated to those of another.
TEST_F(Rfc8656Data, permissions_belong_to_one_allocation) {
  Client other{world, "198.51.100.8:5000"};
  ASSERT_EQ(other.allocate()->code(), 0);
  ASSERT_EQ(other.create_permission({kPeer})->code(), 0);
  EXPECT_EQ(received(kPeer, "x"), "nothing");
}

// §11.2
TEST_F(Rfc8656Data, send_without_a_permission_is_dropped) {
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "y")), "nothing");
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::no_permission), 1u);
}
TEST_F(Rfc8656Data, send_without_an_allocation_is_dropped) {
  Client other{world, "198.51.100.7:5001"};
  EXPECT_EQ(sent_to_peer(other.send_indication(kPeer, "y")), "nothing");
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
TEST_F(Rfc8656Data, send_of_no_data_is_an_empty_datagram) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "")), " > 203.0.113.9:9000");
}
TEST_F(Rfc8656Data, send_with_dont_fragment_asks_for_the_df_bit) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  const auto forward = client.send_indication(kPeer, "y", [](Builder& b) { b.add(Attribute::dont_fragment, {}); });
  EXPECT_TRUE(std::get<turn::ToPeer>(*forward).dont_fragment);
}
TEST_F(Rfc8656Data, send_without_peer_or_data_is_dropped) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  std::array<std::uint8_t, 64> buffer;
  Builder no_data{buffer, {Method::send, Class::indication}, {}};
  no_data.add_xor_address(Attribute::xor_peer_address, endpoint(kPeer));
  EXPECT_FALSE(world.from_client(client.five_tuple, *no_data.finish()));
  Builder no_peer{buffer, {Method::send, Class::indication}, {}};
  no_peer.add_text(Attribute::data, "y");
  EXPECT_FALSE(world.from_client(client.five_tuple, *no_peer.finish()));
}
// RFC 8489 §6.3.2: an indication with unknown comprehension-required attributes is discarded.
TEST_F(Rfc8656Data, send_with_an_unknown_required_attribute_is_dropped) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  const auto unknown = [](Builder& b) { b.add(static_cast<Attribute>(0x7FFF), {}); };
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "y", unknown)), "nothing");
}
TEST_F(Rfc8656Data, indications_are_never_answered) {
  client.send_indication(kPeer, "y");
  client.send_indication("10.0.0.1:1", "y");
  EXPECT_FALSE(client.take_reply());
}

// §11.3: XOR-PEER-ADDRESS and DATA; padding, family and all.
TEST_F(Rfc8656Data, data_of_every_length_arrives_whole) {
  ASSERT_EQ(client.create_permission({kPeer})->code(), 0);
  for (std::size_t size = 0; size < 9; ++size) {
    const std::string data(size, 'd');
    EXPECT_EQ(received(kPeer, data), data + " < 203.0.113.9:9000");
  }
  EXPECT_EQ(received(kPeer, std::string(1500, 'd')), std::string(1500, 'd') + " < 203.0.113.9:9000");
}
TEST_F(Rfc8656Data, data_from_an_ipv6_peer_arrives_whole) {
  Client v6{world, "198.51.100.7:5001"};
  relayed = v6.allocate([](Builder& b) { b.add_be32(Attribute::requested_address_family, 2u << 24); })->relayed();
  ASSERT_EQ(v6.create_permission({"[2001:db8:1::9]:1"})->code(), 0);
  EXPECT_EQ(received("[2001:db8:1::9]:7", "hello"), "hello < [2001:db8:1::9]:7");
  ASSERT_EQ(v6.bind_channel(0x4001, "[2001:db8:1::9]:7")->code(), 0);
  EXPECT_EQ(received("[2001:db8:1::9]:7", "hello"), "hello < 16385");
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

// §12.2
TEST_F(Rfc8656Data, channel_bind_without_number_or_peer_is_a_bad_request) {
  EXPECT_EQ(client.request(Method::channel_bind, [](Builder& b) { b.add_be32(Attribute::channel_number, 0x40000000); })
                ->code(),
            400);
  EXPECT_EQ(client
                .request(Method::channel_bind,
                         [](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, endpoint(kPeer)); })
                ->code(),
            400);
}
// RFC 5766 §11, whose clients draw their numbers from all of it; RFC 8656 would end it at 0x4FFF (docs/adr/0010).
TEST_F(Rfc8656Data, channel_numbers_lie_between_4000_and_7fff) {
  for (const int number : {0x0000, 0x3FFF, 0x8000, 0xFFFF}) {
    EXPECT_EQ(client.bind_channel(static_cast<std::uint16_t>(number), kPeer)->code(), 400) << number;
  }
  EXPECT_EQ(client.bind_channel(0x7FFF, kPeer)->code(), 0);
}
TEST_F(Rfc8656Data, a_channel_bound_to_one_peer_cannot_be_bound_to_another) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(client.bind_channel(0x4000, "203.0.113.9:9001")->code(), 400);
  EXPECT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
}
TEST_F(Rfc8656Data, a_peer_bound_to_one_channel_cannot_be_bound_to_another) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(client.bind_channel(0x4001, kPeer)->code(), 400);
}
TEST_F(Rfc8656Data, channel_bind_toward_another_family_is_a_family_mismatch) {
  EXPECT_EQ(client.bind_channel(0x4000, "[2001:db8:1::9]:1")->code(), 443);
}
TEST_F(Rfc8656Data, channel_bind_without_an_allocation_is_a_mismatch) {
  Client other{world, "198.51.100.7:5001"};
  EXPECT_EQ(other.bind_channel(0x4000, kPeer)->code(), 437);
}
TEST_F(Rfc8656Data, channel_bind_installs_a_permission) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(received("203.0.113.9:1", "x"), "x < 203.0.113.9:1");  // another port: no channel, but a permission
}
// §12.5: the server MUST use ChannelData if a channel is bound to the peer.
TEST_F(Rfc8656Data, a_bound_peers_data_arrives_on_its_channel) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(received(kPeer, "hello"), "hello < 16384");
  EXPECT_EQ(received(kPeer, ""), " < 16384");
}
TEST_F(Rfc8656Data, channel_data_goes_out_of_the_relayed_address_to_the_peer) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "hello")), "hello > 203.0.113.9:9000");
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4000, "")), " > 203.0.113.9:9000");  // §12.6: still sent
}
TEST_F(Rfc8656Data, send_and_channel_data_mix_freely) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(sent_to_peer(client.send_indication(kPeer, "y")), "y > 203.0.113.9:9000");
}
// §12.6
TEST_F(Rfc8656Data, channel_data_on_an_unbound_channel_is_dropped) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x4001, "x")), "nothing");
  EXPECT_EQ(sent_to_peer(client.send_channel_data(0x5000, "x")), "nothing");
}
TEST_F(Rfc8656Data, channel_data_longer_than_its_datagram_is_dropped) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  client.send_channel_data(0x4000, "hello");
  const auto datagram = client.last_datagram;
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    EXPECT_FALSE(world.from_client(client.five_tuple, Bytes{datagram}.first(size))) << size;
  }
}
TEST_F(Rfc8656Data, channel_data_may_be_padded_over_udp) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  client.send_channel_data(0x4000, "hello");
  auto datagram = client.last_datagram;
  datagram.resize(12);
  EXPECT_EQ(sent_to_peer(world.from_client(client.five_tuple, datagram)), "hello > 203.0.113.9:9000");
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
// §12: bindings of one allocation say nothing about another's.
TEST_F(Rfc8656Data, channels_belong_to_one_allocation) {
  ASSERT_EQ(client.bind_channel(0x4000, kPeer)->code(), 0);
  Client other{world, "198.51.100.8:5000"};
  ASSERT_EQ(other.allocate()->code(), 0);
  EXPECT_EQ(sent_to_peer(other.send_channel_data(0x4000, "x")), "nothing");
  EXPECT_EQ(other.bind_channel(0x4000, "203.0.113.10:1")->code(), 0);
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
