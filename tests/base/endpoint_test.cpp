#include "base/endpoint.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace plntry {
namespace {

std::string printed(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "refused";
}

// RFC 5952 §4: one address, one text.
TEST(IpAddress, prints_the_canonical_form) {
  EXPECT_EQ(printed("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(printed("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(printed("::"), "::");
  EXPECT_EQ(printed("0:0:0:0:0:0:0:1"), "::1");
  EXPECT_EQ(printed("2001:DB8::"), "2001:db8::");
  EXPECT_EQ(printed("2001:0db8:0000:0000:0001:0000:0000:0001"), "2001:db8::1:0:0:1");
  EXPECT_EQ(printed("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");  // a single zero group stays
  EXPECT_EQ(printed("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
  EXPECT_EQ(printed("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
  EXPECT_EQ(printed("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
  EXPECT_EQ(printed("::FFFF:c000:0201"), "::ffff:192.0.2.1");
  EXPECT_EQ(printed("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
  EXPECT_EQ(printed("1:2:3:4:5:6:192.0.2.1"), "1:2:3:4:5:6:c000:201");
}

TEST(IpAddress, refuses_what_is_no_address) {
  for (const auto* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.04",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1..2.3",
                           "1.2.3.",
                           "0x1.2.3.4",
                           "+1.2.3.4",
                           "-1.2.3.4",
                           "127.1",
                           "2130706433",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "1:2:3:4:5:6:7::8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "12345::",
                           "g::",
                           "1:",
                           ":1",
                           "::1:",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1/64",
                           "::+1"}) {
    EXPECT_EQ(printed(text), "refused") << text;
  }
}

TEST(IpAddress, every_address_comes_back_from_its_text) {
  EXPECT_TRUE(rc::check([](std::array<std::uint8_t, 16> bytes) {
    const int zeros = *rc::gen::inRange(0, 17);  // long runs of zeros are what the short form is about
    const int from = *rc::gen::inRange(0, 17);
    for (int i = from; i < 16 && i < from + zeros; ++i) bytes[static_cast<std::size_t>(i)] = 0;
    RC_ASSERT(IpAddress::parse(IpAddress::v6(bytes).to_string()) == IpAddress::v6(bytes));
    RC_ASSERT(IpAddress::parse(IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]).to_string()) ==
              IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]));
  }));
}

TEST(IpAddress, four_or_sixteen_bytes_make_an_address) {
  const std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
  EXPECT_EQ(IpAddress::from_bytes(bytes)->to_string(), "2001:db8::");
  EXPECT_EQ(IpAddress::from_bytes(Bytes{bytes}.first(4))->to_string(), "32.1.13.184");
  EXPECT_FALSE(IpAddress::from_bytes(Bytes{bytes}.first(5)));
  EXPECT_FALSE(IpAddress::from_bytes({}));
}

TEST(IpAddress, v4_mapped_addresses_fold_to_ipv4_and_back) {
  const IpAddress v4 = IpAddress::v4(127, 0, 0, 1);
  EXPECT_EQ(v4.mapped().to_string(), "::ffff:127.0.0.1");
  EXPECT_TRUE(v4.mapped().is_v4_mapped());
  EXPECT_EQ(v4.mapped().unmapped(), v4);
  EXPECT_EQ(v4.unmapped(), v4);
  const IpAddress v6 = *IpAddress::parse("2001:db8::1");
  EXPECT_FALSE(v6.is_v4_mapped());
  EXPECT_EQ(v6.unmapped(), v6);
  EXPECT_EQ(v6.mapped(), v6);
  EXPECT_NE(v4, v4.mapped());
}

TEST(IpAddress, unspecified_is_all_zeros_of_either_family) {
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
}

TEST(Endpoint, parses_and_prints_with_brackets_around_ipv6) {
  EXPECT_EQ(Endpoint::parse("192.0.2.1:80")->to_string(), "192.0.2.1:80");
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:65535")->to_string(), "[2001:db8::1]:65535");
  EXPECT_EQ(Endpoint::parse("[::]:0")->to_string(), "[::]:0");
  for (const auto* text : {"", ":80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:080", "::1:80",
                           "[1.2.3.4]:80", "[::1]", "[::1:80", "::1]:80", "[]:80", "[:80", "localhost:80"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(EndpointHash, tells_family_address_port_and_seed_apart) {
  const auto zero6 = Endpoint{IpAddress::v6({}), 1};
  const auto zero4 = Endpoint{IpAddress::v4(0, 0, 0, 0), 1};
  std::set<std::uint64_t> hashes{hash(zero6, 1), hash(zero4, 1), hash(zero4, 2), hash(Endpoint{zero4.address, 2}, 1)};
  EXPECT_EQ(hashes.size(), 4u);
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const auto low = static_cast<std::uint8_t>(i);
    hashes.insert(hash(Endpoint{IpAddress::v4(10, 0, static_cast<std::uint8_t>(i >> 8), low), 3478}, 7) & 0xFFFFFFFF);
  }
  EXPECT_GE(hashes.size(), 10'003u);  // near-equal keys spread over the low bits
}

}  // namespace
}  // namespace plntry
