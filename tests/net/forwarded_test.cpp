// Whom trusted proxies brought; first the rule, then what it is used for.
#include "net/forwarded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/harness.hpp"

namespace plntry::test {
namespace {

using net::ForwardedFields;
using net::Sender;
using net::TrustedProxies;
using testing::HasSubstr;

const TrustedProxies kProxies{*Prefix::parse("10.0.0.0/8"), *Prefix::parse("fd00::/8")};

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

Sender sender(std::string_view peer, const ForwardedFields& fields) {
  return net::sender_of(ip(peer), fields, kProxies);
}

TEST(Forwarded, counts_only_from_a_trusted_proxy) {
  const ForwardedFields fields{"198.51.100.7", "https", ""};
  EXPECT_EQ(sender("10.1.2.3", fields), (Sender{ip("198.51.100.7"), true}));
  EXPECT_EQ(sender("fd00::1", fields), (Sender{ip("198.51.100.7"), true}));
  EXPECT_EQ(sender("192.0.2.1", fields), Sender{ip("192.0.2.1")});
  EXPECT_EQ(net::sender_of(ip("10.1.2.3"), fields, {}), Sender{ip("10.1.2.3")});
}

TEST(Forwarded, sender_is_the_rightmost_that_is_not_trusted) {
  EXPECT_EQ(sender("10.1.2.3", {"1.1.1.1, 198.51.100.7, 10.9.9.9", "", ""}).address, ip("198.51.100.7"));
  EXPECT_EQ(sender("10.1.2.3", {"1.1.1.1,198.51.100.7", "", ""}).address, ip("198.51.100.7"))
      << "what stands further left, anybody may have written";
  EXPECT_EQ(sender("10.1.2.3", {"10.0.0.5, 10.0.0.6", "", ""}).address, ip("10.0.0.5")) << "all are trusted";
}

TEST(Forwarded, what_cannot_be_read_ends_the_walk) {
  EXPECT_EQ(sender("10.1.2.3", {"198.51.100.7, unknown", "", ""}).address, ip("10.1.2.3"));
  EXPECT_EQ(sender("10.1.2.3", {"198.51.100.7, , 10.4.4.4", "", ""}).address, ip("10.4.4.4"));
  EXPECT_EQ(sender("10.1.2.3", {"", "", ""}), Sender{ip("10.1.2.3")});
  std::string many = "198.51.100.7";
  for (int i = 0; i < 100; ++i) many += ",10.0.0.1";
  EXPECT_EQ(sender("10.1.2.3", {many, "", ""}).address, ip("10.0.0.1")) << "no more than so many are looked at";
}

TEST(Forwarded, ports_and_brackets_are_read_over) {
  EXPECT_EQ(sender("10.1.2.3", {"198.51.100.7:4711", "", ""}).address, ip("198.51.100.7"));
  EXPECT_EQ(sender("10.1.2.3", {"2001:db8::7", "", ""}).address, ip("2001:db8::7"));
  EXPECT_EQ(sender("10.1.2.3", {"[2001:db8::7]:4711", "", ""}).address, ip("2001:db8::7"));
  EXPECT_EQ(sender("10.1.2.3", {"[2001:db8::7]", "", ""}).address, ip("2001:db8::7"));
  EXPECT_EQ(sender("10.1.2.3", {"::ffff:198.51.100.7", "", ""}).address, ip("198.51.100.7"));
}

// RFC 7239 §4
TEST(Forwarded, the_standard_field_is_read_too) {
  EXPECT_EQ(sender("10.1.2.3", {"", "", R"(for=1.1.1.1, For="[2001:db8::7]:4711";proto=HTTPS;by=10.1.2.3)"}),
            (Sender{ip("2001:db8::7"), true}));
  EXPECT_EQ(sender("10.1.2.3", {"", "", "for=198.51.100.7;proto=http"}), (Sender{ip("198.51.100.7"), false}));
  EXPECT_EQ(sender("10.1.2.3", {"", "", "for=_hidden;proto=https"}), (Sender{ip("10.1.2.3"), true}));
}

TEST(Forwarded, half_a_quotation_swallows_nothing) {
  EXPECT_EQ(sender("10.1.2.3", {"", "", R"(for="9.9.9.9, for=198.51.100.7)"}).address, ip("198.51.100.7"));
}

TEST(Forwarded, contradiction_makes_it_the_proxys_own) {
  EXPECT_EQ(sender("10.1.2.3", {"198.51.100.7", "https", "for=1.1.1.1"}), Sender{ip("10.1.2.3")});
  EXPECT_EQ(sender("10.1.2.3", {"198.51.100.7", "https", "for=198.51.100.7"}), (Sender{ip("198.51.100.7"), true}));
}

TEST(Forwarded, last_proto_counts) {
  EXPECT_EQ(sender("10.1.2.3", {"", "http, https", ""}).https, true);
  EXPECT_EQ(sender("10.1.2.3", {"", "ftp", ""}).https, std::nullopt);
}

// A server whose proxies are on this machine.
TestServer proxied(const std::function<void(app::Config&)>& configure = {}) {
  return TestServer{[&](app::Config& config) {
    config.trusted_proxies = {*Prefix::parse("127.0.0.0/8")};
    if (configure) configure(config);
  }};
}

RawClient join_from(const TestServer& server, std::uint8_t number, const std::string& address) {
  RawClient client(server.port());
  client.send(upgrade_request(server, "room-" + std::to_string(number), join_protocols(join_request(secret(number))),
                              "X-Forwarded-For: " + address + "\r\n"));
  return client;
}

TEST(TrustedProxy, limits_by_address_are_of_its_clients) {
  TestServer server = proxied([](app::Config& config) { config.limits.per_address_max = 1; });
  RawClient ann = join_from(server, 1, "198.51.100.7");
  EXPECT_THAT(ann.read_until("\"you\""), HasSubstr("welcome"));
  RawClient bob = join_from(server, 2, "198.51.100.8");
  EXPECT_THAT(bob.read_until("\"you\""), HasSubstr("welcome"));
  RawClient also_ann = join_from(server, 3, "6.6.6.6, 198.51.100.7");
  EXPECT_THAT(also_ann.read_until("retryAfter"), HasSubstr("too_many_connections"));
}

TEST(TrustedProxy, place_of_a_client_is_free_again_when_it_has_gone) {
  TestServer server = proxied([](app::Config& config) { config.limits.per_address_max = 1; });
  join_from(server, 1, "198.51.100.7").read_until("\"you\"");
  EXPECT_TRUE(eventually([&] { return server->metrics().websockets_open.value() == 0; }));
  RawClient again = join_from(server, 2, "198.51.100.7");
  EXPECT_THAT(again.read_until("\"you\""), HasSubstr("welcome"));
}

TEST(TrustedProxy, who_joins_too_often_keeps_nobody_else_out) {
  TestServer server =
      proxied([](app::Config& config) { config.signaling.joins = {.capacity = 1, .per_second = 0.001}; });
  RawClient ann = join_from(server, 1, "198.51.100.7");
  EXPECT_THAT(ann.read_until("\"you\""), HasSubstr("welcome"));
  RawClient again = join_from(server, 2, "198.51.100.7");
  EXPECT_THAT(again.read_until("retryAfter"), HasSubstr("flooding"));
  RawClient bob = join_from(server, 3, "198.51.100.8");
  EXPECT_THAT(bob.read_until("\"you\""), HasSubstr("welcome"));
}

TEST(TrustedProxy, page_that_came_over_http_is_sent_to_https) {
  TestServer server = proxied();
  const auto ask = [&](std::string_view headers) {
    RawClient client(server.port());
    client.send("GET /abc-def HTTP/1.1\r\nHost: call.example\r\n" + std::string{headers} + "\r\n");
    return read_answer(client);
  };
  const Answer plain = ask("X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: http\r\n");
  EXPECT_EQ(plain.status, 308);
  EXPECT_EQ(plain.header("Location"), "https://call.example/abc-def");
  EXPECT_EQ(ask("X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n").status, 200);
  EXPECT_EQ(ask("X-Forwarded-For: 198.51.100.7\r\n").status, 200);
  TestServer distrustful;
  RawClient client(distrustful.port());
  client.send("GET / HTTP/1.1\r\nHost: call.example\r\nX-Forwarded-Proto: http\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 200);
}

TEST(TrustedProxy, page_that_came_over_http_is_a_stranger_to_who_came_over_https) {
  TestServer server = proxied();
  const auto status = [&](const std::string& scheme) {
    RawClient client(server.port());
    client.send(upgrade_request(server, "abc-def", join_protocols(join_request(secret(1))),
                                "X-Forwarded-Proto: https\r\nOrigin: " + scheme + "://" + server.authority() + "\r\n"));
    return read_answer(client).status;
  };
  EXPECT_EQ(status("https"), 101);
  EXPECT_EQ(status("http"), 403);
}

}  // namespace
}  // namespace plntry::test
