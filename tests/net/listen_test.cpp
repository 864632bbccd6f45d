#include "net/listen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/harness.hpp"

namespace plntry::test {
namespace {

using testing::HasSubstr;

std::string error_of(const Endpoint& endpoint) {
  try {
    net::claim(endpoint);
  } catch (const net::ListenError& error) {
    return error.what();
  }
  return "";
}

TEST(Listen, busy_port_is_explained) {
  TestServer server;
  const Endpoint taken{IpAddress::v6({}), server.port()};
  EXPECT_THAT(error_of(taken), HasSubstr("is in use by another program"));
  EXPECT_THAT(error_of(taken), HasSubstr("--listen [::]:" + std::to_string(server.port() + 1)));
  EXPECT_THAT(error_of({IpAddress{}, server.port()}), HasSubstr("in use")) << "the same port over IPv4";
}

TEST(Listen, port_taken_for_udp_alone_is_explained) {
  boost::asio::io_context io;
  boost::asio::ip::udp::socket other(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  EXPECT_THAT(error_of({IpAddress::v4(127, 0, 0, 1), other.local_endpoint().port()}), HasSubstr("in use"));
}

TEST(Listen, foreign_address_is_explained) {
  EXPECT_THAT(error_of(*Endpoint::parse("192.0.2.1:8080")), HasSubstr("is not an address of this machine"));
}

TEST(Listen, port_is_free_again_at_once) {
  std::uint16_t port = 0;
  {
    TestServer server;
    port = server.port();
    get(server, "/healthz");
  }
  EXPECT_EQ(error_of({IpAddress::v6({}), port}), "");
}

}  // namespace
}  // namespace plntry::test
