// `plntry credentials`
#include "app/credentials.hpp"

#include <stdexcept>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "turn/credentials.hpp"

namespace plntry::app {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'800'000'000}};

Config with_secret() {
  Config config;
  config.listen = {*Endpoint::parse("192.0.2.7:3478")};
  config.turn.relay.credentials.secrets = {"sixteen letters.", "an older secret."};
  return config;
}

TEST(Credentials, are_printed_for_people) {
  EXPECT_EQ(print_credentials(with_secret(), {.user = "ann", .lifetime = 10min, .json = false}, kNow),
            "username  1800000600:ann\n"
            "password  7FZJyKXEhhT2V3rskX+PIBU3uyE=\n"
            "expires   2027-01-15T08:10:00Z, in 600s\n"
            "url       turn:192.0.2.7:3478?transport=udp\n"
            "url       turn:192.0.2.7:3478?transport=tcp\n");
}

TEST(Credentials, are_printed_for_programs_and_open_the_relay) {
  Config config = with_secret();
  config.ice.relay_host = "relay.example";
  const auto printed =
      boost::json::parse(print_credentials(config, {.user = "", .lifetime = 60s, .json = true}, kNow)).as_object();
  EXPECT_EQ(printed.at("ttl").as_int64(), 60);
  EXPECT_EQ(printed.at("uris").as_array().at(0).as_string(), "turn:relay.example:3478?transport=udp");
  const turn::Credentials relay(config.turn.relay.credentials);
  const std::string username{printed.at("username").as_string()};
  EXPECT_EQ(relay.keys(username, stun::PasswordAlgorithm::md5, kNow).list().size(), 2) << "one a secret";
  EXPECT_EQ(username, "1800000060");
  EXPECT_EQ(printed.at("password").as_string(), turn::mint_ephemeral("sixteen letters.", "", kNow + 60s).password);
}

TEST(Credentials, need_the_secret_of_the_server) {
  try {
    print_credentials(Config{}, {}, kNow);
    FAIL() << "nobody knows the secret";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--relay-secret"));
  }
}

}  // namespace
}  // namespace plntry::app
