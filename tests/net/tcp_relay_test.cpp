// TCP allocations (RFC 6062) on real sockets; the rules are tested in tests/conformance/rfc6062_test.cpp.
#include <stdexcept>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <poll.h>

#include "net/address.hpp"
#include "net/tls_client.hpp"
#include "support/turn_client.hpp"

namespace plntry::test {
namespace {

namespace asio = boost::asio;

// Somebody who listens, or connects, at the other end.
class Listener {
 public:
  explicit Listener(const char* address = "127.0.0.1") : acceptor_(io_, {asio::ip::make_address(address), 0}) {}
  Endpoint local() const { return net::from_asio(acceptor_.local_endpoint()); }
  asio::ip::tcp::socket accept() {
    pollfd waiting{.fd = acceptor_.native_handle(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(kPatience / 1ms)) <= 0) throw std::runtime_error("nobody came");
    return acceptor_.accept();
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
};

std::string read_exactly(asio::ip::tcp::socket& socket, std::size_t size) {
  std::string data(size, '\0');
  boost::system::error_code error;
  std::size_t got = 0;
  while (got < size && !error) {
    pollfd waiting{.fd = socket.native_handle(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(kPatience / 1ms)) <= 0) throw std::runtime_error("nothing came");
    got += socket.read_some(asio::buffer(data.data() + got, size - got), error);
  }
  data.resize(got);
  return data;
}
bool is_at_end(asio::ip::tcp::socket& socket) { return read_exactly(socket, 1).empty(); }

// TURN over a stream that may become data.
template <typename Stream>
class TcpClient final : public TurnClient {
 public:
  template <typename Where>
  explicit TcpClient(const Where& where) : stream(where) {}

  std::optional<Response> send_raw(Bytes message) override {
    stream.send(as_text(message));
    return read_message();
  }
  std::optional<Response> read_message() {
    std::string message = stream.read_exactly(4);
    if (message.size() < 4) return std::nullopt;
    message += stream.read_exactly(16 + load_be16(as_bytes(message), 2));
    return Response{{message.begin(), message.end()}};
  }
  std::optional<Response> allocate_tcp() {
    return request(Method::allocate, [](Builder& builder) {
      builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kTcpProtocol} << 24);
    });
  }
  std::optional<Response> connect(const Endpoint& peer) {
    return request(Method::connect,
                   [&](Builder& builder) { builder.add_xor_address(Attribute::xor_peer_address, peer); });
  }
  std::optional<Response> bind_to(std::uint32_t id) {
    return request(Method::connection_bind, [&](Builder& builder) { builder.add_be32(Attribute::connection_id, id); });
  }

  Stream stream;
};

std::uint32_t id_of(const std::optional<Response>& response) {
  return turn::connection_id(response.value().view()).value();
}

void configure(app::Config& config) {
  config.tls.self_signed = true;
  config.turn.relay.credentials.users = {{"alice", "secret-a"}};
  config.turn.relay.peers.allow = {*Prefix::parse("127.0.0.0/8")};
  config.turn.relay.tcp_allocations = true;
  config.public_addresses = {*IpAddress::parse("127.0.0.1")};
  config.threads = 4;
}

class TcpRelay : public testing::Test {
 protected:
  std::uint64_t metric(const std::string& sample) const {
    const std::string text = get(server_, "/metrics").body;
    const std::size_t at = text.find('\n' + sample + ' ');
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + sample.size() + 2));
  }
  std::uint64_t open_connections() const { return metric("plntry_relay_tcp_connections"); }

  TestServer server_{configure};
};

// The kernel hands each data connection to any of four loops; it gets to that of its allocation.
TEST_F(TcpRelay, a_client_connects_to_peers_whichever_loops_its_connections_come_to) {
  TcpClient<RawClient> control(server_.port());
  const auto allocated = control.allocate_tcp();
  ASSERT_TRUE(allocated);
  ASSERT_EQ(allocated->code(), 0);
  for (int i = 0; i < 12; ++i) {
    Listener listener;
    const auto connected = control.connect(listener.local());
    ASSERT_EQ(connected->code(), 0) << i;
    asio::ip::tcp::socket peer = listener.accept();
    EXPECT_EQ(net::from_asio(peer.remote_endpoint()), allocated->relayed());
    asio::write(peer, asio::buffer("early", 5));  // RFC 6062 §5.4: before anybody is there to take it
    TcpClient<RawClient> data(server_.port());
    ASSERT_EQ(data.bind_to(id_of(connected))->code(), 0) << i;
    EXPECT_EQ(data.stream.read_exactly(5), "early");
    data.stream.send("there");
    EXPECT_EQ(read_exactly(peer, 5), "there");
    asio::write(peer, asio::buffer("back", 4));
    EXPECT_EQ(data.stream.read_exactly(4), "back");
    if (i % 2 == 0) {
      data.stream.vanish();
      EXPECT_TRUE(is_at_end(peer));
    } else {
      peer.close();
      EXPECT_EQ(data.stream.read_all(), "");
    }
  }
  EXPECT_EQ(metric(R"(plntry_relay_bytes_total{direction="to_peer"})"), 12 * 5);
  EXPECT_EQ(metric(R"(plntry_relay_bytes_total{direction="to_client"})"), 12 * 9);
}

TEST_F(TcpRelay, a_peer_with_a_permission_connects_to_a_client_over_tls) {
  TcpClient<TlsClient> control(server_);
  const Endpoint relayed = control.allocate_tcp()->relayed();
  asio::io_context io;
  asio::ip::tcp::socket stranger(io);
  stranger.connect(net::to_asio<asio::ip::tcp>(relayed));
  EXPECT_TRUE(is_at_end(stranger)) << "no permission";

  ASSERT_EQ(control.permit({*Endpoint::parse("127.0.0.1:1")})->code(), 0);
  asio::ip::tcp::socket peer(io);
  peer.connect(net::to_asio<asio::ip::tcp>(relayed));
  const auto attempt = control.read_message();
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->view().method(), Method::connection_attempt);
  EXPECT_EQ(attempt->xor_address(Attribute::xor_peer_address), net::from_asio(peer.local_endpoint()));
  TcpClient<TlsClient> data(server_);
  ASSERT_EQ(data.bind_to(id_of(attempt))->code(), 0);
  asio::write(peer, asio::buffer("hello", 5));
  EXPECT_EQ(data.stream.read_exactly(5), "hello");
  data.stream.send("good day");
  EXPECT_EQ(read_exactly(peer, 8), "good day");
}

// What the receiver does not take stays with the sender: megabytes go through sixteen kilobytes, in order.
TEST_F(TcpRelay, much_goes_through_little) {
  TcpClient<RawClient> control(server_.port());
  ASSERT_EQ(control.allocate_tcp()->code(), 0);
  Listener listener;
  const auto connected = control.connect(listener.local());
  asio::ip::tcp::socket peer = listener.accept();
  TcpClient<RawClient> data(server_.port());
  ASSERT_EQ(data.bind_to(id_of(connected))->code(), 0);
  std::string much(4'000'000, '\0');
  for (std::size_t i = 0; i < much.size(); ++i) much[i] = static_cast<char>(i * 2'654'435'761U >> 24);
  std::thread writer([&] { data.stream.send(much); });
  EXPECT_EQ(read_exactly(peer, much.size()), much);
  writer.join();
  std::thread answerer([&] { asio::write(peer, asio::buffer(much)); });
  EXPECT_EQ(data.stream.read_exactly(much.size()), much);
  answerer.join();
}

// A client that has said all it had to say may still be answered.
TEST_F(TcpRelay, one_side_may_end_before_the_other) {
  TcpClient<RawClient> control(server_.port());
  ASSERT_EQ(control.allocate_tcp()->code(), 0);
  Listener listener;
  const auto connected = control.connect(listener.local());
  asio::ip::tcp::socket peer = listener.accept();
  TcpClient<RawClient> data(server_.port());
  ASSERT_EQ(data.bind_to(id_of(connected))->code(), 0);
  asio::write(peer, asio::buffer("question", 8));
  peer.shutdown(asio::ip::tcp::socket::shutdown_send);
  EXPECT_EQ(data.stream.read_exactly(8), "question");
  data.stream.send("answer");
  EXPECT_EQ(read_exactly(peer, 6), "answer");
  data.stream.vanish();
  EXPECT_TRUE(is_at_end(peer));
  EXPECT_TRUE(eventually([&] { return open_connections() == 0; }));
}

TEST_F(TcpRelay, what_cannot_be_reached_is_told) {
  TcpClient<RawClient> control(server_.port());
  ASSERT_EQ(control.allocate_tcp()->code(), 0);
  Endpoint nobody;
  {
    Listener gone;
    nobody = gone.local();
  }
  EXPECT_EQ(control.connect(nobody)->code(), 447);
  EXPECT_EQ(control.connect({*IpAddress::parse("127.0.0.1"), server_.port()})->code(), 403) << "the server itself";
  EXPECT_EQ(control.connect(*Endpoint::parse("10.0.0.1:80"))->code(), 403);
}

TEST_F(TcpRelay, everything_ends_with_the_control_connection) {
  auto control = std::make_unique<TcpClient<RawClient>>(server_.port());
  const Endpoint relayed = control->allocate_tcp()->relayed();
  Listener listener;
  const auto joined = control->connect(listener.local());
  asio::ip::tcp::socket peer = listener.accept();
  TcpClient<RawClient> data(server_.port());
  ASSERT_EQ(data.bind_to(id_of(joined))->code(), 0);
  Listener other;
  ASSERT_EQ(control->connect(other.local())->code(), 0);
  asio::ip::tcp::socket pending = other.accept();
  control->stream.vanish();
  EXPECT_TRUE(is_at_end(peer));
  EXPECT_TRUE(is_at_end(pending));
  EXPECT_EQ(data.stream.read_all(), "");
  EXPECT_EQ(open_connections(), 0);
  asio::io_context io;
  asio::ip::tcp::socket late(io);
  boost::system::error_code error;
  late.connect(net::to_asio<asio::ip::tcp>(relayed), error);
  EXPECT_TRUE(error);
}

// Two clients of this server, each by its own relayed address.
TEST_F(TcpRelay, relayed_to_relayed) {
  TcpClient<RawClient> alice(server_.port()), bob(server_.port());
  const Endpoint at_alice = alice.allocate_tcp()->relayed(), at_bob = bob.allocate_tcp()->relayed();
  ASSERT_EQ(bob.permit({at_alice})->code(), 0);
  ASSERT_TRUE(
      alice.send_request(Method::connect, [&](Builder& b) { b.add_xor_address(Attribute::xor_peer_address, at_bob); }));
  const auto attempt = bob.read_message();
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->xor_address(Attribute::xor_peer_address), at_alice);
}

}  // namespace
}  // namespace plntry::test
