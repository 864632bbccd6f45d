// NAT behaviour discovery (RFC 5780) over the four sockets that it takes.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "net/harness.hpp"
#include "net/listen.hpp"
#include "net/socket_address.hpp"
#include "stun/message.hpp"
#include "support/stun_messages.hpp"

namespace plntry::test {
namespace {

using stun::Attribute;

constexpr IpAddress kPrimary = IpAddress::v4(127, 0, 0, 1), kAlternate = IpAddress::v4(127, 0, 0, 2);

// A UDP socket that tells where what it gets was sent from.
class Client {
 public:
  Client() {
    descriptor_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    net::SocketAddress native = net::to_socket_address({IpAddress::v4(127, 0, 0, 3), 0}, IpFamily::v4);
    EXPECT_EQ(::bind(descriptor_, &native.any, net::size_of(native)), 0);
    socklen_t size = sizeof native;
    EXPECT_EQ(::getsockname(descriptor_, &native.any, &size), 0);
    local = *net::to_endpoint(native);
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const Endpoint& to, Bytes bytes) const {
    const net::SocketAddress native = net::to_socket_address(to, IpFamily::v4);
    EXPECT_EQ(::sendto(descriptor_, bytes.data(), bytes.size(), 0, &native.any, net::size_of(native)),
              static_cast<ssize_t>(bytes.size()));
  }

  struct Got {
    Endpoint from;
    std::vector<std::uint8_t> bytes;
    stun::MessageView view() const { return stun::MessageView::parse(bytes).value(); }
    std::optional<Endpoint> address(Attribute type) const {
      const auto value = view().find(type);
      return value ? stun::decode_address(*value) : std::nullopt;
    }
  };
  Got receive() const {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(kPatience / 1ms)) <= 0) throw std::runtime_error("no answer came");
    std::vector<std::uint8_t> datagram(65'536);
    net::SocketAddress from{};
    socklen_t size = sizeof from;
    const ssize_t count = ::recvfrom(descriptor_, datagram.data(), datagram.size(), 0, &from.any, &size);
    datagram.resize(static_cast<std::size_t>(count));
    return {net::to_endpoint(from).value(), std::move(datagram)};
  }

  Endpoint local;

 private:
  int descriptor_;
};

std::vector<std::uint8_t> change(std::uint8_t flags) {
  return attribute(Attribute::change_request, Bytes{std::array<std::uint8_t, 4>{0, 0, 0, flags}});
}
// Long enough for a whole answer.
std::vector<std::uint8_t> filling() { return attribute(Attribute::software, std::string(32, 's')); }

// The second port is whichever is free; somebody may take it before the server does.
std::unique_ptr<TestServer> start(const Endpoint& listen) {
  for (int tries = 1;; ++tries) {
    const std::uint16_t second = Client().local.port;
    try {
      return std::make_unique<TestServer>([&](app::Config& config) {
        config.listen = {listen};
        config.public_addresses = {kPrimary};
        config.threads = 4;
        config.stun_alternates = {{.shown = kAlternate, .bound = kAlternate, .port = second}};
      });
    } catch (const net::ListenError&) {
      if (tries == 16) throw;
    }
  }
}

class Discovery : public testing::Test {
 protected:
  std::uint16_t first() const { return server_->port(); }
  std::uint16_t second() const { return (*server_)->discovery_place().each.at(0).ports[1]; }
  Client::Got ask(const Endpoint& at, Bytes request) const {
    client_.send(at, request);
    return client_.receive();
  }

  std::unique_ptr<TestServer> server_ = start({kPrimary, 0});
  Client client_;
};

// RFC 5780 §6.1, table 1, from each of the four, whichever loop takes it.
TEST_F(Discovery, answers_come_from_the_endpoint_that_was_asked_for) {
  for (const IpAddress& address : {kPrimary, kAlternate}) {
    const IpAddress& other = address == kPrimary ? kAlternate : kPrimary;
    for (const std::uint16_t port : {first(), second()}) {
      const std::uint16_t other_port = port == first() ? second() : first();
      const auto from = [&](std::uint8_t flags) {
        const auto got = ask({address, port}, binding_request({change(flags), filling()}));
        EXPECT_EQ(got.address(Attribute::response_origin), got.from);
        EXPECT_EQ(got.address(Attribute::other_address), (Endpoint{other, other_port}));
        EXPECT_EQ(got.address(Attribute::mapped_address), client_.local);
        return got.from;
      };
      EXPECT_EQ(from(0), (Endpoint{address, port}));
      EXPECT_EQ(from(2), (Endpoint{address, other_port}));
      EXPECT_EQ(from(4), (Endpoint{other, port}));
      EXPECT_EQ(from(6), (Endpoint{other, other_port}));
    }
  }
}

// §7.5: as a client that measures how long its NAT keeps a binding.
TEST_F(Discovery, response_port_reaches_another_socket_of_the_client) {
  const Client other;
  std::array<std::uint8_t, 4> port{};
  store_be16(port, 0, other.local.port);
  client_.send({kPrimary, first()}, binding_request({attribute(Attribute::response_port, port)}));
  EXPECT_EQ(other.receive().view().xor_mapped_address(), client_.local);
}

// §7.6: more than an MTU of the internet, as it was asked.
TEST_F(Discovery, padding_comes_back) {
  const std::vector<std::uint8_t> padding(1'500);
  const auto got = ask({kPrimary, first()}, binding_request({attribute(Attribute::padding, padding), change(6)}));
  EXPECT_EQ(got.from, (Endpoint{kAlternate, second()}));
  EXPECT_EQ(got.view().find(Attribute::padding)->size(), 1'500);
}

TEST_F(Discovery, the_extra_endpoints_relay_nothing) {
  client_.send({kAlternate, second()}, message({stun::Method::allocate, stun::Class::request}, {filling()}));
  const auto got = ask({kAlternate, second()}, binding_request());
  EXPECT_EQ(got.view().method(), stun::Method::binding) << "the only answer";
}

TEST(DiscoveryPlace, needs_another_address_and_another_port) {
  app::Config config;
  config.listen = {{kPrimary, 5000}};
  config.stun_alternates = {{.shown = kPrimary, .bound = kPrimary, .port = 5001}};
  EXPECT_THROW(app::place_discovery(config), std::runtime_error);
  config.stun_alternates = {{.shown = kAlternate, .bound = kAlternate, .port = 5000}};
  EXPECT_THROW(app::place_discovery(config), std::runtime_error);
  config.listen = {{*IpAddress::parse("::1"), 5000}};
  config.stun_alternates[0].port = 5001;
  EXPECT_THROW(app::place_discovery(config), std::runtime_error) << "no first address of its family";
}

}  // namespace
}  // namespace plntry::test
