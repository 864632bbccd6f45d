#include "turn/nonce.hpp"

#include <string>

#include <gtest/gtest.h>

namespace plntry::turn {
namespace {

constexpr WallTime kNow{1'700'000'000s};
constexpr SecurityFeatures kNone{};
constexpr SecurityFeatures kBoth{.password_algorithms = true, .username_anonymity = true};

class NoncesTest : public ::testing::Test {
 protected:
  static constexpr FiveTuple kClient{{IpAddress::v4(198, 51, 100, 7), 5000}, {IpAddress::v4(192, 0, 2, 15), 3478}};
  Nonces nonces{{1, 2, 3}, 24h};
};

TEST_F(NoncesTest, a_nonce_comes_back_with_its_features) {
  for (const SecurityFeatures features : {kNone, kBoth, SecurityFeatures{true, false}, SecurityFeatures{false, true}}) {
    const Nonce nonce = nonces.issue(kClient, features, kNow);
    EXPECT_EQ(nonces.check(nonce.text(), kClient, kNow), features) << nonce.text();
  }
}

TEST_F(NoncesTest, is_short_without_features_so_that_a_challenge_can_be_small) {
  EXPECT_EQ(nonces.issue(kClient, kNone, kNow).text().size(), 12u);
  EXPECT_EQ(nonces.issue(kClient, kBoth, kNow).text().size(), Nonce::kMaxSize);
}

TEST_F(NoncesTest, belongs_to_one_address_port_and_transport) {
  const Nonce nonce = nonces.issue(kClient, kBoth, kNow);
  FiveTuple other = kClient;
  other.client.port += 1;
  EXPECT_FALSE(nonces.check(nonce.text(), other, kNow));
  other = kClient;
  other.client.address = IpAddress::v4(198, 51, 100, 8);
  EXPECT_FALSE(nonces.check(nonce.text(), other, kNow));
  other = kClient;
  other.transport = Transport::tcp;
  EXPECT_FALSE(nonces.check(nonce.text(), other, kNow));
}

TEST_F(NoncesTest, belongs_to_one_secret) {
  const Nonces others{{9}, 24h};
  EXPECT_FALSE(others.check(nonces.issue(kClient, kBoth, kNow).text(), kClient, kNow));
}

TEST_F(NoncesTest, a_server_that_keeps_its_secret_keeps_its_nonces) {
  const Nonces again{{1, 2, 3}, 24h};
  EXPECT_TRUE(again.check(nonces.issue(kClient, kBoth, kNow).text(), kClient, kNow + 1h));
}

TEST_F(NoncesTest, lasts_its_lifetime) {
  const Nonce nonce = nonces.issue(kClient, kNone, kNow);
  EXPECT_TRUE(nonces.check(nonce.text(), kClient, kNow + 24h));
  EXPECT_FALSE(nonces.check(nonce.text(), kClient, kNow + 24h + 1min));
  EXPECT_FALSE(nonces.check(nonce.text(), kClient, kNow - 2min));  // from the future: the clock was set back
}

TEST_F(NoncesTest, no_changed_character_is_accepted) {
  for (const SecurityFeatures features : {kNone, kBoth}) {
    const std::string nonce{nonces.issue(kClient, features, kNow).text()};
    for (std::size_t i = 0; i < nonce.size(); ++i) {
      std::string changed = nonce;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(nonces.check(changed, kClient, kNow)) << i;
    }
    for (std::size_t size = 0; size < nonce.size(); ++size) {
      EXPECT_FALSE(nonces.check(nonce.substr(0, size), kClient, kNow)) << size;
    }
  }
}

}  // namespace
}  // namespace plntry::turn
