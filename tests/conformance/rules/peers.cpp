// Permissions, channels and data between client and peer (RFC 8656 §9 to §12), as far as they need no time to pass.
#include "../rules.hpp"

namespace plntry::test {
namespace {

Endpoint elsewhere(const Endpoint& peer, std::uint16_t port = 1) { return {peer.address, port}; }

class CreatePermission : public AllocatedTest {};

MUST(CreatePermission, "RFC 8656 §10.2", without_a_peer_it_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.permit({})), 400);
}
MUST(CreatePermission, "RFC 8656 §10.2", a_malformed_peer_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.request(Method::create_permission, with(Attribute::xor_peer_address, {0, 1, 2, 3, 4, 5}))),
            400);
}
MUST(CreatePermission, "RFC 8656 §10.2", a_peer_of_an_unknown_family_is_refused) {
  const int code =
      code_of(caller.request(Method::create_permission, with(Attribute::xor_peer_address, {0, 9, 2, 3, 4, 5, 6, 7})));
  EXPECT_TRUE(code == 400 || code == 443) << code;
}
MUST(CreatePermission, "RFC 8656 §10.2", a_peer_of_another_family_is_refused_with_443) {
  EXPECT_EQ(code_of(caller.permit({endpoint("[2001:db8:1::9]:9")})), 443);
}
MUST(CreatePermission, "RFC 8656 §10.2", a_peer_that_the_server_restricts_is_refused_with_403) {
  EXPECT_EQ(code_of(caller.permit({target->access().refused_peer})), 403);
}
MUST(CreatePermission, "RFC 8656 §10.2", success_needs_no_attribute_of_its_own) {
  const auto response = caller.permit({peer->address()});
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(has_valid_integrity(response->view(), caller.key_md5()));
}
MUST(CreatePermission, "RFC 8656 §10.2", the_peer_may_send_from_now_on) {
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*peer, "hello"));
}
MUST(CreatePermission, "RFC 8656 §10.2", the_client_may_send_from_now_on) {
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  caller.send_to(peer->address(), "hello");
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(CreatePermission, "RFC 8656 §10.2", the_port_is_ignored) {
  ASSERT_EQ(code_of(caller.permit({elsewhere(peer->address(), 0)})), 0);
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*peer, "hello"));
}
MUST(CreatePermission, "RFC 8656 §10.2", every_peer_that_it_names_is_permitted) {
  const auto second = open_peer(1);
  const auto third = open_peer(2);
  if (!second || !third) GTEST_SKIP() << "all peers stand at one address";
  ASSERT_EQ(code_of(caller.permit({peer->address(), second->address(), third->address()})), 0);
  for (auto* each : {peer.get(), second.get(), third.get()}) {
    each->send(relayed, "hello");
    EXPECT_EQ(caller.receive(), from(*each, "hello"));
  }
}
MUST(CreatePermission, "RFC 8656 §10.2", one_restricted_peer_refuses_the_others_with_it) {
  ASSERT_EQ(code_of(caller.permit({peer->address(), target->access().refused_peer})), 403);
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(CreatePermission, "RFC 8656 §10.2", one_peer_of_another_family_refuses_the_others_with_it) {
  ASSERT_EQ(code_of(caller.permit({peer->address(), endpoint("[2001:db8:1::9]:9")})), 443);
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(CreatePermission, "RFC 8656 §10.2", one_malformed_peer_refuses_the_others_with_it) {
  ASSERT_EQ(code_of(caller.request(Method::create_permission,
                                   [&](Builder& b) {
                                     b.add_xor_address(Attribute::xor_peer_address, peer->address());
                                     b.add(Attribute::xor_peer_address, Octets{0, 1, 2});
                                   })),
            400);
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(CreatePermission, "RFC 8656 §10.2", it_may_be_asked_for_again) {
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  EXPECT_EQ(code_of(caller.permit({peer->address()})), 0);
}
MUST(CreatePermission, "RFC 8656 §10.2", an_indication_permits_nothing) {
  caller.line().send(caller.build(Method::create_permission, Class::indication, [&](Builder& b) {
    b.add_xor_address(Attribute::xor_peer_address, peer->address());
  }));
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(CreatePermission, "RFC 8489 §9.2.4", a_request_that_is_not_signed_permits_nothing) {
  caller.send_request(
      Method::create_permission, [&](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, peer->address()); },
      false);
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}

class Permission : public AllocatedTest {};

MUST(Permission, "RFC 8656 §9", without_one_a_peer_is_not_heard) {
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(Permission, "RFC 8656 §9", any_port_of_the_address_is_permitted) {
  const auto neighbour = open_peer();
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  neighbour->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*neighbour, "hello"));
}
MUST(Permission, "RFC 8656 §9", another_address_is_not_permitted) {
  const auto stranger = open_peer(1);
  if (!stranger) GTEST_SKIP() << "all peers stand at one address";
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  stranger->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(Permission, "RFC 8656 §9", of_one_allocation_it_says_nothing_about_another) {
  Caller other{*target};
  ASSERT_EQ(code_of(other.allocate()), 0);
  ASSERT_EQ(code_of(other.permit({peer->address()})), 0);
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(Permission, "RFC 8656 §9", ends_with_its_allocation) {
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  peer->send(response->relayed(), "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(Permission, "RFC 8656 §9", a_second_one_does_not_end_the_first) {
  const auto second = open_peer(1);
  if (!second) GTEST_SKIP() << "all peers stand at one address";
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  ASSERT_EQ(code_of(caller.permit({second->address()})), 0);
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*peer, "hello"));
}

class Send : public AllocatedTest {
 protected:
  bool reaches_nobody(Bytes indication) {
    EXPECT_TRUE(caller.is_ignored(indication));
    return at_peer(Expect::nothing) == "nothing";
  }
  Octets indication(const TurnClient::Fill& fill) { return caller.build(Method::send, Class::indication, fill); }
  TurnClient::Fill to_peer() {
    return [this](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, peer->address()); };
  }
  void permit() { ASSERT_EQ(code_of(caller.permit({peer->address()})), 0); }
};

MUST(Send, "RFC 8656 §11.2", goes_to_the_peer_from_the_relayed_address) {
  permit();
  caller.send_to(peer->address(), "hello");
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(Send, "RFC 8656 §11.2", goes_to_the_very_port_that_it_names) {
  const auto neighbour = open_peer();
  permit();
  caller.send_to(neighbour->address(), "hello");
  EXPECT_EQ(at(*neighbour), from_relay("hello"));
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(Send, "RFC 8656 §11.2", data_of_any_length_arrives_whole) {
  permit();
  for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 1000u, 1400u}) {
    const std::string data(size, 'd');
    caller.send_to(peer->address(), data);
    EXPECT_EQ(at_peer(), from_relay(data));
  }
}
MUST(Send, "RFC 8656 §11.2", empty_data_is_an_empty_datagram) {
  permit();
  caller.send_to(peer->address(), "");
  EXPECT_EQ(at_peer(), from_relay(""));
}
MUST(Send, "RFC 8656 §11.2", without_a_permission_it_is_dropped) {
  EXPECT_TRUE(reaches_nobody(indication([&](Builder& b) {
    to_peer()(b);
    b.add_text(Attribute::data, "hello");
  })));
}
MUST(Send, "RFC 8656 §11.2", it_makes_no_permission_itself) {
  caller.send_to(peer->address(), "hello");
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}
MUST(Send, "RFC 8656 §11.2", without_data_it_is_dropped) {
  permit();
  EXPECT_TRUE(reaches_nobody(indication(to_peer())));
}
MUST(Send, "RFC 8656 §11.2", without_a_peer_it_is_dropped) {
  permit();
  EXPECT_TRUE(reaches_nobody(indication([](Builder& b) { b.add_text(Attribute::data, "hello"); })));
}
MUST(Send, "RFC 8656 §11.2", with_a_malformed_peer_it_is_dropped) {
  permit();
  EXPECT_TRUE(reaches_nobody(indication([](Builder& b) {
    b.add(Attribute::xor_peer_address, Octets{0, 1, 2, 3, 4});
    b.add_text(Attribute::data, "hello");
  })));
}
MUST(Send, "RFC 8489 §6.3.2", with_an_unknown_required_attribute_it_is_dropped) {
  permit();
  EXPECT_TRUE(reaches_nobody(indication([&](Builder& b) {
    to_peer()(b);
    b.add_text(Attribute::data, "hello");
    b.add(kUnknownRequired, {});
  })));
}
MUST(Send, "RFC 8489 §6.3.2", an_unknown_optional_attribute_is_ignored) {
  permit();
  caller.send_to(peer->address(), "hello", [](Builder& b) { b.add_text(kUnknownOptional, "ignored"); });
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(Send, "RFC 8656 §11.2", its_attributes_may_come_in_any_order) {
  permit();
  caller.line().send(indication([&](Builder& b) {
    b.add_text(Attribute::data, "hello");
    to_peer()(b);
  }));
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(Send, "RFC 8489 §7", a_fingerprint_behind_it_is_accepted) {
  permit();
  caller.send_to(peer->address(), "hello", [](Builder& b) { b.add_fingerprint(); });
  EXPECT_EQ(at_peer(), from_relay("hello"));
}
MUST(Send, "RFC 8656 §11.2", dont_fragment_is_obeyed_or_the_indication_dropped) {
  const auto supports = [&] {
    Caller probe{*target};
    return code_of(probe.allocate(with(Attribute::dont_fragment, {}))) == 0;
  }();
  permit();
  caller.send_to(peer->address(), "hello", with(Attribute::dont_fragment, {}));
  EXPECT_EQ(at_peer(supports ? Expect::something : Expect::nothing), supports ? from_relay("hello") : "nothing");
}
MUST(Send, "RFC 8656 §5", without_an_allocation_it_is_ignored) {
  permit();
  Caller other{*target};
  const Octets message = other.build(Method::send, Class::indication, [&](Builder& b) {
    to_peer()(b);
    b.add_text(Attribute::data, "hello");
  });
  EXPECT_TRUE(other.is_ignored(message));
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(Send, "RFC 8656 §17", as_a_request_it_sends_nothing) {
  permit();
  caller.line().send(caller.build(Method::send, Class::request, [&](Builder& b) {
    to_peer()(b);
    b.add_text(Attribute::data, "hello");
  }));
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(Send, "RFC 8656 §17", a_data_indication_from_a_client_is_ignored) {
  permit();
  EXPECT_TRUE(reaches_nobody(caller.build(Method::data, Class::indication, [&](Builder& b) {
    to_peer()(b);
    b.add_text(Attribute::data, "hello");
  })));
}
MUST(Send, "RFC 8656 §11.2", toward_a_restricted_peer_it_is_dropped) {
  permit();
  EXPECT_TRUE(reaches_nobody(indication([&](Builder& b) {
    b.add_xor_address(Attribute::xor_peer_address, target->access().refused_peer);
    b.add_text(Attribute::data, "hello");
  })));
}
MUST(Send, "RFC 8656 §6", two_clients_of_one_peer_are_told_apart) {
  Caller other{*target};
  const auto response = other.allocate();
  ASSERT_EQ(code_of(response), 0);
  permit();
  ASSERT_EQ(code_of(other.permit({peer->address()})), 0);
  caller.send_to(peer->address(), "one");
  EXPECT_EQ(at_peer(), from_relay("one"));
  other.send_to(peer->address(), "two");
  EXPECT_EQ(at_peer(), "two < " + response->relayed().to_string());
}

class Data : public AllocatedTest {
 protected:
  void SetUp() override {
    AllocatedTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  }
};

MUST(Data, "RFC 8656 §11.3", comes_as_an_indication_with_peer_and_data) {
  peer->send(relayed, "hello");
  const auto message = caller.receive_message();
  ASSERT_TRUE(message);
  const auto view = MessageView::parse(*message);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->method(), Method::data);
  EXPECT_EQ(view->message_class(), Class::indication);
  EXPECT_EQ(turn::xor_peer_address(*view), peer->address());
  ASSERT_TRUE(view->find(Attribute::data));
  EXPECT_EQ(text(*view->find(Attribute::data)), "hello");
}
MUST(Data, "RFC 8656 §11.3", of_any_length_arrives_whole) {
  for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 1000u, 1400u}) {
    const std::string data(size, 'd');
    peer->send(relayed, data);
    EXPECT_EQ(caller.receive(), from(*peer, data));
  }
}
MUST(Data, "RFC 8656 §11.3", an_empty_datagram_is_an_indication_with_empty_data) {
  peer->send(relayed, "");
  EXPECT_EQ(caller.receive(), from(*peer, ""));
}
MUST(Data, "RFC 8489 §14", its_padding_is_zero) {
  peer->send(relayed, "h");
  const auto message = caller.receive_message();
  ASSERT_TRUE(message);
  const auto view = MessageView::parse(*message);
  ASSERT_TRUE(view);
  std::size_t sum = 0;
  for (const auto attribute : view->attributes()) {
    const auto* end = attribute.value.data() + attribute.value.size();
    while ((end - message->data()) % 4 != 0) sum += *end++;
  }
  EXPECT_EQ(sum, 0u);
}
MUST(Data, "RFC 8489 §5", each_indication_has_a_transaction_id_of_its_own) {
  peer->send(relayed, "one");
  peer->send(relayed, "two");
  const auto one = caller.receive_message();
  const auto two = caller.receive_message();
  ASSERT_TRUE(one && two);
  EXPECT_NE(MessageView::parse(*one)->transaction_id(), MessageView::parse(*two)->transaction_id());
}
MUST(Data, "RFC 8656 §11.3", datagrams_keep_their_order) {
  for (const char* data : {"one", "two", "three"}) peer->send(relayed, data);
  for (const char* data : {"one", "two", "three"}) EXPECT_EQ(caller.receive(), from(*peer, data));
}
MUST(Data, "RFC 8656 §11.3", what_looks_like_stun_is_data) {
  const Octets request = caller.build(Method::binding, Class::request);
  peer->send(relayed, as_text(request));
  EXPECT_EQ(caller.receive(), from(*peer, as_text(request)));
  EXPECT_EQ(at_peer(Expect::nothing), "nothing");
}
MUST(Data, "RFC 8656 §11.5", an_icmp_error_is_told_with_peer_type_and_code) {
  const Endpoint nobody = open_peer()->address();  // closed again
  caller.send_to(nobody, "hello");
  const auto message = caller.receive_message();
  ASSERT_TRUE(message);
  const auto view = MessageView::parse(*message);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->method(), Method::data);
  EXPECT_EQ(turn::xor_peer_address(*view), nobody);
  EXPECT_FALSE(view->find(Attribute::data));
  const auto icmp = view->find(Attribute::icmp);
  ASSERT_TRUE(icmp);
  ASSERT_EQ(icmp->size(), 8u);
  EXPECT_EQ(load_be16(*icmp, 2), 3 << 9 | 3);  // destination unreachable, port unreachable
}
MUST(Data, "RFC 8656 §11.5", an_icmp_error_ends_neither_allocation_nor_permission) {
  const Endpoint nobody = open_peer()->address();
  caller.send_to(nobody, "hello");
  caller.receive_message(Expect::nothing);
  caller.send_to(nobody, "hello");
  caller.receive_message(Expect::nothing);
  EXPECT_EQ(code_of(caller.refresh()), 0);
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), from(*peer, "hello"));
}
MUST(Data, "RFC 8656 §9", to_a_deleted_allocation_goes_nowhere) {
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  peer->send(relayed, "hello");
  EXPECT_TRUE(caller.hears_nothing());
}

class DataV6 : public ServerTest {
 protected:
  void SetUp() override {
    peer = open_peer(0, IpFamily::v6);
    if (!peer) GTEST_SKIP() << "no IPv6 peer that the server could reach";
    const auto response = caller.allocate(with_byte(Attribute::requested_address_family, 2));
    if (code_of(response) == 440) GTEST_SKIP() << "the server relays no IPv6";
    ASSERT_EQ(code_of(response), 0);
    relayed = response->relayed();
  }

  std::unique_ptr<Peer> peer;
  Endpoint relayed;
};

MUST(DataV6, "RFC 8656 §11.2", goes_to_an_ipv6_peer) {
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  caller.send_to(peer->address(), "hello");
  const auto datagram = peer->receive(Expect::something);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->from, relayed);
  EXPECT_EQ(datagram->data, "hello");
}
MUST(DataV6, "RFC 8656 §11.3", comes_from_an_ipv6_peer) {
  ASSERT_EQ(code_of(caller.permit({peer->address()})), 0);
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), "hello < " + peer->address().to_string());
}
MUST(DataV6, "RFC 8656 §12.7", comes_from_an_ipv6_peer_on_its_channel) {
  ASSERT_EQ(code_of(caller.bind(0x4000, peer->address())), 0);
  peer->send(relayed, "hello");
  EXPECT_EQ(caller.receive(), "hello < channel 16384");
}
MUST(DataV6, "RFC 8656 §10.2", an_ipv4_peer_is_refused_with_443) {
  EXPECT_EQ(code_of(caller.permit({endpoint("203.0.113.9:9")})), 443);
}
MUST(DataV6, "RFC 8656 §12.2", a_channel_to_an_ipv4_peer_is_refused_with_443) {
  EXPECT_EQ(code_of(caller.bind(0x4000, endpoint("203.0.113.9:9"))), 443);
}

}  // namespace
}  // namespace plntry::test
