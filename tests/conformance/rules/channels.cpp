// Channels and ChannelData (RFC 8656 §12), as far as they need no time to pass.
#include "../rules.hpp"

namespace plntry::test {
namespace {

class ChannelBind : public AllocatedTest {
 protected:
  std::optional<Response> bind(const TurnClient::Fill& fill) { return caller.request(Method::channel_bind, fill); }
};

MUST(ChannelBind, "RFC 8656 §12.2", without_a_number_it_is_refused_with_400) {
  EXPECT_EQ(code_of(bind([&](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, peer->address()); })), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", without_a_peer_it_is_refused_with_400) {
  EXPECT_EQ(code_of(bind([](Builder& b) { b.add_be32(Attribute::channel_number, 0x40000000); })), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_malformed_number_is_refused_with_400) {
  EXPECT_EQ(code_of(bind([&](Builder& b) {
              b.add(Attribute::channel_number, Octets{0x40, 0x00});
              b.add_xor_address(Attribute::xor_peer_address, peer->address());
            })),
            400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_malformed_peer_is_refused_with_400) {
  EXPECT_EQ(code_of(bind([](Builder& b) {
              b.add_be32(Attribute::channel_number, 0x40000000);
              b.add(Attribute::xor_peer_address, Octets{0, 1, 2, 3, 4});
            })),
            400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_number_below_0x4000_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.bind(0x3FFF, peer->address())), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_number_above_0x4fff_is_refused_with_400) {
  const int code = code_of(caller.bind(0x5000, peer->address()));
  if (code == 0 && target->access().is_ours) DEPARTS("docs/adr/0010");
  EXPECT_EQ(code, 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_number_of_zero_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.bind(0, peer->address())), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_number_of_0xffff_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.bind(0xFFFF, peer->address())), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", the_lowest_number_is_0x4000) {
  EXPECT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
}
MUST(ChannelBind, "RFC 8656 §12.2", the_highest_number_is_0x4fff) {
  EXPECT_EQ(code_of(caller.bind(0x4FFF, peer->address())), 0);
}
MUST(ChannelBind, "RFC 8656 §18.1", the_reserved_bytes_of_the_number_are_ignored) {
  EXPECT_EQ(code_of(bind([&](Builder& b) {
              b.add_be32(Attribute::channel_number, 0x4000BEEF);
              b.add_xor_address(Attribute::xor_peer_address, peer->address());
            })),
            0);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_channel_of_another_peer_is_refused_with_400) {
  const auto other = open_peer();
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  EXPECT_EQ(code_of(caller.bind(0x4000, other->address())), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_peer_of_another_channel_is_refused_with_400) {
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  EXPECT_EQ(code_of(caller.bind(0x4001, peer->address())), 400);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_refusal_leaves_the_channel_as_it_was) {
  const auto other = open_peer();
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  ASSERT_EQ(code_of(caller.bind(0x4000, other->address())), 400);
  caller.send_on(0x4000, "hello");
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(ChannelBind, "RFC 8656 §12", the_same_channel_may_be_bound_to_the_same_peer_again) {
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  EXPECT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
}
MUST(ChannelBind, "RFC 8656 §12.2", another_port_of_the_address_may_have_another_channel) {
  const auto other = open_peer();
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  EXPECT_EQ(code_of(caller.bind(0x4001, other->address())), 0);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_peer_of_another_family_is_refused_with_443) {
  EXPECT_EQ(code_of(caller.bind(0x4000, endpoint("[2001:db8:1::9]:9"))), 443);
}
MUST(ChannelBind, "RFC 8656 §12.2", a_peer_that_the_server_restricts_is_refused_with_403) {
  EXPECT_EQ(code_of(caller.bind(0x4000, target->access().refused_peer)), 403);
}
MUST(ChannelBind, "RFC 8656 §12.2", the_number_of_a_refused_binding_is_free) {
  ASSERT_EQ(code_of(caller.bind(0x4000, target->access().refused_peer)), 403);
  EXPECT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
}
MUST(ChannelBind, "RFC 8656 §12.2", it_permits_the_peers_address) {
  const auto neighbour = open_peer();
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  neighbour->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*neighbour, "hello"));  // no channel, but a permission
}
MUST(ChannelBind, "RFC 8656 §12", of_one_allocation_it_says_nothing_about_another) {
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  Caller other{*target};
  ASSERT_EQ(code_of(other.allocate()), 0);
  const auto second = open_peer();
  EXPECT_EQ(code_of(other.bind(0x4000, second->address())), 0);
  EXPECT_EQ(code_of(other.bind(0x4001, peer->address())), 0);
}
MUST(ChannelBind, "RFC 8656 §12", a_binding_ends_with_its_allocation) {
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  ASSERT_EQ(code_of(caller.allocate()), 0);
  caller.send_on(0x4000, "hello");
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelBind, "RFC 8656 §17", an_indication_binds_nothing) {
  caller.line().send(caller.build(Method::channel_bind, Class::indication, [&](Builder& b) {
    b.add_be32(Attribute::channel_number, 0x40000000);
    b.add_xor_address(Attribute::xor_peer_address, peer->address());
  }));
  caller.send_on(0x4000, "hello");
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelBind, "RFC 8489 §9.2.4", a_request_that_is_not_signed_binds_nothing) {
  caller.send_request(
      Method::channel_bind,
      [&](Builder& b) {
        b.add_be32(Attribute::channel_number, 0x40000000);
        b.add_xor_address(Attribute::xor_peer_address, peer->address());
      },
      false);
  caller.send_on(0x4000, "hello");
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}

class ChannelData : public AllocatedTest {
 protected:
  void SetUp() override {
    AllocatedTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  }
};

MUST(ChannelData, "RFC 8656 §12.6", goes_to_the_peer_from_the_relayed_address) {
  caller.send_on(0x4000, "hello");
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(ChannelData, "RFC 8656 §12.6", of_any_length_arrives_whole) {
  for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 1000u, 1400u}) {
    const std::string data(size, 'd');
    caller.send_on(0x4000, data);
    EXPECT_EQ(at_peer(), from_relay(data));
  }
}
MUST(ChannelData, "RFC 8656 §12.6", a_length_of_zero_is_an_empty_datagram) {
  caller.send_on(0x4000, "");
  EXPECT_EQ(at_peer(), from_relay(""));
}
MUST(ChannelData, "RFC 8656 §12.6", on_a_channel_that_is_not_bound_it_is_dropped) {
  caller.send_on(0x4001, "hello");
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelData, "RFC 8656 §12.6", in_the_reserved_range_it_is_dropped) {
  if (caller.line().is_stream()) GTEST_SKIP() << "a rule of datagrams";
  for (const int number : {0x5000, 0x7FFF, 0x8000, 0xFFFF}) {
    EXPECT_TRUE(caller.is_ignored(caller.channel_data(static_cast<std::uint16_t>(number), "hello"))) << number;
  }
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelData, "RFC 8656 §12.6", a_datagram_too_short_for_its_length_is_dropped) {
  if (caller.line().is_stream()) GTEST_SKIP() << "a rule of datagrams";
  const Octets whole = caller.channel_data(0x4000, "hello");
  for (std::size_t size = 1; size < whole.size(); ++size) caller.line().send(Bytes{whole}.first(size));
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelData, "RFC 8656 §12.5", padding_over_udp_is_allowed_and_not_sent_on) {
  if (caller.line().is_stream()) GTEST_SKIP() << "a rule of datagrams";
  Octets message = caller.channel_data(0x4000, "hello");
  message.resize(12);
  caller.line().send(message);
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(ChannelData, "RFC 8656 §12.6", is_never_answered) {
  EXPECT_TRUE(caller.is_ignored(caller.channel_data(0x4000, "hello")));
}
MUST(ChannelData, "RFC 8656 §12.6", without_an_allocation_it_is_dropped) {
  if (caller.line().is_stream()) GTEST_SKIP() << "a stream without an allocation begins with STUN";
  Caller other{*target};
  EXPECT_TRUE(other.is_ignored(other.channel_data(0x4000, "hello")));
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelData, "RFC 8656 §12.5", from_a_bound_peer_comes_on_its_channel) {
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), "hello < channel 16384");
}
MUST(ChannelData, "RFC 8656 §12.7", from_the_peer_of_any_length_arrives_whole) {
  for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 1000u, 1400u}) {
    const std::string data(size, 'd');
    peer->send(relayed, data);
    EXPECT_EQ(caller.receive(), data + " < channel 16384");
  }
}
MUST(ChannelData, "RFC 8656 §12.7", an_empty_datagram_from_the_peer_comes_with_a_length_of_zero) {
  peer->send(relayed, "");
  EXPECT_EQ(caller.receive(), " < channel 16384");
}
MUST(ChannelData, "RFC 8656 §12.4", the_length_does_not_count_header_and_padding) {
  peer->send(relayed, "hello");
  const auto message = caller.receive_message();
  ASSERT_TRUE(message);
  ASSERT_GE(message->size(), 9u);
  EXPECT_EQ(load_be16(*message, 0), 0x4000);
  EXPECT_EQ(load_be16(*message, 2), 5);
}
MUST(ChannelData, "RFC 8656 §12.5", on_a_stream_it_is_padded_to_a_multiple_of_four) {
  if (!caller.line().is_stream()) GTEST_SKIP() << "a rule of streams";
  // Were it not, the message behind it could not be found.
  for (const char* data : {"h", "he", "hel", "hello"}) peer->send(relayed, data);
  for (const char* data : {"h", "he", "hel", "hello"})
    EXPECT_EQ(caller.receive(), std::string{data} + " < channel 16384");
  EXPECT_EQ(code_of(caller.refresh()), 0);
}
MUST(ChannelData, "RFC 8656 §12.6", on_a_stream_its_padding_is_skipped) {
  if (!caller.line().is_stream()) GTEST_SKIP() << "a rule of streams";
  for (const char* data : {"h", "he", "hel", "hello"}) {
    caller.send_on(0x4000, data);
    EXPECT_EQ(at_peer(), from_relay(data));
  }
  EXPECT_EQ(code_of(caller.refresh()), 0);
}
MUST(ChannelData, "RFC 8656 §12.6", on_a_stream_it_may_come_in_pieces) {
  if (!caller.line().is_stream()) GTEST_SKIP() << "a rule of streams";
  const Octets message = caller.channel_data(0x4000, "hello");
  for (const std::uint8_t& byte : message) caller.line().send(Bytes{&byte, 1});
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(ChannelData, "RFC 8656 §12.6", on_a_stream_it_may_share_a_piece_with_stun) {
  if (!caller.line().is_stream()) GTEST_SKIP() << "a rule of streams";
  Octets both = caller.channel_data(0x4000, "hello");
  const Octets request = caller.build(Method::binding, Class::request);
  both.insert(both.end(), request.begin(), request.end());
  caller.line().send(both);
  EXPECT_EQ(at_peer(), from_relay("hello"));
  EXPECT_TRUE(caller.receive_message());
}
MUST(ChannelData, "RFC 8656 §12.5", a_client_may_use_send_indications_beside_it) {
  caller.send_to(peer->address(), "one");
  EXPECT_EQ(at_peer(), from_relay("one"));
  caller.send_on(0x4000, "two");
  EXPECT_EQ(at_peer(), from_relay("two"));
}
MUST(ChannelData, "RFC 8656 §12.7", another_port_of_the_peers_address_gets_no_channel) {
  const auto neighbour = open_peer();
  neighbour->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*neighbour, "hello"));
}
MUST(ChannelData, "RFC 8656 §12", two_channels_are_told_apart) {
  const auto second = open_peer();
  ASSERT_EQ(code_of(caller.bind(0x4001, second->address())), 0);
  caller.send_on(0x4001, "two");
  EXPECT_EQ(at(*second), from_relay("two"));
  caller.send_on(0x4000, "one");
  EXPECT_EQ(at_peer(), from_relay("one"));
  second->send(relayed, "back");
  EXPECT_EQ(caller.receive(), "back < channel 16385");
}
MUST(ChannelData, "RFC 8656 §12.6", after_deletion_it_is_dropped) {
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  caller.send_on(0x4000, "hello");
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(ChannelData, "RFC 8656 §6", relayed_addresses_reach_each_other) {
  Caller other{*target};
  const auto response = other.allocate();
  ASSERT_EQ(code_of(response), 0);
  const auto bound = caller.bind(0x4001, response->relayed());
  if (code_of(bound) == 403) GTEST_SKIP() << "the server restricts its own relayed addresses";
  ASSERT_EQ(code_of(bound), 0);
  ASSERT_EQ(code_of(other.permit({relayed})), 0);
  caller.send_on(0x4001, "hello");
  EXPECT_EQ(other.receive(), from_relay("hello"));
  other.send_to(relayed, "back");
  EXPECT_EQ(caller.receive(), "back < channel 16385");
}

// Table 3: what may not be mistaken for a channel.
class FirstByte : public AllocatedTest, public ::testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    if (caller.line().is_stream()) GTEST_SKIP() << "a rule of datagrams";
    AllocatedTest::SetUp();
  }
};

INSTANTIATE_TEST_SUITE_P(Each, FirstByte, ::testing::Values(4, 15, 16, 20, 63, 80, 127, 128, 191, 192, 255),
                         [](const auto& instance) { return std::to_string(instance.param); });

EACH_MUST(FirstByte, "RFC 8656 §12", of_no_stun_and_no_channel_is_dropped) {
  Octets message(24, static_cast<std::uint8_t>(GetParam()));
  EXPECT_TRUE(caller.is_ignored(message));
  EXPECT_EQ(code_of(caller.refresh()), 0);
}

}  // namespace
}  // namespace plntry::test
