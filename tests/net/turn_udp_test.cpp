// TURN over UDP on real sockets: what the loop does with what the core returns. The rules are tested in tests/turn.
#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <unistd.h>

#include "net/harness.hpp"
#include "net/socket_address.hpp"
#include "support/turn_client.hpp"
#include "usage/fixture.hpp"
#include "usage/store.hpp"

namespace plntry::test {
namespace {

// A UDP socket on a free port of loopback.
class Udp {
 public:
  explicit Udp(const char* address = "127.0.0.1") {
    const IpAddress at = *IpAddress::parse(address);
    family_ = at.family();
    descriptor_ = ::socket(at.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    net::SocketAddress native = net::to_socket_address({at, 0}, family_);
    EXPECT_EQ(::bind(descriptor_, &native.any, net::size_of(native)), 0);
    socklen_t size = sizeof native;
    EXPECT_EQ(::getsockname(descriptor_, &native.any, &size), 0);
    local = *net::to_endpoint(native);
  }
  ~Udp() { ::close(descriptor_); }
  Udp(const Udp&) = delete;
  Udp& operator=(const Udp&) = delete;

  void send(const Endpoint& to, Bytes bytes) const {
    const net::SocketAddress native = net::to_socket_address(to, family_);
    EXPECT_EQ(::sendto(descriptor_, bytes.data(), bytes.size(), 0, &native.any, net::size_of(native)),
              static_cast<ssize_t>(bytes.size()));
  }
  // As one buffer that the kernel cuts.
  void send_train(const Endpoint& to, Bytes bytes, int size) const {
    ::setsockopt(descriptor_, SOL_UDP, UDP_SEGMENT, &size, sizeof size);
    send(to, bytes);
    const int off = 0;
    ::setsockopt(descriptor_, SOL_UDP, UDP_SEGMENT, &off, sizeof off);
  }
  // The next datagram; nothing when none comes.
  std::optional<std::string> receive(Duration patience = kPatience) const {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(patience / 1ms)) <= 0) return std::nullopt;
    std::string datagram(65'536, '\0');
    const ssize_t size = ::recv(descriptor_, datagram.data(), datagram.size(), 0);
    if (size < 0) return std::nullopt;
    datagram.resize(static_cast<std::size_t>(size));
    return datagram;
  }

  Endpoint local;

 private:
  IpFamily family_;
  int descriptor_;
};

class SocketClient final : public TurnClient {
 public:
  explicit SocketClient(const Endpoint& server) : udp(server.address.is_v4() ? "127.0.0.1" : "::1"), server_(server) {
    transaction_[4] = static_cast<std::uint8_t>(udp.local.port);
    transaction_[5] = static_cast<std::uint8_t>(udp.local.port >> 8);
  }

  std::optional<Response> send_raw(Bytes message) override {
    udp.send(server_, message);
    const auto answer = udp.receive();
    if (!answer) return std::nullopt;
    return Response{{answer->begin(), answer->end()}};
  }
  static std::string channel_data(std::uint16_t number, std::string_view data) {
    std::string framed{static_cast<char>(number >> 8), static_cast<char>(number), static_cast<char>(data.size() >> 8),
                       static_cast<char>(data.size())};
    return framed.append(data);
  }
  void send_channel(std::uint16_t number, std::string_view data) const {
    udp.send(server_, as_bytes(channel_data(number, data)));
  }
  void send_indication(const Endpoint& peer, std::string_view data) {
    std::array<std::uint8_t, 2048> buffer;
    Builder builder{buffer, {Method::send, Class::indication}, next_transaction()};
    builder.add_xor_address(Attribute::xor_peer_address, peer);
    builder.add_text(Attribute::data, data);
    udp.send(server_, builder.finish().value());
  }

  Udp udp;

 private:
  Endpoint server_;
};

class TurnUdp : public testing::Test {
 protected:
  static void configure(app::Config& config) {
    config.turn.relay.credentials.users = {{"alice", "secret-a"}};
    config.turn.relay.peers.allow = {*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1/128")};
    config.public_addresses = {*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")};
    config.threads = 4;
  }

  Endpoint server(const char* address = "127.0.0.1") const { return {*IpAddress::parse(address), server_.port()}; }
  // The value of one line of /metrics.
  std::uint64_t metric(const std::string& sample) const {
    const std::string text = get(server_, "/metrics").body;
    const std::size_t at = text.find('\n' + sample + ' ');
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + sample.size() + 2));
  }

  TestServer server_{configure};
  Udp peer_;
};

TEST_F(TurnUdp, relays_channel_data_both_ways) {
  SocketClient client(server());
  const Endpoint relayed = client.allocate()->relayed();
  ASSERT_EQ(client.bind(0x4000, peer_.local)->code(), 0);
  client.send_channel(0x4000, "there");
  EXPECT_EQ(peer_.receive(), "there");
  peer_.send(relayed, as_bytes("back"));
  EXPECT_EQ(client.udp.receive(), SocketClient::channel_data(0x4000, "back"));
  EXPECT_EQ(metric(R"(plntry_relay_packets_total{direction="to_peer"})"), 1);
  EXPECT_EQ(metric(R"(plntry_relay_bytes_total{direction="to_client"})"), 4);
}

TEST_F(TurnUdp, relays_indications_both_ways_over_ipv6) {
  const Udp peer("::1");
  SocketClient client(server("::1"));
  const auto allocated =
      client.allocate([](Builder& b) { b.add_be32(Attribute::requested_address_family, 0x02000000); });
  ASSERT_EQ(allocated->code(), 0);
  ASSERT_EQ(client.permit({peer.local})->code(), 0);
  client.send_indication(peer.local, "there");
  EXPECT_EQ(peer.receive(), "there");
  peer.send(allocated->relayed(), as_bytes("back"));
  const auto got = client.udp.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(text(MessageView::parse(as_bytes(*got))->find(Attribute::data).value()), "back");
}

// What came as a train leaves as one, and arrives as what was sent.
TEST_F(TurnUdp, relays_trains_of_datagrams) {
  SocketClient client(server());
  const Endpoint relayed = client.allocate()->relayed();
  ASSERT_EQ(client.bind(0x4000, peer_.local)->code(), 0);
  std::string framed;
  std::string bare;
  std::vector<std::string> parts;
  for (char letter = 'a'; letter <= 'h'; ++letter) {
    parts.emplace_back(letter == 'h' ? 10 : 1'200, letter);  // the last one may be shorter
    framed += SocketClient::channel_data(0x4000, parts.back());
    bare += parts.back();
  }
  client.udp.send_train(server(), as_bytes(framed), 1'204);
  for (const std::string& part : parts) EXPECT_EQ(peer_.receive(), part);
  peer_.send_train(relayed, as_bytes(bare), 1'200);
  for (const std::string& part : parts) EXPECT_EQ(client.udp.receive(), SocketClient::channel_data(0x4000, part));
}

TEST_F(TurnUdp, keeps_the_order_of_datagrams_of_different_sizes) {
  SocketClient client(server());
  client.allocate();
  ASSERT_EQ(client.bind(0x4000, peer_.local)->code(), 0);
  std::vector<std::string> sent;
  for (const std::size_t size : {100u, 100u, 40u, 100u, 300u, 0u, 300u, 299u, 299u}) {
    sent.emplace_back(size, static_cast<char>('a' + sent.size()));
    client.send_channel(0x4000, sent.back());
  }
  for (const std::string& datagram : sent) EXPECT_EQ(peer_.receive(), datagram);
}

// RFC 8656 §11.5, and issue of coturn 4.6.1: an unreachable peer must not end the session.
TEST_F(TurnUdp, unreachable_peer_ends_nothing_and_the_client_is_told) {
  SocketClient client(server());
  client.allocate();
  Endpoint nobody;
  {
    const Udp closed;
    nobody = closed.local;
  }
  ASSERT_EQ(client.permit({nobody, peer_.local})->code(), 0);
  client.send_indication(nobody, "anyone?");
  const auto told = client.udp.receive();
  ASSERT_TRUE(told);
  const auto view = MessageView::parse(as_bytes(*told));
  EXPECT_EQ(view->find(Attribute::icmp)->size(), 8);
  EXPECT_EQ(stun::decode_xor_address(*view->find(Attribute::xor_peer_address), view->transaction_id()), nobody);
  client.send_indication(peer_.local, "still here");
  EXPECT_EQ(peer_.receive(), "still here");
  EXPECT_EQ(client.refresh()->code(), 0);
}

// With four loops most pairs are on two of them, and some on one.
TEST_F(TurnUdp, relays_from_one_relayed_address_to_another_whichever_loops_they_are_on) {
  std::vector<std::unique_ptr<SocketClient>> clients;
  std::vector<Endpoint> relayed;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<SocketClient>(server()));
    relayed.push_back(clients.back()->allocate()->relayed());
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    for (std::size_t j = 0; j < clients.size(); ++j) {
      if (i == j) continue;
      ASSERT_EQ(clients[i]->bind(static_cast<std::uint16_t>(0x4000 + j), relayed[j])->code(), 0);
    }
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    for (std::size_t j = 0; j < clients.size(); ++j) {
      if (i == j) continue;
      clients[i]->send_channel(static_cast<std::uint16_t>(0x4000 + j), "hello");
      EXPECT_EQ(clients[j]->udp.receive(), SocketClient::channel_data(static_cast<std::uint16_t>(0x4000 + i), "hello"));
    }
  }
}

// RFC 8656 §7.2: whoever brings the token gets the address, whichever loop the kernel gives it.
TEST_F(TurnUdp, reservation_is_redeemed_on_any_loop) {
  for (int i = 0; i < 8; ++i) {
    SocketClient first(server());
    const std::array<std::uint8_t, 1> next{0x80};
    const auto pair = first.allocate([&](Builder& b) { b.add(Attribute::even_port, next); });
    ASSERT_EQ(pair->code(), 0);
    const Bytes token = pair->view().find(Attribute::reservation_token).value();
    SocketClient second(server());
    const auto redeemed = second.allocate([&](Builder& b) { b.add(Attribute::reservation_token, token); });
    ASSERT_EQ(redeemed->code(), 0);
    EXPECT_EQ(redeemed->relayed().port, pair->relayed().port + 1);
    ASSERT_EQ(second.permit({peer_.local})->code(), 0);
    second.send_indication(peer_.local, "mine");
    EXPECT_EQ(peer_.receive(), "mine");
    EXPECT_EQ(second.refresh(0)->code(), 0);
    EXPECT_EQ(first.refresh(0)->code(), 0);
  }
}

// RFC 8016. Of four loops the kernel chooses one for each new socket; whichever it is, the allocation follows.
TEST_F(TurnUdp, allocation_follows_its_client_whichever_loop_it_comes_to) {
  TestServer server([](app::Config& config) {
    configure(config);
    config.turn.relay.mobility = true;
  });
  const Endpoint at{*IpAddress::parse("127.0.0.1"), server.port()};
  const auto ticket_of = [](const Response& response) {
    const auto view = response.view();
    const Bytes value = view.find(Attribute::mobility_ticket).value();
    return std::vector(value.begin(), value.end());
  };
  auto client = std::make_unique<SocketClient>(at);
  const auto allocated = client->allocate([](Builder& builder) { builder.add(Attribute::mobility_ticket, Bytes{}); });
  ASSERT_EQ(allocated->code(), 0);
  ASSERT_EQ(client->bind(0x4000, peer_.local)->code(), 0);
  auto ticket = ticket_of(*allocated);
  for (int i = 0; i < 16; ++i) {
    auto next = std::make_unique<SocketClient>(at);
    const auto moved =
        next->request(Method::refresh, [&](Builder& builder) { builder.add(Attribute::mobility_ticket, ticket); });
    ASSERT_EQ(moved->code(), 0) << i;
    ticket = ticket_of(*moved);
    next->send_channel(0x4000, "here " + std::to_string(i));
    EXPECT_EQ(peer_.receive(), "here " + std::to_string(i));
    peer_.send(allocated->relayed(), as_bytes("seen"));
    EXPECT_EQ(next->udp.receive(), SocketClient::channel_data(0x4000, "seen")) << i;
    client = std::move(next);
  }
  EXPECT_EQ(client->refresh(0)->code(), 0);
}

TEST_F(TurnUdp, never_relays_to_the_server_itself) {
  SocketClient client(server());
  client.allocate();
  EXPECT_EQ(client.bind(0x4000, server())->code(), 403);
  ASSERT_EQ(client.permit({server()})->code(), 0) << "the address is allowed by name; its listener is not";
  client.send_indication(server(), "\x00\x01");
  EXPECT_EQ(client.refresh()->code(), 0);
  EXPECT_EQ(metric(R"(plntry_relay_drops_total{reason="own_address"})"), 1);
}

TEST_F(TurnUdp, port_that_another_program_holds_is_passed_over) {
  const Udp other;
  TestServer server([&](app::Config& config) {
    configure(config);
    config.ledger.first_port = static_cast<std::uint16_t>(other.local.port - 1);
    config.ledger.last_port = static_cast<std::uint16_t>(other.local.port + 1);
  });
  for (int i = 0; i < 4; ++i) {
    SocketClient client({*IpAddress::parse("127.0.0.1"), server.port()});
    const auto allocated = client.allocate();
    ASSERT_EQ(allocated->code(), 0);
    EXPECT_NE(allocated->relayed().port, other.local.port);
    EXPECT_EQ(client.refresh(0)->code(), 0);
  }
}

TEST(TurnUdpOff, a_server_without_a_relay_still_answers_bindings_and_nothing_else) {
  TestServer server([](app::Config& config) { config.relay = app::Relaying::off; });
  SocketClient client({*IpAddress::parse("127.0.0.1"), server.port()});
  EXPECT_EQ(client.request(Method::binding, [](Builder&) {})->code(), 0);
  std::array<std::uint8_t, 64> buffer;
  Builder allocate{buffer, {Method::allocate, Class::request}, {}};
  allocate.add_be32(Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24);
  client.udp.send({*IpAddress::parse("127.0.0.1"), server.port()}, allocate.finish().value());
  EXPECT_EQ(client.request(Method::binding, [](Builder&) {})->view().method(), Method::binding);
}

// A caller's credentials are those of its session: they end with its seat, not with its connection, and so does what
// was allocated with them (docs/protocol.md §5).
TEST_F(TurnUdp, allocation_ends_with_the_session_that_it_was_made_for) {
  SocketClient client(server());
  const auto join = [&](std::string_view more) {
    auto participant = std::make_unique<Participant>(server_, "abc-def", join_request(secret(1), more));
    const auto welcome = boost::json::parse(participant->read().value()).as_object();
    EXPECT_EQ(welcome.at("iceLifetime").as_int64(), 600);
    const auto& relay = welcome.at("iceServers").as_array().at(1).as_object();
    client.username = relay.at("username").as_string();
    client.password = relay.at("credential").as_string();
    return participant;
  };
  auto ann = join("");
  ASSERT_EQ(client.allocate()->code(), 0);
  ann->vanish();
  EXPECT_TRUE(eventually([&] { return metric("plntry_participants_present") == 0; }));
  EXPECT_EQ(client.refresh()->code(), 0) << "a connection that dropped may come back";

  ann = join(R"(,"resume":{"known":[]})");
  EXPECT_EQ(client.refresh()->code(), 0) << "new credentials of the same session";
  ann->send(R"({"type":"leave"})");
  EXPECT_EQ(ann->read_close().code, 1000);
  EXPECT_TRUE(eventually([&] { return metric("plntry_relay_allocations") == 0; }));
  EXPECT_EQ(client.refresh()->code(), 437);
  SocketClient again(server());
  again.username = client.username;
  again.password = client.password;
  EXPECT_NE(again.allocate()->code(), 0) << "nobody else can use them from now on";
}

// The server's books (src/usage), in a directory for the length of a test.
class TurnUdpUsage : public testing::Test {
 protected:
  std::unique_ptr<TestServer> start(std::uint64_t allowance) {
    return std::make_unique<TestServer>([&](app::Config& config) {
      config.turn.relay.credentials.users = {{"alice", "secret-a"}};
      config.turn.relay.peers.allow = {*Prefix::parse("127.0.0.0/8")};
      config.public_addresses = {*IpAddress::parse("127.0.0.1")};
      config.turn.meter_interval = 20ms;
      config.usage.book.directory = directory_.path();
      config.usage.book.allowance = allowance;
    });
  }
  static Endpoint endpoint_of(const TestServer& server) { return {*IpAddress::parse("127.0.0.1"), server.port()}; }
  // Nine bytes of payload.
  void talk(SocketClient& client, const Endpoint& relayed) {
    client.send_channel(0x4000, "there");
    EXPECT_EQ(peer_.receive(), "there");
    peer_.send(relayed, as_bytes("back"));
    EXPECT_TRUE(client.udp.receive());
  }

  usage::Directory directory_;
  Udp peer_;
};

TEST_F(TurnUdpUsage, is_in_the_store_once_the_server_has_stopped) {
  auto server = start(0);
  SocketClient client(endpoint_of(*server));
  const Endpoint relayed = client.allocate()->relayed();
  ASSERT_EQ(client.bind(0x4000, peer_.local)->code(), 0);
  talk(client, relayed);
  talk(client, relayed);
  server.reset();
  auto store = usage::Database::open_read(directory_.path());
  ASSERT_TRUE(store) << store.error().text;
  const usage::Day today = usage::day_of(usage::Store::system_clock());
  const auto days = store->days(today - std::chrono::days{1}, today);
  const auto calls = store->calls(today - std::chrono::days{1}, today);
  ASSERT_EQ(calls->size(), 1);
  EXPECT_EQ(calls->front().user, "alice");
  EXPECT_EQ(calls->front().parts.front().relayed, (turn::Usage{2, 10, 2, 8}));
  EXPECT_EQ(usage::bytes_of_days(*days), 18);
}

TEST_F(TurnUdpUsage, used_up_allowance_refuses_new_allocations_and_cuts_no_call) {
  auto server = start(9);
  SocketClient first(endpoint_of(*server));
  SocketClient second(endpoint_of(*server));
  const Endpoint relayed = first.allocate()->relayed();
  ASSERT_EQ(first.bind(0x4000, peer_.local)->code(), 0);
  talk(first, relayed);
  EXPECT_TRUE(eventually([&] { return get(*server, "/metrics").body.contains("\nplntry_usage_allows_new 0\n"); }));
  EXPECT_EQ(second.allocate()->code(), 486);
  talk(first, relayed);
  server.reset();
  server = start(9);
  EXPECT_EQ(SocketClient(endpoint_of(*server)).allocate()->code(), 486) << "a restart gives nothing back";
}

}  // namespace
}  // namespace plntry::test
