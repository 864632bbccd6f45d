#include "net/ice.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/values.hpp"
#include "base/crypto.hpp"
#include "turn/credentials.hpp"

namespace plntry::net {
namespace {

using app::parse_ice_service;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace json = boost::json;

constexpr Now kNow{TimePoint{5s}, WallTime{std::chrono::seconds{1'800'000'000}}};
constexpr signaling::SessionId kSession{0x0123'4567'89AB'CDEF};
constexpr std::string_view kUser = "ASNFZ4mrze8";

struct Server {
  std::vector<std::string> urls;
  std::string username;
  std::string credential;
};

// Reads an offer as a browser does.
std::vector<Server> read(const signaling::IceOffer& offer) {
  std::vector<Server> servers;
  const json::value parsed = json::parse(*offer.servers);
  for (const json::value& each : parsed.as_array()) {
    const json::object& object = each.as_object();
    Server& server = servers.emplace_back();
    for (const json::value& url : object.at("urls").as_array()) server.urls.emplace_back(url.as_string());
    if (!object.contains("username")) continue;
    EXPECT_EQ(object.size(), 3);
    server.username = object.at("username").as_string();
    server.credential = object.at("credential").as_string();
  }
  return servers;
}

IceServers::Config relay_config() {
  IceServers::Config config;
  config.relay = true;
  config.port = 8443;
  config.relay_secret = "between us";
  return config;
}

signaling::IceOffer offer(const IceServers::Config& config,
                          const signaling::Entrance& entrance = {"call.example", true}) {
  return IceServers(config).offer(kSession, entrance, kNow);
}

std::vector<std::string> relay_urls(const IceServers::Config& config, const signaling::Entrance& entrance) {
  const auto servers = read(offer(config, entrance));
  return servers.size() < 2 ? std::vector<std::string>{} : servers[1].urls;
}

TEST(IceServers, relay_is_named_as_the_page_was_reached_with_credentials_of_the_session) {
  IceServers::Config config = relay_config();
  config.tls = true;
  const auto given = offer(config);
  const auto servers = read(given);
  ASSERT_EQ(servers.size(), 2);
  EXPECT_THAT(servers[0].urls, ElementsAre("stun:call.example:8443"));
  EXPECT_THAT(servers[0].username, IsEmpty());
  EXPECT_THAT(servers[1].urls,
              ElementsAre("turn:call.example:8443?transport=udp", "turn:call.example:8443?transport=tcp",
                          "turns:call.example:8443?transport=tcp"));
  EXPECT_EQ(servers[1].username, "1800000600:" + std::string{kUser});
  EXPECT_EQ(servers[1].credential, base64_encode(hmac_sha1(as_bytes("between us"), as_bytes(servers[1].username))));
  EXPECT_EQ(given.lifetime, 600s);
  EXPECT_FALSE(given.restart) << "our relay's allocations outlive their credentials";
}

// What revocation names is what the relay reads from the user name.
TEST(IceServers, relay_knows_the_session_by_its_user) {
  EXPECT_EQ(relay_user(kSession), kUser);
  EXPECT_EQ(turn::user_of(read(offer(relay_config()))[1].username), relay_user(kSession));
}

TEST(IceServers, credentials_open_the_relay_until_they_expire) {
  IceServers::Config config = relay_config();
  config.lifetime = 20s;
  const Server server = read(offer(config))[1];
  const turn::Credentials relay({.users = {}, .secrets = {"between us"}});
  const auto keys = [&](WallTime at) {
    return relay.keys(server.username, stun::PasswordAlgorithm::md5, at).list().size();
  };
  EXPECT_EQ(keys(kNow.wall + 19s), 1);
  EXPECT_EQ(keys(kNow.wall + 20s), 0);
}

// A certificate can only be good for a name that the browser reached us by, over TLS of our own, or that we were told.
TEST(IceServers, tls_is_named_only_where_the_certificate_can_match) {
  IceServers::Config config = relay_config();
  const auto tls = testing::Contains(testing::StartsWith("turns:"));
  EXPECT_THAT(relay_urls(config, {"call.example", true}), Not(tls)) << "no TLS here";
  config.tls = true;
  EXPECT_THAT(relay_urls(config, {"call.example", true}), tls);
  EXPECT_THAT(relay_urls(config, {"127.0.0.1", false}), Not(tls));
  config.relay_host = "relay.example";
  EXPECT_THAT(relay_urls(config, {"127.0.0.1", false}),
              ElementsAre("turn:relay.example:8443?transport=udp", "turn:relay.example:8443?transport=tcp",
                          "turns:relay.example:8443?transport=tcp"));
}

TEST(IceServers, transports_can_be_chosen) {
  IceServers::Config config = relay_config();
  config.transports = {.udp = false, .tcp = true, .tls = false};
  EXPECT_THAT(relay_urls(config, {"call.example", true}), ElementsAre("turn:call.example:8443?transport=tcp"));
  config.transports = {.udp = false, .tcp = false, .tls = true};
  EXPECT_THAT(relay_urls(config, {"call.example", true}), IsEmpty()) << "no TLS here";
}

TEST(IceServers, address_of_version_6_stands_in_brackets) {
  EXPECT_THAT(relay_urls(relay_config(), {"[2001:db8::7]", false}),
              ElementsAre("turn:[2001:db8::7]:8443?transport=udp", "turn:[2001:db8::7]:8443?transport=tcp"));
}

TEST(IceServers, without_a_host_there_is_nothing_of_our_own) {
  const auto given = offer(relay_config(), {"", false});
  EXPECT_EQ(*given.servers, "[]");
  EXPECT_EQ(given.lifetime, std::nullopt);
}

TEST(IceServers, without_a_relay_there_is_our_stun_unless_others_are_named) {
  IceServers::Config config;
  config.port = 3478;
  EXPECT_EQ(*offer(config).servers, R"([{"urls":["stun:call.example:3478"]}])");
  EXPECT_EQ(offer(config).lifetime, std::nullopt);
  config.services = {*parse_ice_service("stun:stun.example")};
  EXPECT_EQ(*offer(config).servers, R"([{"urls":["stun:stun.example"]}])");
}

TEST(IceServers, services_elsewhere_come_after_our_own) {
  IceServers::Config config = relay_config();
  config.services = {*parse_ice_service(R"({"urls":"turn:b.example","username":"u","credential":"c"})")};
  const auto given = offer(config);
  EXPECT_THAT(*given.servers, testing::EndsWith(R"(,{"urls":"turn:b.example","username":"u","credential":"c"}])"));
  EXPECT_EQ(given.lifetime, 600s);
  EXPECT_FALSE(given.restart);
}

TEST(IceServers, credentials_for_a_service_elsewhere_are_made_with_its_secret_which_nobody_is_told) {
  IceServers::Config config;
  config.services = {*parse_ice_service(R"({"urls":["stun:b.example","turn:b.example"],"secret":"hush","ttl":120})"),
                     *parse_ice_service(R"({"urls":["turns:c.example:443?transport=tcp"],"secret":"shh"})")};
  const auto given = offer(config);
  EXPECT_THAT(*given.servers, Not(HasSubstr("hush")));
  const auto servers = read(given);
  ASSERT_EQ(servers.size(), 2);
  EXPECT_THAT(servers[0].urls, ElementsAre("stun:b.example", "turn:b.example"));
  EXPECT_EQ(servers[0].username, "1800000120:" + std::string{kUser});
  EXPECT_EQ(servers[0].credential, base64_encode(hmac_sha1(as_bytes("hush"), as_bytes(servers[0].username))));
  EXPECT_EQ(servers[1].username, "1800003600:" + std::string{kUser});
  EXPECT_EQ(given.lifetime, 120s) << "the shortest";
  EXPECT_TRUE(given.restart) << "nobody knows what they do when credentials expire";
}

TEST(IceServers, port_for_browsers_is_the_one_that_most_networks_let_through) {
  const auto port = [](std::vector<std::uint16_t> ports) {
    std::vector<Endpoint> listen;
    for (const std::uint16_t each : ports) listen.push_back({IpAddress::v6({}), each});
    return port_for_browsers(listen);
  };
  EXPECT_EQ(port({80, 443}), 443);
  EXPECT_EQ(port({8080, 3478}), 3478);
  EXPECT_EQ(port({81, 8080}), 8080);
  EXPECT_EQ(port({81}), 81);
}

TEST(IceUrl, is_what_a_browser_takes) {
  for (const char* url : {"stun:a.example", "stun:a.example:3478", "stuns:a.example", "turn:192.0.2.7?transport=udp",
                          "turns:[2001:db8::7]:443?transport=tcp"}) {
    EXPECT_TRUE(is_ice_url(url)) << url;
  }
  for (const char* url :
       {"", "stun", "stun:", "http://a.example", "stun://a.example", "turn:a.example?transport=sctp",
        "stun:a.example?transport=udp", "turn:u@a.example", "turn:a.example:port", "TURN:a.example"}) {
    EXPECT_FALSE(is_ice_url(url)) << url;
  }
}

// A browser that stumbles over one server takes none.
TEST(IceService, what_no_browser_would_take_is_refused) {
  for (const char* text : {
           "turn:a.example",
           R"({"urls":"turn:a.example"})",
           R"({"urls":"turn:a.example","username":"u"})",
           R"({"urls":[]})",
           R"({"urls":["http://a.example"]})",
           R"({"urls":"turn:a.example","secret":""})",
           R"({"urls":"turn:a.example","secret":"s","username":"u","credential":"c"})",
           R"({"urls":"turn:a.example","secret":"s","ttl":59})",
           R"({"urls":"turn:a.example","secret":"s","ttl":"600"})",
           R"({"urls":"turn:a.example","username":"u","credential":"c","ttl":600})",
           R"({"urls":"stun:a.example","other":1})",
           R"(["stun:a.example"])",
       }) {
    EXPECT_FALSE(parse_ice_service(text)) << text;
  }
  EXPECT_TRUE(parse_ice_service(R"({"urls":"stun:a.example"})"));
}

}  // namespace
}  // namespace plntry::net
