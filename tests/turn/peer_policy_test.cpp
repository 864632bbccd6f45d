#include "turn/peer_policy.hpp"

#include <gtest/gtest.h>

namespace plntry::turn {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

// The first and the last address of each range, and their neighbours outside where those are ordinary.
TEST(PeerPolicy, refuses_every_special_range_to_its_ends) {
  const PeerPolicy policy{{}};
  for (const auto* text : {"0.0.0.0",
                           "0.255.255.255",
                           "10.0.0.0",
                           "10.255.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.0.0",
                           "169.254.169.254",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.0.0.0",
                           "192.0.0.255",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.0",
                           "192.168.255.255",
                           "198.18.0.0",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "168.63.129.16",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::8.8.8.8",
                           "::ffff:127.0.0.1",
                           "::ffff:8.8.8.8",
                           "::ffff:0:0",
                           "64:ff9b::7f00:1",
                           "64:ff9b::808:808",
                           "64:ff9b:1::1",
                           "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                           "100::",
                           "100::ffff:ffff:ffff:ffff",
                           "2001::",
                           "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "2002:ffff::",
                           "fc00::",
                           "fdff:ffff::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "feff::1",
                           "ff00::",
                           "ff02::1",
                           "ffff::1"}) {
    EXPECT_FALSE(policy.allows(ip(text))) << text;
  }
}

TEST(PeerPolicy, allows_the_ordinary_internet_up_to_those_ends) {
  const PeerPolicy policy{{}};
  for (const auto* text :
       {"1.0.0.0",       "9.255.255.255",   "11.0.0.0",        "100.63.255.255",  "100.128.0.0",    "126.255.255.255",
        "128.0.0.0",     "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",     "192.0.1.0",
        "192.0.3.0",     "192.88.98.255",   "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "203.0.112.255",   "203.0.114.0",     "223.255.255.255", "168.63.129.15",  "168.63.129.17",
        "8.8.8.8",       "2001:1::1",       "2001:db7::1",     "2001:db9::1",     "2003::1",        "2606:4700::1111",
        "2a00::1",       "65::1",           "64:ff9b:2::1",    "100:0:0:1::"}) {
    EXPECT_TRUE(policy.allows(ip(text))) << text;
  }
}

TEST(PeerPolicy, an_allowed_range_overrides_the_defaults_in_its_own_form_only) {
  const PeerPolicy policy{{.allow = {*Prefix::parse("10.1.0.0/16")}, .deny = {}, .listeners = {}}};
  EXPECT_TRUE(policy.allows(ip("10.1.2.3")));
  EXPECT_FALSE(policy.allows(ip("10.2.2.3")));
  EXPECT_FALSE(policy.allows(ip("::ffff:10.1.2.3")));
}

TEST(PeerPolicy, a_denied_range_overrides_everything) {
  const PeerPolicy policy{{.allow = {*Prefix::parse("10.1.0.0/16")},
                           .deny = {*Prefix::parse("10.1.9.0/24"), *Prefix::parse("8.8.8.8")},
                           .listeners = {}}};
  EXPECT_FALSE(policy.allows(ip("10.1.9.3")));
  EXPECT_FALSE(policy.allows(ip("8.8.8.8")));
  EXPECT_TRUE(policy.allows(ip("8.8.4.4")));
  EXPECT_FALSE(policy.allows_explicitly(ip("10.1.9.3")));
}

TEST(PeerPolicy, the_servers_own_addresses_are_refused) {
  const PeerPolicy policy{{.allow = {}, .deny = {}, .listeners = {*Endpoint::parse("8.8.8.8:3478")}}};
  EXPECT_FALSE(policy.allows(ip("8.8.8.8")));
  EXPECT_TRUE(policy.allows(ip("8.8.8.9")));
}

TEST(PeerPolicy, a_listener_is_known_in_every_form) {
  const PeerPolicy policy{
      {.allow = {}, .deny = {}, .listeners = {*Endpoint::parse("8.8.8.8:3478"), *Endpoint::parse("[::]:443")}}};
  EXPECT_TRUE(policy.is_listener(*Endpoint::parse("8.8.8.8:3478")));
  EXPECT_TRUE(policy.is_listener(*Endpoint::parse("[::ffff:8.8.8.8]:3478")));
  EXPECT_FALSE(policy.is_listener(*Endpoint::parse("8.8.8.8:3479")));
  EXPECT_TRUE(policy.is_listener(*Endpoint::parse("9.9.9.9:443")));  // the unspecified address is every one
}

TEST(Prefix, parses_and_prints_cidr) {
  EXPECT_EQ(Prefix::parse("10.0.0.0/8")->to_string(), "10.0.0.0/8");
  EXPECT_EQ(Prefix::parse("2001:db8::/32")->to_string(), "2001:db8::/32");
  EXPECT_EQ(Prefix::parse("192.0.2.1")->to_string(), "192.0.2.1/32");
  EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(ip("255.1.2.3")));
  EXPECT_FALSE(Prefix::parse("0.0.0.0/0")->contains(ip("::1")));
  for (const auto* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8", "x/8"}) {
    EXPECT_FALSE(Prefix::parse(text)) << text;
  }
}

}  // namespace
}  // namespace plntry::turn
