// Each fault of a running server by itself: the doctor names it, and the remedy is for it.
#include <gmock/gmock.h>

#include "doctor/judge.hpp"

namespace plntry::doctor {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Ne;

const IpAddress kServer = *IpAddress::parse("203.0.114.1");
const IpAddress kHere = *IpAddress::parse("198.51.101.7");
constexpr WallTime kNow{1'800'000'000s};

Outcome error(std::uint16_t code) { return {.kind = Outcome::Kind::error, .code = code, .phrase = {}}; }
Outcome success() { return {.kind = Outcome::Kind::success, .code = 0, .phrase = {}}; }
Outcome silence() { return {.kind = Outcome::Kind::no_answer, .code = 0, .phrase = {}}; }

Certificate good_certificate() {
  return {.is_trusted = true,
          .distrust = {},
          .is_self_signed = false,
          .names_host = true,
          .names = "call.example.org",
          .begins = kNow - 24h,
          .expires = kNow + 24h * 60};
}

RelayFacts good_relay(std::string_view url) {
  RelayFacts facts;
  facts.url = *parse_url(url);
  facts.server = {kServer, facts.url.port};
  facts.is_own = facts.has_account = true;
  if (facts.url.transport == Transport::tls) facts.certificate = good_certificate();
  facts.binding = facts.allocation = facts.second = facts.permission_between = facts.permission_here = success();
  facts.mapped = Endpoint{kHere, 40'000};
  facts.relayed = facts.came_from = Endpoint{kServer, 50'000};
  facts.took = 12ms;
  facts.round_trip = facts.reached_us = facts.reached_relay = true;
  return facts;
}

Outside good_server() {
  Outside facts;
  facts.target = *parse_url("https://call.example.org");
  facts.name = {"call.example.org", {kServer}, {}};
  facts.certificate = good_certificate();
  facts.is_plntry = facts.joined = true;
  facts.health_status = 200;
  facts.time = kNow;
  facts.server_time = kNow;
  for (const char* url : {"turn:call.example.org:443?transport=udp", "turn:call.example.org:443?transport=tcp",
                          "turns:call.example.org:443?transport=tcp"}) {
    facts.relays.push_back(good_relay(url));
  }
  return facts;
}

std::vector<std::string> failed(const Findings& findings) {
  std::vector<std::string> checks;
  for (const Finding& each : findings) {
    if (each.grade == Grade::failed) checks.push_back(each.check);
  }
  return checks;
}

const Finding& find(const Findings& findings, std::string_view check) {
  for (const Finding& each : findings) {
    if (each.check == check) return each;
  }
  static const Finding kNone{};
  ADD_FAILURE() << "no " << check;
  return kNone;
}

TEST(DoctorOutside, a_good_server_passes_everything) {
  for (const Finding& each : judge(good_server())) {
    EXPECT_EQ(each.grade, Grade::passed) << each.check << ": " << each.text;
    EXPECT_EQ(each.remedy, "");
  }
}

TEST(DoctorOutside, a_name_without_an_address_ends_it) {
  Outside facts = good_server();
  facts.name = {"call.example.org", {}, "Name or service not known"};
  EXPECT_THAT(failed(judge(facts)), ElementsAre("name"));
}

TEST(DoctorOutside, a_port_that_refuses_is_not_one_that_is_silent) {
  Outside facts = good_server();
  facts.page_failure = Failure{Trouble::refused, {}};
  EXPECT_THAT(find(judge(facts), "port").remedy, HasSubstr("Start plntry"));
  facts.page_failure = Failure{Trouble::timed_out, {}};
  EXPECT_THAT(find(judge(facts), "port").remedy, HasSubstr("443/tcp"));
  EXPECT_THAT(failed(judge(facts)), ElementsAre("port"));
}

TEST(DoctorOutside, a_port_that_speaks_no_tls_is_no_firewall) {
  Outside facts = good_server();
  facts.page_failure = Failure{Trouble::handshake, "it hangs up"};
  const Findings findings = judge(facts);
  EXPECT_THAT(failed(findings), ElementsAre("certificate"));
  EXPECT_THAT(find(findings, "certificate").remedy, HasSubstr("http://call.example.org:443"));
}

TEST(DoctorOutside, without_a_certificate_dtls_is_not_told_of_as_a_firewall) {
  Outside facts = good_server();
  RelayFacts dtls = good_relay("turns:call.example.org:443?transport=udp");
  facts.relays[2].failure = Failure{Trouble::handshake, "it hangs up"};
  facts.relays[2].relayed = std::nullopt;
  dtls.is_optional = true;
  dtls.failure = Failure{Trouble::timed_out, {}};
  dtls.relayed = std::nullopt;
  facts.relays.push_back(dtls);
  const Findings findings = judge(facts);
  EXPECT_THAT(failed(findings), ElementsAre("relay-tls"));
  EXPECT_THAT(findings, Each(Field(&Finding::check, Ne("relay-dtls"))));
}

// As on the server's own machine: what comes from its own address passes no firewall, and a relay sends nothing there.
TEST(DoctorOutside, the_servers_own_address_shows_nothing_of_its_firewall) {
  Outside facts = good_server();
  for (RelayFacts& relay : facts.relays) relay.mapped = Endpoint{kServer, 40'000}, relay.reached_us = false;
  const Findings findings = judge(facts);
  EXPECT_THAT(failed(findings), ElementsAre());
  EXPECT_EQ(find(findings, "relay-ports").grade, Grade::skipped);
  EXPECT_THAT(find(findings, "relay-ports").remedy, HasSubstr("another network"));
}

TEST(DoctorOutside, wrong_credentials_for_a_relay_alone_are_of_who_asks) {
  Outside facts = good_server();
  facts.target = *parse_url("turn:call.example.org");
  facts.relays = {good_relay("turn:call.example.org")};
  facts.relays[0].allocation = error(401);
  facts.relays[0].relayed = std::nullopt;
  EXPECT_THAT(find(judge(facts), "relay-udp").text, HasSubstr("that this command was given"));
}

TEST(DoctorOutside, each_fault_of_a_certificate_has_its_own_remedy) {
  const auto remedy = [](auto spoil) {
    Outside facts = good_server();
    spoil(*facts.certificate);
    const Findings findings = judge(facts);
    EXPECT_THAT(failed(findings), ElementsAre("certificate"));
    return find(findings, "certificate").remedy;
  };
  EXPECT_THAT(remedy([](Certificate& c) { c.expires = kNow - 1h; }), HasSubstr("Renew"));
  EXPECT_THAT(remedy([](Certificate& c) { c.begins = kNow + 1h; }), HasSubstr("clocks"));
  EXPECT_THAT(remedy([](Certificate& c) { c.names_host = false; }), HasSubstr("issued for call.example.org"));
  EXPECT_THAT(remedy([](Certificate& c) { c.is_trusted = false; }), HasSubstr("fullchain.pem"));
  EXPECT_THAT(remedy([](Certificate& c) { c.is_trusted = false, c.is_self_signed = true; }), HasSubstr("authority"));
}

TEST(DoctorOutside, a_certificate_that_ends_soon_is_advice) {
  Outside facts = good_server();
  facts.certificate->expires = kNow + 48h;
  EXPECT_EQ(find(judge(facts), "certificate").grade, Grade::advice);
}

TEST(DoctorOutside, a_clock_is_wrong_from_half_a_minute_on) {
  Outside facts = good_server();
  facts.server_time = kNow + 20s;
  EXPECT_THAT(failed(judge(facts)), ElementsAre());
  facts.server_time = kNow - 2h;
  EXPECT_THAT(failed(judge(facts)), ElementsAre("clock"));
  EXPECT_THAT(find(judge(facts), "clock").text, HasSubstr("2 h 0 min behind"));
}

TEST(DoctorOutside, without_any_relay_calls_fail) {
  Outside facts = good_server();
  facts.relays.clear();
  EXPECT_THAT(failed(judge(facts)), ElementsAre("relay"));
}

TEST(DoctorOutside, silence_over_udp_alone_is_a_firewall) {
  Outside facts = good_server();
  facts.relays[0].binding = silence();
  facts.relays[0].relayed = std::nullopt;
  const Findings findings = judge(facts);
  EXPECT_THAT(failed(findings), ElementsAre("relay-udp"));
  EXPECT_THAT(find(findings, "relay-udp").text, HasSubstr("UDP is blocked"));
  EXPECT_THAT(find(findings, "relay-udp").remedy, HasSubstr("443/udp"));
}

// RFC 8656 §19.
TEST(DoctorOutside, refusals_are_told_apart) {
  const auto remedy = [](std::uint16_t code, bool own = true) {
    Outside facts = good_server();
    facts.relays[1].allocation = error(code);
    facts.relays[1].is_own = own;
    const Findings findings = judge(facts);
    EXPECT_THAT(failed(findings), ElementsAre(own ? "relay-tcp" : "service-relay-tcp"));
    return find(findings, own ? "relay-tcp" : "service-relay-tcp").remedy;
  };
  EXPECT_THAT(remedy(401), HasSubstr("--relay-secret"));
  EXPECT_THAT(remedy(401, false), HasSubstr("static-auth-secret"));
  EXPECT_THAT(remedy(438), HasSubstr("several servers"));
  EXPECT_THAT(remedy(486), HasSubstr("--relay-quota"));
  EXPECT_THAT(remedy(486, false), HasSubstr("dashboard"));
  EXPECT_THAT(remedy(508), HasSubstr("--relay-ports"));
  EXPECT_THAT(remedy(403), HasSubstr("whom they admit"));
}

TEST(DoctorOutside, a_relay_that_is_somewhere_else_than_it_says_shows_where_it_is) {
  Outside facts = good_server();
  for (RelayFacts& relay : facts.relays) {
    relay.relayed = Endpoint{*IpAddress::parse("203.0.114.99"), 50'000};
    relay.reached_relay = relay.round_trip = false;
  }
  const Findings findings = judge(facts);
  EXPECT_EQ(failed(findings).front(), "public-address");
  EXPECT_THAT(find(findings, "public-address").remedy, HasSubstr("--public-address 203.0.114.1"));
  EXPECT_THAT(failed(findings), ::testing::Not(::testing::Contains("relay-ports")));
}

TEST(DoctorOutside, ports_behind_a_firewall_are_not_a_wrong_address) {
  Outside facts = good_server();
  for (RelayFacts& relay : facts.relays) relay.reached_relay = false;
  EXPECT_THAT(failed(judge(facts)), ElementsAre("relay-ports"));
}

TEST(DoctorOutside, a_private_machine_cannot_tell_whether_the_ports_are_reached) {
  Outside facts = good_server();
  for (RelayFacts& relay : facts.relays) {
    relay.permission_here = error(403);
    relay.reached_relay = relay.reached_us = false;
    relay.came_from = std::nullopt;
  }
  const Findings findings = judge(facts);
  EXPECT_THAT(failed(findings), ElementsAre());
  EXPECT_EQ(find(findings, "relay-ports").grade, Grade::skipped);
}

TEST(DoctorOutside, a_relay_that_gives_out_private_addresses_of_a_public_server_is_wrong_for_sure) {
  Outside facts = good_server();
  for (RelayFacts& relay : facts.relays) {
    relay.permission_here = error(403);
    relay.relayed = Endpoint{IpAddress::v4(10, 0, 0, 5), 50'000};
    relay.reached_relay = false;
  }
  EXPECT_THAT(failed(judge(facts)), ElementsAre("public-address"));
}

TEST(DoctorOutside, a_proxy_that_passes_no_websocket_is_named) {
  Outside facts = good_server();
  facts.joined = false;
  facts.join_refusal = "HTTP status 404";
  facts.relays.clear();
  EXPECT_THAT(failed(judge(facts)), ElementsAre("signalling"));
}

TEST(DoctorReport, text_counts_what_failed) {
  Outside facts = good_server();
  facts.server_time = kNow - 2h;
  const Findings findings = judge(facts);
  EXPECT_THAT(print_text(findings), HasSubstr("FAIL clock"));
  EXPECT_THAT(print_text(findings), HasSubstr("1 failed, 10 passed."));
}

}  // namespace
}  // namespace plntry::doctor
