// TCP allocations (RFC 6062 §5), as far as they need no time to pass and no look at a peer's socket. What a peer gets,
// and what half a minute changes, is tested in rfc6062_test.cpp and tests/net/tcp_relay_test.cpp.
#include "../rules.hpp"

namespace plntry::test {
namespace {

class TcpAllocations : public ServerTest {
 protected:
  static std::optional<Response> allocate(Caller& client, const TurnClient::Fill& more = [](Builder&) {}) {
    return client.request(Method::allocate, [&](Builder& builder) {
      builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kTcpProtocol} << 24);
      more(builder);
    });
  }
  std::optional<Response> connect(const Endpoint& peer) {
    return caller.request(Method::connect,
                          [&](Builder& builder) { builder.add_xor_address(Attribute::xor_peer_address, peer); });
  }
  static std::optional<Response> bind(Caller& client, std::uint32_t id) {
    return client.request(Method::connection_bind,
                          [&](Builder& builder) { builder.add_be32(Attribute::connection_id, id); });
  }
};

// A client with a TCP allocation, and somebody who listens.
class TcpAllocated : public TcpAllocations {
 protected:
  void SetUp() override {
    if (!caller.line().is_stream()) GTEST_SKIP() << "a rule of streams";
    peer = target->open_tcp_peer();
    if (!peer) GTEST_SKIP() << "no peer that the server could reach";
    const auto response = allocate(caller);
    if (code_of(response) == 442) GTEST_SKIP() << "the server makes no TCP allocations";
    ASSERT_EQ(code_of(response), 0);
  }

  std::unique_ptr<TcpPeer> peer;
};

MUST(TcpAllocations, "RFC 6062 §5.1", a_client_over_udp_is_refused_with_400) {
  if (caller.line().is_stream()) GTEST_SKIP() << "a rule of datagrams";
  const auto response = allocate(caller);
  if (code_of(response) == 442) GTEST_SKIP() << "the server makes no TCP allocations";
  EXPECT_EQ(code_of(response), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.1", dont_fragment_is_refused_with_400) {
  Caller other{*target};
  EXPECT_EQ(code_of(allocate(other, with(Attribute::dont_fragment, {}))), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.1", even_port_is_refused_with_400) {
  Caller other{*target};
  EXPECT_EQ(code_of(allocate(other, with(Attribute::even_port, {0}))), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.1", a_reservation_token_is_refused_with_400) {
  Caller other{*target};
  EXPECT_EQ(code_of(allocate(other, with(Attribute::reservation_token, {1, 2, 3, 4, 5, 6, 7, 8}))), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.1", udp_allocations_are_made_as_before) {
  Caller other{*target};
  EXPECT_EQ(code_of(other.allocate()), 0);
}
MUST(TcpAllocated, "RFC 6062 §5.2", connect_without_an_allocation_is_refused_with_437) {
  Caller other{*target};
  EXPECT_EQ(code_of(other.request(
                Method::connect, [&](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, peer->address()); })),
            437);
}
MUST(TcpAllocated, "RFC 6062 §5.2", connect_without_a_peer_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.request(Method::connect, [](Builder&) {})), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.2", connect_with_an_invalid_peer_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.request(Method::connect, with(Attribute::xor_peer_address, {0, 9, 1, 2, 3, 4, 5, 6}))), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.2", connect_to_a_forbidden_peer_is_refused_with_403) {
  EXPECT_EQ(code_of(connect(target->access().refused_peer)), 403);
}
MUST(TcpAllocated, "RFC 6062 §5.2", connect_that_fails_is_answered_with_447) {
  const Endpoint address = peer->address();
  peer.reset();
  EXPECT_EQ(code_of(connect(address)), 447);
}
MUST(TcpAllocated, "RFC 6062 §5.2", connect_that_succeeds_gives_a_connection_id) {
  const auto response = connect(peer->address());
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(turn::connection_id(response->view()));
}
MUST(TcpAllocated, "RFC 6062 §5.2", each_connection_has_an_id_of_its_own) {
  const auto another = target->open_tcp_peer();
  const auto one = connect(peer->address()), two = connect(another->address());
  ASSERT_EQ(code_of(one), 0);
  ASSERT_EQ(code_of(two), 0);
  EXPECT_NE(turn::connection_id(one->view()).value(), turn::connection_id(two->view()).value());
}
MUST(TcpAllocated, "RFC 6062 §5.2", a_second_connect_to_the_same_peer_is_refused_with_446) {
  ASSERT_EQ(code_of(connect(peer->address())), 0);
  EXPECT_EQ(code_of(connect(peer->address())), 446);
}
MUST(TcpAllocated, "RFC 6062 §5.4", connection_bind_without_an_id_is_refused_with_400) {
  Caller data{*target};
  EXPECT_EQ(code_of(data.request(Method::connection_bind, [](Builder&) {})), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.4", connection_bind_to_no_connection_is_refused_with_400) {
  Caller data{*target};
  EXPECT_EQ(code_of(bind(data, 0x00ABCDEF)), 400);
}
MUST(TcpAllocated, "RFC 6062 §5.4", connection_bind_to_a_pending_connection_succeeds_once) {
  const auto response = connect(peer->address());
  ASSERT_EQ(code_of(response), 0);
  const std::uint32_t id = turn::connection_id(response->view()).value();
  Caller data{*target}, late{*target};
  EXPECT_EQ(code_of(bind(data, id)), 0);
  EXPECT_EQ(code_of(bind(late, id)), 400);
}

}  // namespace
}  // namespace plntry::test
