// What RFC 6062 demands of a server whose relayed addresses speak TCP with peers.
#include <gmock/gmock.h>

#include "support/turn_world.hpp"
#include "turn/connections.hpp"

namespace plntry::test {
namespace {

turn::Relay::Config tcp_config(std::uint16_t loop = 0) {
  auto config = relay_config();
  config.tcp_allocations = true;
  config.loop = loop;
  config.loops = 2;
  return config;
}

constexpr std::uint32_t kTcp = std::uint32_t{turn::kTcpProtocol} << 24;

struct Rfc6062 : ::testing::Test {
  explicit Rfc6062(const turn::Relay::Config& config = tcp_config()) : world{config} {
    for (auto* client : {&control, &data}) client->five_tuple.transport = turn::Transport::tcp;
  }

  static std::optional<Response> allocate_tcp(Client& client, const TurnClient::Fill& more = [](Builder&) {}) {
    return client.request(Method::allocate, [&](Builder& builder) {
      builder.add_be32(Attribute::requested_transport, kTcp);
      more(builder);
    });
  }
  void allocate() {
    const auto response = allocate_tcp(control);
    ASSERT_EQ(response->code(), 0);
    relayed = response->relayed();
    relay = world.relay_at(relayed);
  }
  // Nothing while the server is connecting.
  std::optional<Response> connect(std::string_view peer) {
    return control.request(Method::connect, [&](Builder& builder) {
      builder.add_xor_address(Attribute::xor_peer_address, endpoint(peer));
    });
  }
  void settle(bool connected = true) {
    world.relay.handle_connected(world.connecting.back().connection, connected, world.now);
    world.run_effects();
  }
  // What came to the control connection last.
  Response told() {
    auto& replies = world.replies[control.five_tuple];
    EXPECT_FALSE(replies.empty());
    const Response last = replies.back();
    replies.clear();
    return last;
  }
  std::uint32_t id_of(const Response& response) { return turn::connection_id(response.view()).value(); }
  // A connection with a peer, which nobody is joined to.
  std::uint32_t open(std::string_view peer = "203.0.113.1:80") {
    EXPECT_FALSE(connect(peer));
    settle();
    return id_of(told());
  }
  static std::optional<Response> bind(Client& client, std::uint32_t id) {
    return client.request(Method::connection_bind,
                          [&](Builder& builder) { builder.add_be32(Attribute::connection_id, id); });
  }
  std::optional<turn::ConnectionId> arrive(std::string_view peer) {
    const auto id = world.relay.handle_incoming(relay, endpoint(peer), world.now.mono);
    world.run_effects();
    return id;
  }

  World world;
  Client control{world, "198.51.100.7:5000"};
  Client data{world, "198.51.100.7:5001"};
  Endpoint relayed;
  turn::RelayId relay;
};

// §5.1
TEST_F(Rfc6062, an_allocation_over_tcp_listens_for_tcp) {
  allocate();
  EXPECT_EQ(world.sockets.at(relay).protocol, turn::RelayProtocol::tcp);
}
// §5.1, 1
TEST_F(Rfc6062, other_transports_are_unsupported) {
  for (const std::uint32_t protocol : {0u, 1u, 5u, 7u, 33u, 132u}) {
    const auto response = control.request(
        Method::allocate, [&](Builder& builder) { builder.add_be32(Attribute::requested_transport, protocol << 24); });
    EXPECT_EQ(response->code(), 442) << protocol;
  }
  EXPECT_EQ(control.allocate()->code(), 0) << "UDP goes on as before";
}
TEST_F(Rfc6062, tcp_is_unsupported_where_it_is_off) {
  World off;
  Client client{off, "198.51.100.7:5000"};
  client.five_tuple.transport = turn::Transport::tcp;
  EXPECT_EQ(allocate_tcp(client)->code(), 442);
  EXPECT_FALSE(client.request(Method::connect, [](Builder&) {}));
  EXPECT_FALSE(client.request(Method::connection_bind, [](Builder&) {}));
}
// §5.1, 2
TEST_F(Rfc6062, a_client_over_udp_or_dtls_cannot_have_one) {
  for (const auto transport : {turn::Transport::udp, turn::Transport::dtls}) {
    Client client{world, "198.51.100.8:5000"};
    client.five_tuple.transport = transport;
    EXPECT_EQ(allocate_tcp(client)->code(), 400);
  }
}
// §5.1, 3
TEST_F(Rfc6062, what_belongs_to_datagrams_is_a_bad_request) {
  EXPECT_EQ(allocate_tcp(control, [](Builder& b) { b.add(Attribute::dont_fragment, Bytes{}); })->code(), 400);
  EXPECT_EQ(allocate_tcp(control, [](Builder& b) { b.add_text(Attribute::even_port, "@"); })->code(), 400);
  EXPECT_EQ(allocate_tcp(control, [](Builder& b) { b.add_text(Attribute::reservation_token, "12345678"); })->code(),
            400);
}
TEST_F(Rfc6062, lifetimes_are_those_of_any_allocation) {
  const auto response = allocate_tcp(control, [](Builder& b) { b.add_be32(Attribute::lifetime, 1200); });
  EXPECT_EQ(response->lifetime(), 1200u);
  EXPECT_FALSE(response->view().find(Attribute::reservation_token));
  EXPECT_EQ(control.refresh(1800)->lifetime(), 1800u);
}

// §5.2
TEST_F(Rfc6062, connect_without_an_allocation_is_a_mismatch) {
  EXPECT_EQ(connect("203.0.113.1:80")->code(), 437);
  ASSERT_EQ(control.allocate()->code(), 0);
  EXPECT_EQ(connect("203.0.113.1:80")->code(), 437) << "a UDP allocation is none for this";
}
TEST_F(Rfc6062, connect_is_the_owners_alone) {
  allocate();
  control.username = "bob", control.password = "secret-b";
  EXPECT_EQ(connect("203.0.113.1:80")->code(), 441);
}
TEST_F(Rfc6062, connect_without_a_peer_is_a_bad_request) {
  allocate();
  EXPECT_EQ(control.request(Method::connect, [](Builder&) {})->code(), 400);
  EXPECT_EQ(control.request(Method::connect, [](Builder& b) { b.add_text(Attribute::xor_peer_address, "x"); })->code(),
            400);
  EXPECT_EQ(connect("203.0.113.1:0")->code(), 400);
  EXPECT_EQ(connect("[2001:db8:1::1]:80")->code(), 443);
}
TEST_F(Rfc6062, connect_opens_a_connection_from_the_relayed_address) {
  allocate();
  EXPECT_FALSE(connect("203.0.113.1:80")) << "the answer comes with the outcome";
  ASSERT_EQ(world.connecting.size(), 1u);
  EXPECT_EQ(world.connecting[0].relay, relay);
  EXPECT_EQ(world.connecting[0].peer, endpoint("203.0.113.1:80"));
  settle();
  const Response answer = told();
  EXPECT_EQ(answer.code(), 0);
  EXPECT_EQ(answer.view().method(), Method::connect);
  EXPECT_TRUE(turn::connection_id(answer.view()));
}
TEST_F(Rfc6062, each_connection_has_an_id_of_its_own) {
  allocate();
  std::set<std::uint32_t> ids;
  for (int i = 1; i <= 20; ++i) ids.insert(open("203.0.113.1:" + std::to_string(i)));
  EXPECT_EQ(ids.size(), 20u);
}
TEST_F(Rfc6062, the_same_peer_twice_is_a_connection_that_exists) {
  allocate();
  EXPECT_FALSE(connect("203.0.113.1:80"));
  EXPECT_EQ(connect("203.0.113.1:80")->code(), 446) << "while it is being made";
  settle();
  const std::uint32_t id = id_of(told());
  EXPECT_EQ(connect("203.0.113.1:80")->code(), 446) << "while it is pending";
  ASSERT_EQ(bind(data, id)->code(), 0);
  EXPECT_EQ(connect("203.0.113.1:80")->code(), 446) << "while it is active";
  EXPECT_FALSE(connect("203.0.113.1:81"));
  world.relay.handle_connection_closed(world.joined[0].connection);
  EXPECT_FALSE(connect("203.0.113.1:80")) << "it is over";
}
TEST_F(Rfc6062, a_connection_that_fails_or_takes_too_long_is_told) {
  allocate();
  EXPECT_FALSE(connect("203.0.113.1:80"));
  settle(false);
  EXPECT_EQ(told().code(), 447);
  EXPECT_FALSE(connect("203.0.113.1:80"));
  world.advance(29s);
  EXPECT_TRUE(world.replies[control.five_tuple].empty()) << "at least 30 seconds";
  world.advance(2s);
  EXPECT_EQ(told().code(), 447);
  ASSERT_EQ(world.disconnected.size(), 1u);
  settle();  // too late
  EXPECT_EQ(world.disconnected.size(), 2u);
  EXPECT_TRUE(world.replies[control.five_tuple].empty());
}
// The corpus of addresses is tested in tests/turn/peer_policy_test.cpp.
TEST_F(Rfc6062, a_forbidden_peer_is_refused) {
  allocate();
  for (const char* peer : {"10.0.0.1:80", "127.0.0.1:80", "169.254.169.254:80", "192.0.2.15:3478", "192.0.2.15:80"}) {
    EXPECT_EQ(connect(peer)->code(), 403) << peer;
  }
  EXPECT_EQ(connect(relayed.to_string())->code(), 403) << "itself";
  EXPECT_TRUE(world.connecting.empty());
  EXPECT_EQ(world.relay.counters().peers_denied, 6u);
}
// On our own address, what is ours to give: whatever else listens on that port over TCP is not.
TEST_F(Rfc6062, of_our_own_addresses_only_those_relayed_over_tcp_are_reached) {
  allocate();
  Client over_udp{world, "198.51.100.8:1"}, over_tcp{world, "198.51.100.9:1"};
  over_tcp.five_tuple.transport = turn::Transport::tls;
  EXPECT_EQ(connect(over_udp.allocate()->relayed().to_string())->code(), 403);
  EXPECT_FALSE(connect(allocate_tcp(over_tcp)->relayed().to_string()));
}
TEST_F(Rfc6062, datagrams_reach_no_address_that_is_relayed_over_tcp) {
  allocate();
  Client over_udp{world, "198.51.100.8:1"};
  ASSERT_EQ(over_udp.allocate()->code(), 0);
  ASSERT_EQ(over_udp.permit({relayed})->code(), 0);
  EXPECT_EQ(sent_to_peer(over_udp.send_indication(relayed.to_string(), "x")), "nothing");
}

// §5.2, §5.3: half a minute.
TEST_F(Rfc6062, a_connection_that_nobody_binds_is_closed) {
  allocate();
  const std::uint32_t id = open();
  world.advance(29s);
  EXPECT_TRUE(world.disconnected.empty());
  world.advance(2s);
  EXPECT_EQ(world.disconnected.size(), 1u);
  EXPECT_EQ(bind(data, id)->code(), 400);
}
TEST_F(Rfc6062, a_bound_connection_stays) {
  allocate();
  ASSERT_EQ(bind(data, open())->code(), 0);
  world.advance(300s);
  EXPECT_TRUE(world.disconnected.empty());
}

// §5.3
TEST_F(Rfc6062, a_peer_without_a_permission_is_closed_at_once) {
  allocate();
  EXPECT_FALSE(arrive("203.0.113.1:4000"));
  EXPECT_EQ(world.relay.counters().dropped(turn::Drop::no_permission), 1u);
  EXPECT_TRUE(world.replies[control.five_tuple].empty());
}
TEST_F(Rfc6062, a_peer_with_a_permission_is_announced) {
  allocate();
  ASSERT_EQ(control.create_permission({"203.0.113.1:1"})->code(), 0);
  const auto connection = arrive("203.0.113.1:4000");
  ASSERT_TRUE(connection);
  const Response attempt = told();
  EXPECT_EQ(attempt.view().method(), Method::connection_attempt);
  EXPECT_EQ(attempt.view().message_class(), Class::indication);
  EXPECT_EQ(attempt.xor_address(Attribute::xor_peer_address), endpoint("203.0.113.1:4000"));
  ASSERT_EQ(bind(data, id_of(attempt))->code(), 0);
  ASSERT_EQ(world.joined.size(), 1u);
  EXPECT_EQ(world.joined[0].connection, *connection);
  EXPECT_EQ(world.joined[0].client, data.five_tuple);
}

// §5.4
TEST_F(Rfc6062, connection_bind_needs_a_pending_connection) {
  allocate();
  const std::uint32_t id = open();
  EXPECT_EQ(data.request(Method::connection_bind, [](Builder&) {})->code(), 400);
  EXPECT_EQ(bind(data, id ^ 1)->code(), 400);
  EXPECT_EQ(
      data.request(Method::connection_bind, [](Builder& b) { b.add_text(Attribute::connection_id, "no"); })->code(),
      400);
  ASSERT_EQ(bind(data, id)->code(), 0);
  Client late{world, "198.51.100.7:5002"};
  late.five_tuple.transport = turn::Transport::tcp;
  EXPECT_EQ(bind(late, id)->code(), 400) << "it is no longer pending";
}
TEST_F(Rfc6062, connection_bind_is_for_streams) {
  allocate();
  const std::uint32_t id = open();
  data.five_tuple.transport = turn::Transport::udp;
  EXPECT_EQ(bind(data, id)->code(), 400);
  data.five_tuple.transport = turn::Transport::dtls;
  EXPECT_EQ(bind(data, id)->code(), 400);
}
// §4.3: the same credentials, and a connection of its own.
TEST_F(Rfc6062, connection_bind_is_the_owners_alone) {
  allocate();
  const std::uint32_t id = open();
  data.username = "bob", data.password = "secret-b";
  EXPECT_EQ(bind(data, id)->code(), 441);
  data.username = "alice", data.password = "guess";
  EXPECT_EQ(bind(data, id)->code(), 401);
}
// §4.3: clients use what they have got for the control connection, from the same address.
TEST_F(Rfc6062, the_nonce_of_the_control_connection_is_good_for_its_data_connections) {
  allocate();
  const std::uint32_t id = open();
  Client elsewhere{world, "198.51.100.8:5001", turn::Transport::tcp};
  for (auto* client : {&data, &elsewhere}) client->nonce = control.nonce, client->realm = control.realm;
  const auto fill = [&](Builder& builder) { builder.add_be32(Attribute::connection_id, id); };
  EXPECT_EQ(elsewhere.send_request(Method::connection_bind, fill)->code(), 438);
  EXPECT_EQ(data.send_request(Method::connection_bind, fill)->code(), 0);
}
TEST_F(Rfc6062, a_control_connection_stays_one) {
  allocate();
  EXPECT_EQ(bind(control, open())->code(), 400);
}
TEST_F(Rfc6062, the_owner_may_bind_after_its_credentials_have_expired) {
  const auto minted = turn::mint_ephemeral("shared", "call-1", world.now.wall + 60s);
  for (auto* client : {&control, &data}) client->username = minted.username, client->password = minted.password;
  allocate();
  world.advance(200s);
  EXPECT_EQ(bind(data, open())->code(), 0);
}

// §5.5
TEST_F(Rfc6062, the_end_of_the_allocation_ends_its_connections) {
  const auto ends_by = [&](const std::function<void()>& end) {
    world.disconnected.clear();
    world.replies.clear();
    allocate();
    open("203.0.113.1:80");
    ASSERT_EQ(bind(data, open("203.0.113.1:81"))->code(), 0);
    EXPECT_FALSE(connect("203.0.113.1:82"));
    end();
    EXPECT_EQ(world.disconnected.size(), 3u);
    EXPECT_TRUE(world.sockets.empty());
    EXPECT_EQ(world.relay.counters().connections_opened, world.relay.counters().connections_ended);
  };
  ends_by([&] { control.refresh(0); });
  ends_by([&] { world.advance(601s); });
  ends_by([&] {
    world.relay.handle_client_gone(control.five_tuple, world.now.mono);
    world.run_effects();
  });
  EXPECT_EQ(world.server->ledger.state().ports_claimed[0], 0u);
}

// §3: no application data on the control connection.
TEST_F(Rfc6062, there_is_no_other_way_for_data) {
  allocate();
  EXPECT_EQ(control.bind_channel(0x4000, "203.0.113.1:80")->code(), 400);
  ASSERT_EQ(control.create_permission({"203.0.113.1:1"})->code(), 0);
  EXPECT_EQ(sent_to_peer(control.send_indication("203.0.113.1:80", "x")), "nothing");
}

// Ours: bounded, metered, and within the bandwidth.
struct Rfc6062Bounded : Rfc6062 {
  static turn::Relay::Config config() {
    auto config = tcp_config();
    config.limits.max_connections = 2;
    return config;
  }
  Rfc6062Bounded() : Rfc6062(config()) {}
};
TEST_F(Rfc6062Bounded, connections_are_bounded) {
  allocate();
  ASSERT_EQ(control.create_permission({"203.0.113.1:1"})->code(), 0);
  open("203.0.113.1:80");
  EXPECT_TRUE(arrive("203.0.113.1:4000"));
  world.replies.clear();
  EXPECT_FALSE(arrive("203.0.113.1:4001"));
  EXPECT_EQ(connect("203.0.113.1:81")->code(), 508);
}
TEST_F(Rfc6062, bytes_are_counted_within_the_bandwidth) {
  World slow{tcp_config(), {.user_bytes_per_second = 1000}};
  Client one{slow, "198.51.100.7:5000"}, two{slow, "198.51.100.7:5001"};
  one.five_tuple.transport = two.five_tuple.transport = turn::Transport::tcp;
  ASSERT_EQ(allocate_tcp(one)->code(), 0);
  EXPECT_FALSE(one.request(
      Method::connect, [](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, endpoint("203.0.113.1:80")); }));
  const turn::ConnectionId id = slow.connecting[0].connection;
  slow.relay.handle_connected(id, true, slow.now);
  EXPECT_TRUE(slow.relay.relay_bytes(id, turn::Direction::to_peer, 600, slow.now.mono));
  EXPECT_FALSE(slow.relay.relay_bytes(id, turn::Direction::to_client, 600, slow.now.mono));
  slow.now.mono += 1s;
  EXPECT_TRUE(slow.relay.relay_bytes(id, turn::Direction::to_client, 600, slow.now.mono));
  const auto usage = slow.relay.usage(one.five_tuple);
  EXPECT_EQ(usage->bytes_to_peer, 600u);
  EXPECT_EQ(usage->bytes_to_client, 600u);
}

// Of two loops the other one may get the data connection: its relay has it moved, whoever it is.
TEST_F(Rfc6062, a_connection_is_bound_on_the_loop_that_its_id_names) {
  allocate();
  const std::uint32_t id = open();
  World other{world.server, tcp_config(1)};
  Client there{other, "198.51.100.7:5001"};
  there.five_tuple.transport = turn::Transport::tcp;
  EXPECT_FALSE(bind(there, id));
  ASSERT_EQ(other.moved.size(), 1u);
  EXPECT_EQ(other.moved[0].client, there.five_tuple);
  EXPECT_EQ(other.moved[0].loop, 0);
  EXPECT_EQ(bind(there, 0x7F000001)->code(), 400) << "a loop that there is not";
}
TEST_F(Rfc6062, mobility_and_tcp_do_not_go_together) {
  auto config = tcp_config();
  config.mobility = true;
  World mobile{config};
  Client client{mobile, "198.51.100.7:5000"};
  client.five_tuple.transport = turn::Transport::tcp;
  EXPECT_EQ(allocate_tcp(client, [](Builder& b) { b.add(Attribute::mobility_ticket, Bytes{}); })->code(), 405);
}

}  // namespace
}  // namespace plntry::test
