#include "doctor/url.hpp"

#include <gtest/gtest.h>

namespace plntry::doctor {
namespace {

TEST(DoctorUrl, a_page_has_the_port_of_its_scheme) {
  const auto url = parse_url("https://call.example.org/room#key");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "call.example.org");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->transport, Transport::tls);
  EXPECT_EQ(parse_url("http://localhost:8080")->port, 8080);
  EXPECT_EQ(parse_url("call.example.org")->scheme, Scheme::https);
}

// RFC 7064 §3.2, RFC 7065 §3.2.
TEST(DoctorUrl, ice_urls_have_their_own_ports_and_transports) {
  EXPECT_EQ(parse_url("stun:a.example")->port, 3478);
  EXPECT_EQ(parse_url("turns:a.example")->port, 5349);
  EXPECT_EQ(parse_url("turn:a.example")->transport, Transport::udp);
  EXPECT_EQ(parse_url("turn:a.example?transport=tcp")->transport, Transport::tcp);
  EXPECT_EQ(parse_url("turns:a.example:443?transport=tcp")->transport, Transport::tls);
  EXPECT_EQ(parse_url("turns:a.example?transport=udp")->transport, Transport::dtls);
}

TEST(DoctorUrl, an_ipv6_address_stands_in_brackets) {
  const auto url = parse_url("turn:[2001:db8::1]:443");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->authority(), "[2001:db8::1]:443");
}

TEST(DoctorUrl, what_is_no_url_is_refused) {
  for (const char* text : {"", "https://", "https://a:", "https://a:0", "https://a:65536", "https://a:8o",
                           "turn:a?transport=sctp", "turn:[::1", "turn:[1.2.3.4]", "https://a b", "stun:a/b"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace plntry::doctor
