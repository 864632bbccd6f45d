#include "turn/credentials.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stun/integrity.hpp"
#include "support/hex.hpp"

namespace plntry::turn {
namespace {

using stun::PasswordAlgorithm;
using test::to_hex;

constexpr WallTime kNow{1'700'000'000s};

std::vector<std::string> keys_of(const Credentials& credentials, std::string_view username,
                                 PasswordAlgorithm algorithm = PasswordAlgorithm::md5) {
  const Credentials::Keys candidates = credentials.keys(username, algorithm, kNow);
  std::vector<std::string> keys;
  for (const IntegrityKey& key : candidates.list()) keys.push_back(to_hex(key.bytes()));
  return keys;
}

Credentials::Config config() { return {.realm = "realm", .users = {{"alice", "secret"}}, .secrets = {"one", "two"}}; }

TEST(Credentials, a_fixed_user_has_the_keys_of_its_password) {
  const Credentials credentials{config()};
  EXPECT_THAT(keys_of(credentials, "alice"),
              ::testing::ElementsAre(to_hex(stun::long_term_key_md5("alice", "realm", "secret"))));
  EXPECT_THAT(keys_of(credentials, "alice", PasswordAlgorithm::sha256),
              ::testing::ElementsAre(to_hex(stun::long_term_key_sha256("alice", "realm", "secret"))));
}

TEST(Credentials, an_unknown_user_has_none) {
  EXPECT_TRUE(keys_of(Credentials{config()}, "mallory").empty());
  EXPECT_TRUE(keys_of(Credentials{config()}, "").empty());
}

// What coturn and every user of the scheme compute.
TEST(Credentials, minted_credentials_are_those_of_the_rest_scheme) {
  const auto minted = mint_ephemeral("shared", "alice", WallTime{1'700'000'600s});
  EXPECT_EQ(minted.username, "1700000600:alice");
  EXPECT_EQ(minted.password, base64_encode(hmac_sha1(as_bytes("shared"), as_bytes("1700000600:alice"))));
  EXPECT_EQ(mint_ephemeral("shared", "", WallTime{5s}).username, "5");
}

TEST(Credentials, an_ephemeral_name_has_one_key_for_each_secret_in_use) {
  const Credentials credentials{config()};
  const auto first = mint_ephemeral("one", "bob", kNow + 1s);
  const auto second = mint_ephemeral("two", "bob", kNow + 1s);
  EXPECT_EQ(first.username, second.username);
  EXPECT_THAT(keys_of(credentials, first.username),
              ::testing::ElementsAre(to_hex(stun::long_term_key_md5(first.username, "realm", first.password)),
                                     to_hex(stun::long_term_key_md5(first.username, "realm", second.password))));
}

TEST(Credentials, an_ephemeral_name_is_good_until_it_expires) {
  const Credentials credentials{config()};
  EXPECT_FALSE(keys_of(credentials, mint_ephemeral("one", "bob", kNow + 1s).username).empty());
  EXPECT_TRUE(keys_of(credentials, mint_ephemeral("one", "bob", kNow).username).empty());
}

TEST(Credentials, a_name_that_begins_with_no_number_is_not_ephemeral) {
  const Credentials credentials{config()};
  for (const auto* name : {"bob", ":bob", "9999999999x:bob", "-1:bob", "+9999999999:bob", " 9999999999:bob",
                           "99999999999999999999999:bob"}) {
    EXPECT_TRUE(keys_of(credentials, name).empty()) << name;
  }
}

TEST(Credentials, without_a_secret_no_name_is_ephemeral) {
  auto without = config();
  without.secrets.clear();
  EXPECT_TRUE(keys_of(Credentials{without}, "9999999999:bob").empty());
}

TEST(Credentials, a_userhash_finds_its_fixed_user) {
  const Credentials credentials{config()};
  EXPECT_EQ(credentials.username_of(stun::userhash_of("alice", "realm")), "alice");
  EXPECT_FALSE(credentials.username_of(stun::userhash_of("alice", "other")));
  EXPECT_FALSE(credentials.username_of(as_bytes("short")));
}

TEST(Credentials, the_user_of_an_ephemeral_name_is_behind_its_expiry) {
  EXPECT_EQ(user_of("1700000600:alice"), "alice");
  EXPECT_EQ(user_of("1700000600:a:b"), "a:b");
  EXPECT_EQ(user_of("alice"), "alice");
  EXPECT_EQ(user_of("team:alice"), "team:alice");
  EXPECT_EQ(user_of("1700000600"), "1700000600");
}

TEST(Credentials, what_no_client_could_send_is_refused_at_start) {
  const auto refused = [](auto change) {
    auto broken = config();
    change(broken);
    EXPECT_THROW(Credentials{broken}, std::invalid_argument);
  };
  refused([](auto& c) { c.realm = ""; });
  refused([](auto& c) { c.realm = std::string(128, 'r'); });
  refused([](auto& c) { c.realm = "line\nbreak"; });
  refused([](auto& c) { c.users.push_back({"", "password"}); });
  refused([](auto& c) { c.users.push_back({"name", ""}); });
  refused([](auto& c) { c.users.push_back({std::string(509, 'n'), "password"}); });
  refused([](auto& c) { c.secrets = {""}; });
  refused([](auto& c) { c.secrets = {"1", "2", "3", "4", "5"}; });
}

}  // namespace
}  // namespace plntry::turn
