#include "net/http_target.hpp"

#include <gtest/gtest.h>

#include "net/assets.hpp"
#include "net/connection_limits.hpp"
#include "net/sniff.hpp"

namespace plntry::net {
namespace {

Route route(std::string_view target) { return parse_target(target).route; }

TEST(Target, finds_each_place) {
  EXPECT_EQ(route("/"), Route::page);
  EXPECT_EQ(route("/?utm=1"), Route::page);
  EXPECT_EQ(route("/abc-defg-hij"), Route::page);
  EXPECT_EQ(route("/My%20Room"), Route::page) << "the page makes it canonical";
  EXPECT_EQ(route("/healthz"), Route::health);
  EXPECT_EQ(route("/readyz"), Route::ready);
  EXPECT_EQ(route("/metrics?x"), Route::metrics);
  EXPECT_EQ(route("/assets/index-abc.js"), Route::asset);
  EXPECT_EQ(parse_target("/assets/index-abc.js").name, "assets/index-abc.js");
  EXPECT_EQ(route("/api/rooms/abc-def/join"), Route::join);
  EXPECT_EQ(parse_target("/api/rooms/abc-def/join?x").name, "abc-def");
  EXPECT_EQ(route("/api/rooms/abc-def/events"), Route::events);
  EXPECT_EQ(parse_target("/api/rooms/abc-def/events").name, "abc-def");
  EXPECT_EQ(route("/api/frames"), Route::frames);
}

TEST(Target, leads_nowhere_else) {
  for (const char* target : {"",
                             "*",
                             "abc",
                             "http://host/",
                             "/..",
                             "/../etc/passwd",
                             "/assets/../../etc/passwd",
                             "/assets//x.js",
                             "/assets/.hidden",
                             "/.git",
                             "/.git/config",
                             "/assets/%2e%2e/x",
                             "/assets/..%2f",
                             "/a\\..\\b",
                             "/assets/x.js/",
                             "/api/",
                             "/api/rooms",
                             "/api/rooms/join",
                             "/api/rooms/a/b/join",
                             "/a.b/\0c"}) {
    EXPECT_EQ(route(target), Route::not_found) << target;
  }
  EXPECT_EQ(route("/" + std::string(300, 'a')), Route::not_found);
}

TEST(Host, is_a_uri_host_or_nothing) {
  EXPECT_EQ(parse_host("Call.Example.ORG:8080"), "call.example.org");
  EXPECT_EQ(parse_host("localhost"), "localhost");
  EXPECT_EQ(parse_host("192.0.2.1:1"), "192.0.2.1");
  EXPECT_EQ(parse_host("[2001:DB8::1]:8080"), "[2001:db8::1]");
  for (const char* bad : {"", ":80", "a b", "a\"b", "a:b", "[::1", "[::1]x", "[]", "[1.2.3.4]", "a..b", "-a",
                          "a:123456", "a/b", "user@host"}) {
    EXPECT_EQ(parse_host(bad), std::nullopt) << bad;
  }
}

TEST(Origin, is_same_only_with_the_same_host_and_port) {
  EXPECT_TRUE(is_same_origin("http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(is_same_origin("https://Call.example.org", "call.example.org"));
  EXPECT_TRUE(is_same_origin("https://call.example.org", "call.example.org:443"));
  EXPECT_TRUE(is_same_origin("http://[::1]:8080", "[::1]:8080"));
  EXPECT_FALSE(is_same_origin("http://localhost:8081", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("http://evil.example", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("null", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("http://localhost:8080.evil.example", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("file://localhost:8080", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("http://localhost:8080", ""));
}

TEST(Sniff, tells_protocols_by_the_first_byte) {
  EXPECT_EQ(sniff(0x16), Protocol::tls);
  EXPECT_EQ(sniff(0x00), Protocol::stun);
  EXPECT_EQ(sniff(0x01), Protocol::stun);
  EXPECT_EQ(sniff('G'), Protocol::http);
  EXPECT_EQ(sniff('H'), Protocol::http);
  EXPECT_EQ(sniff('g'), Protocol::unknown);
  EXPECT_EQ(sniff(0xFF), Protocol::unknown);
}

TEST(AcceptEncoding, honours_names_and_refusals) {
  EXPECT_TRUE(accepts("gzip, deflate, br", "br"));
  EXPECT_TRUE(accepts("br;q=0.1", "br"));
  EXPECT_FALSE(accepts("gzip, br;q=0", "br"));
  EXPECT_FALSE(accepts("br;q=0.000", "br"));
  EXPECT_FALSE(accepts("brotli", "br"));
  EXPECT_FALSE(accepts("", "gzip"));
  EXPECT_FALSE(accepts(";;,,", "gzip"));
}

TEST(ETag, matches_weakly) {
  EXPECT_TRUE(matches_etag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(matches_etag("*", "\"b\""));
  EXPECT_FALSE(matches_etag("\"a\"", "\"b\""));
  EXPECT_FALSE(matches_etag("", "\"b\""));
}

TEST(ConnectionLimits, count_a_subscriber_and_the_whole) {
  using Verdict = ConnectionLimits::Verdict;
  ConnectionLimits limits({.total_max = 4, .per_address_max = 2, .refusals_max = 1}, 7);
  const IpAddress a = *IpAddress::parse("2001:db8::1");
  const IpAddress same_subscriber = *IpAddress::parse("2001:db8::ffff:1");
  const IpAddress b = *IpAddress::parse("192.0.2.1");
  const auto first = limits.admit(a);
  auto second = std::make_optional(limits.admit(same_subscriber));
  EXPECT_EQ(second->verdict(), Verdict::admitted);
  {
    const auto third = limits.admit(a);
    EXPECT_EQ(third.verdict(), Verdict::address_full);
    EXPECT_EQ(limits.admit(a).verdict(), Verdict::closed);
    const auto other = limits.admit(b);
    EXPECT_EQ(other.verdict(), Verdict::admitted);
    const auto over = limits.admit(*IpAddress::parse("192.0.2.2"));
    EXPECT_EQ(over.verdict(), Verdict::server_full);
    EXPECT_EQ(limits.admit(*IpAddress::parse("192.0.2.3")).verdict(), Verdict::closed);
    EXPECT_EQ(limits.total(), 5);
  }
  EXPECT_EQ(limits.total(), 2);
  second.reset();
  EXPECT_EQ(limits.admit(a).verdict(), Verdict::admitted);
  EXPECT_EQ(limits.admit(*IpAddress::parse("::ffff:192.0.2.1")).verdict(), Verdict::admitted);
}

}  // namespace
}  // namespace plntry::net
