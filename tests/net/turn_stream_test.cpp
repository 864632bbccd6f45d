// TURN over TCP, TLS and DTLS on real sockets, with clients of OpenSSL's.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.hpp"
#include "net/tls_client.hpp"
#include "support/turn_client.hpp"

namespace plntry::test {
namespace {

namespace asio = boost::asio;

// Whoever is at the other end of the relay.
class Peer {
 public:
  Peer() { socket_.bind({asio::ip::make_address("127.0.0.1"), 0}); }
  Endpoint local() const { return net::from_asio(socket_.local_endpoint()); }
  void send(const Endpoint& to, std::string_view data) {
    socket_.send_to(asio::buffer(data), net::to_asio<asio::ip::udp>(to));
  }
  std::string receive() {
    pollfd waiting{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(kPatience / 1ms)) <= 0) return {};
    std::array<char, 2000> buffer;
    return {buffer.data(), socket_.receive(asio::buffer(buffer))};
  }

 private:
  asio::io_context io_;
  asio::ip::udp::socket socket_{io_, asio::ip::udp::v4()};
};

std::string channel_data(std::uint16_t number, std::string_view data, bool padded = true) {
  std::string framed{static_cast<char>(number >> 8), static_cast<char>(number), static_cast<char>(data.size() >> 8),
                     static_cast<char>(data.size())};
  framed += data;
  while (padded && framed.size() % 4 != 0) framed += '\0';  // RFC 8656 §12.5
  return framed;
}

// TURN over a stream, whatever it runs on.
template <typename Client>
class StreamClient final : public TurnClient {
 public:
  template <typename Where>
  explicit StreamClient(const Where& where) : stream(where) {}

  std::optional<Response> send_raw(Bytes message) override {
    stream.send(as_text(message));
    const std::string answer = read_message();
    if (answer.empty()) return std::nullopt;
    return Response{{answer.begin(), answer.end()}};
  }
  // STUN or ChannelData, whole and with its padding.
  std::string read_message() {
    const std::string head = stream.read_exactly(4);
    if (head.size() < 4) return {};
    const std::size_t length = load_be16(as_bytes(head), 2);
    const bool channel = (head[0] & 0xC0) == 0x40;
    return head + stream.read_exactly(channel ? (length + 3) / 4 * 4 : 16 + length);
  }

  Client stream;
};

void configure(app::Config& config) {
  config.tls.self_signed = true;
  config.turn.relay.credentials.users = {{"alice", "secret-a"}};
  config.turn.relay.peers.allow = {*Prefix::parse("127.0.0.0/8")};
  config.public_addresses = {*IpAddress::parse("127.0.0.1")};
}

class TurnStream : public testing::Test {
 protected:
  template <typename Client>
  void relay_both_ways(Client& client) {
    const auto allocated = client.allocate();
    ASSERT_TRUE(allocated);
    ASSERT_EQ(allocated->code(), 0);
    ASSERT_EQ(client.bind(0x4000, peer_.local())->code(), 0);
    for (const std::string data : {"a", "to", "all", "four", ""}) {
      client.stream.send(channel_data(0x4000, data));
      EXPECT_EQ(peer_.receive(), data);
      peer_.send(allocated->relayed(), data);
      EXPECT_EQ(client.read_message(), channel_data(0x4000, data));
    }
  }

  TestServer server_{configure};
  Peer peer_;
};

TEST_F(TurnStream, relays_over_tcp) {
  StreamClient<RawClient> client(server_.port());
  relay_both_ways(client);
}

TEST_F(TurnStream, relays_over_tls) {
  StreamClient<TlsClient> client(server_);
  relay_both_ways(client);
}

// RFC 8016: a phone loses its WiFi, and its connection with it. On another one, which may be another loop's, it goes
// on.
TEST_F(TurnStream, allocation_follows_its_client_to_another_connection) {
  TestServer server([](app::Config& config) {
    configure(config);
    config.threads = 4;
    config.turn.relay.mobility = true;
  });
  const auto ticket_of = [](const Response& response) {
    const auto view = response.view();
    const Bytes value = view.find(Attribute::mobility_ticket).value();
    return std::vector(value.begin(), value.end());
  };
  auto client = std::make_unique<StreamClient<RawClient>>(server.port());
  const auto allocated = client->allocate([](Builder& builder) { builder.add(Attribute::mobility_ticket, Bytes{}); });
  ASSERT_TRUE(allocated);
  ASSERT_EQ(allocated->code(), 0);
  ASSERT_EQ(client->bind(0x4000, peer_.local())->code(), 0);
  auto ticket = ticket_of(*allocated);
  for (int i = 0; i < 12; ++i) {
    const bool breaks_first = i % 2 == 0;  // before it has made the next one
    if (breaks_first) client->stream.vanish();
    auto next = std::make_unique<StreamClient<RawClient>>(server.port());
    const auto moved =
        next->request(Method::refresh, [&](Builder& builder) { builder.add(Attribute::mobility_ticket, ticket); });
    ASSERT_TRUE(moved) << i;
    ASSERT_EQ(moved->code(), 0) << i;
    ticket = ticket_of(*moved);
    next->stream.send(channel_data(0x4000, "here " + std::to_string(i)));
    EXPECT_EQ(peer_.receive(), "here " + std::to_string(i));
    peer_.send(allocated->relayed(), "there");
    EXPECT_EQ(next->read_message(), channel_data(0x4000, "there"));
    client = std::move(next);
  }
}

// Firefox sends all media so.
TEST_F(TurnStream, relays_indications) {
  StreamClient<TlsClient> client(server_);
  const Endpoint relayed = client.allocate()->relayed();
  ASSERT_EQ(client.permit({peer_.local()})->code(), 0);
  std::array<std::uint8_t, 2048> buffer;
  Builder builder{buffer, {Method::send, Class::indication}, {}};
  builder.add_xor_address(Attribute::xor_peer_address, peer_.local());
  builder.add_text(Attribute::data, "there");
  client.stream.send(as_text(builder.finish().value()));
  EXPECT_EQ(peer_.receive(), "there");
  peer_.send(relayed, "back");
  const std::string got = client.read_message();
  EXPECT_EQ(text(MessageView::parse(as_bytes(got))->find(Attribute::data).value()), "back");
}

TEST_F(TurnStream, many_messages_in_one_piece_are_told_apart) {
  StreamClient<RawClient> client(server_.port());
  ASSERT_EQ(client.allocate()->code(), 0);
  ASSERT_EQ(client.bind(0x4000, peer_.local())->code(), 0);
  std::string all;
  for (int i = 0; i < 100; ++i) all += channel_data(0x4000, std::string(static_cast<std::size_t>(i), 'x'));
  client.stream.send(all.substr(0, 501));
  client.stream.send(all.substr(501));
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(peer_.receive().size(), i);
}

TEST_F(TurnStream, allocation_ends_with_its_connection) {
  {
    StreamClient<TlsClient> client(server_);
    ASSERT_EQ(client.allocate()->code(), 0);
    EXPECT_THAT(get(server_, "/metrics").body, testing::HasSubstr("\nplntry_relay_allocations 1\n"));
  }
  EXPECT_TRUE(eventually([&] { return get(server_, "/metrics").body.contains("\nplntry_relay_allocations 0\n"); }));
}

// Media for who does not take it is dropped; the connection and its memory stay as they are.
TEST_F(TurnStream, client_that_does_not_read_loses_media_and_nothing_else) {
  TestServer server([](app::Config& config) {
    configure(config);
    config.turn_stream.outbox_bytes_max = 20'000;
  });
  StreamClient<RawClient> client(server.port());
  const Endpoint relayed = client.allocate()->relayed();
  ASSERT_EQ(client.bind(0x4000, peer_.local())->code(), 0);
  const std::string media(1'200, 'x');
  const auto is_full = [&] {
    const std::string metrics = get(server, "/metrics").body;
    const std::string name = "\nplntry_relay_sessions_full_total ";
    const std::size_t at = metrics.find(name);
    return at != std::string::npos && metrics[at + name.size()] != '0';
  };
  EXPECT_TRUE(eventually([&] {
    for (int i = 0; i < 2'000; ++i) peer_.send(relayed, media);
    return is_full();
  }));
  client.stream.send(channel_data(0x4000, "still here"));
  EXPECT_EQ(peer_.receive(), "still here");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_message(), channel_data(0x4000, media));
}

TEST(TurnStreamHostile, strangers_are_dropped_at_their_deadline_and_allocations_kept) {
  TestServer server([](app::Config& config) {
    configure(config);
    config.turn_stream.idle_timeout = 1s;
  });
  StreamClient<TlsClient> client(server);
  ASSERT_EQ(client.allocate()->code(), 0);
  StreamClient<RawClient> stranger(server.port());
  ASSERT_EQ(stranger.send_request(Method::binding, [](Builder&) {}, false)->code(), 0);
  EXPECT_EQ(stranger.stream.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_expired.value() == 1; }));
  EXPECT_EQ(client.refresh()->code(), 0);
  EXPECT_EQ(client.refresh(0)->code(), 0);
  EXPECT_EQ(client.stream.read_all(), "") << "a stranger again";
}

TEST(TurnStreamHostile, long_message_of_a_stranger_is_not_waited_for) {
  TestServer server(configure);
  RawClient client(server.port());
  client.send(std::string("\x00\x01\x40\x00\x21\x12\xA4\x42", 8) + std::string(100, '\0'));
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().turn_streams_broken.value() == 1; }));
}

// DTLS by OpenSSL's own datagram sockets.
class DtlsClient final : public TurnClient {
 public:
  explicit DtlsClient(const TestServer& server) {
    descriptor_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    start();
  }
  ~DtlsClient() override { ::close(descriptor_); }
  DtlsClient(const DtlsClient&) = delete;
  DtlsClient& operator=(const DtlsClient&) = delete;

  // A session from nothing, on the same socket.
  void start() {
    SSL_CTX* context = ::SSL_CTX_new(::DTLS_client_method());
    ssl_.reset(::SSL_new(context));
    ::SSL_CTX_free(context);
    BIO* bio = ::BIO_new_dgram(descriptor_, BIO_NOCLOSE);
    BIO_ADDR* to = ::BIO_ADDR_new();
    sockaddr_in native{};
    socklen_t size = sizeof native;
    ::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&native), &size);
    ::BIO_ADDR_rawmake(to, AF_INET, &native.sin_addr, sizeof native.sin_addr, native.sin_port);
    ::BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, to);
    ::BIO_ADDR_free(to);
    ::SSL_set_bio(ssl_.get(), bio, bio);
  }
  bool shake_hands() { return ::SSL_connect(ssl_.get()) == 1; }

  void send(std::string_view message) { ::SSL_write(ssl_.get(), message.data(), static_cast<int>(message.size())); }
  std::string receive() {
    std::array<char, 16'384> buffer;
    const int size = ::SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    return size > 0 ? std::string{buffer.data(), static_cast<std::size_t>(size)} : std::string{};
  }
  std::optional<Response> send_raw(Bytes message) override {
    send(as_text(message));
    const std::string answer = receive();
    if (answer.empty()) return std::nullopt;
    return Response{{answer.begin(), answer.end()}};
  }
  void send_plain(std::string_view datagram) const { ::send(descriptor_, datagram.data(), datagram.size(), 0); }
  std::string receive_plain() const {
    std::array<char, 2'000> buffer;
    const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

 private:
  int descriptor_;
  net::SslOwner ssl_;
};

using TurnDtls = TurnStream;

TEST_F(TurnDtls, relays_both_ways) {
  DtlsClient client(server_);
  ASSERT_TRUE(client.shake_hands());
  const auto allocated = client.allocate();
  ASSERT_TRUE(allocated);
  ASSERT_EQ(allocated->code(), 0);
  ASSERT_EQ(client.bind(0x4000, peer_.local())->code(), 0);
  for (const std::string& data : {std::string{"odd"}, std::string(1'200, 'x')}) {
    client.send(channel_data(0x4000, data, false));
    EXPECT_EQ(peer_.receive(), data);
    peer_.send(allocated->relayed(), data);
    EXPECT_EQ(client.receive(), channel_data(0x4000, data, false));
  }
  EXPECT_EQ(server_->metrics().dtls_sessions.value(), 1);
}

// RFC 6347 §4.2.8: it comes from the same address, and has shown so.
TEST_F(TurnDtls, client_that_lost_its_session_begins_anew) {
  DtlsClient client(server_);
  ASSERT_TRUE(client.shake_hands());
  ASSERT_EQ(client.allocate()->code(), 0);
  client.start();
  ASSERT_TRUE(client.shake_hands());
  EXPECT_EQ(client.allocate()->code(), 0) << "and not a mismatch: the first allocation has gone with its session";
  EXPECT_EQ(server_->metrics().dtls_sessions.value(), 2);
}

// RFC 6347 §4.2.1: to a ClientHello without a cookie goes a smaller answer, and no state.
TEST_F(TurnDtls, who_has_not_shown_its_address_costs_nothing) {
  DtlsClient client(server_);
  const std::string hello(
      "\x16\xFE\xFF\x00\x00\x00\x00\x00\x00\x00\x00\x00\x36\x01\x00\x00\x2A\x00\x00\x00\x00\x00\x00\x00\x2A\xFE\xFD",
      27);
  client.send_plain(hello + std::string(32, 'r') + std::string("\x00\x00\x00\x02\xC0\x2B\x01\x00", 8));
  const std::string answer = client.receive_plain();
  ASSERT_GT(answer.size(), 13U);
  EXPECT_EQ(answer[13], 3) << "HelloVerifyRequest";
  EXPECT_LT(answer.size(), 67U);
  client.send_plain(std::string(100, '\x16'));
  client.send_plain(std::string("\x17\xFE\xFD\x00\x01", 5) + std::string(50, 'x'));
  client.send_plain("\x16");
  client.start();
  EXPECT_TRUE(client.shake_hands());
  EXPECT_EQ(server_->metrics().dtls_sessions.value(), 1);
}

TEST(TurnDtlsHostile, half_handshakes_and_idle_sessions_end_at_their_deadline) {
  TestServer server([](app::Config& config) {
    configure(config);
    config.dtls.idle_timeout = 200ms;
  });
  DtlsClient client(server);
  ASSERT_TRUE(client.shake_hands());
  EXPECT_EQ(client.receive(), "") << "close_notify";
  EXPECT_EQ(get(server, "/healthz").status, 200);
}

}  // namespace
}  // namespace plntry::test
