// STUN Binding over the sockets that it comes by; the codec is tested in tests/stun.
#include <sstream>

#include <boost/asio/buffer.hpp>
#include <gtest/gtest.h>

#include "net/address.hpp"
#include "net/harness.hpp"
#include "stun/binding.hpp"
#include "stun/builder.hpp"
#include "stun/message.hpp"

namespace plntry::test {
namespace {

namespace asio = boost::asio;

// RFC 8489 §6: a Binding request with nothing in it.
const std::string kRequest{
    "\x00\x01\x00\x00\x21\x12\xA4\x42"
    "abcdefghijkl",
    20};

std::optional<Endpoint> mapped_address(std::string_view answer) {
  const auto message = stun::MessageView::parse(as_bytes(answer));
  if (!message) return std::nullopt;
  const auto value = message->find(stun::Attribute::xor_mapped_address);
  return value ? stun::decode_xor_address(*value, message->transaction_id()) : std::nullopt;
}

class Udp {
 public:
  Udp(std::uint16_t port, const char* address) : socket_(io_), server_(asio::ip::make_address(address), port) {
    socket_.open(server_.protocol());
    socket_.bind({asio::ip::make_address(address), 0});
  }
  Endpoint local() const { return net::from_asio(socket_.local_endpoint()); }
  void send(std::string_view datagram) { socket_.send_to(asio::buffer(datagram), server_); }
  // Only from where it was sent to, as a NAT would have it.
  std::string receive() {
    std::array<char, 2000> buffer;
    asio::ip::udp::endpoint from;
    std::string received;
    socket_.async_receive_from(asio::buffer(buffer), from, [&](boost::system::error_code error, std::size_t size) {
      if (!error) received.assign(buffer.data(), size);
    });
    io_.restart();
    io_.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(kPatience));
    return from == server_ ? received : "";
  }

 private:
  asio::io_context io_;
  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint server_;
};

// Of the relay, for whatever reason.
std::uint64_t dropped(const TestServer& server) {
  std::uint64_t sum = 0;
  std::istringstream lines(get(server, "/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("plntry_relay_drops_total{")) sum += std::stoull(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

TEST(StunUdp, tells_ipv4_and_ipv6_clients_their_address) {
  TestServer server;
  for (const char* address : {"127.0.0.1", "127.0.0.2", "::1"}) {
    Udp client(server.port(), address);
    client.send(kRequest);
    EXPECT_EQ(mapped_address(client.receive()), client.local()) << address;
  }
}

TEST(StunUdp, ignores_everything_else) {
  TestServer server;
  Udp client(server.port(), "127.0.0.1");
  for (const std::string& garbage :
       {std::string{"garbage"}, std::string{}, std::string(1'500, '\0'), kRequest.substr(0, 19), kRequest + "x"}) {
    client.send(garbage);
  }
  client.send(kRequest);
  EXPECT_EQ(mapped_address(client.receive()), client.local()) << "the first answer is that of the request";
  EXPECT_TRUE(eventually([&] { return dropped(server) == 5; }));
}

TEST(StunTcp, answers_requests_however_they_are_cut) {
  TestServer server;
  for (const char* address : {"127.0.0.1", "::1"}) {
    RawClient client(server.port(), address);
    client.send(kRequest.substr(0, 1));
    client.send(kRequest.substr(1, 12));
    client.send(kRequest.substr(13) + kRequest);
    for (int i = 0; i < 2; ++i) {
      std::string answer = client.read_exactly(20);
      ASSERT_EQ(answer.size(), 20);
      answer += client.read_exactly(load_be16(as_bytes(answer), 2));
      const auto mapped = mapped_address(answer);
      ASSERT_TRUE(mapped);
      EXPECT_EQ(mapped->address, IpAddress::parse(address));
    }
  }
}

TEST(StunTcp, garbage_ends_the_connection) {
  TestServer server;
  RawClient client(server.port());
  client.send(std::string(100, '\x01'));
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().turn_streams_broken.value() == 1; }));
}

TEST(StunTcp, half_a_message_ends_at_the_deadline) {
  TestServer server([](app::Config& config) { config.turn_stream.message_timeout = 100ms; });
  RawClient client(server.port());
  client.send(kRequest.substr(0, 10));
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_expired.value() == 1; }));
}

}  // namespace
}  // namespace plntry::test
