// The long-term credential mechanism (RFC 8489 §9.2.4) as a TURN server must run it.
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

class Rfc8489LongTerm : public ::testing::Test {
 protected:
  // An Allocate request with whatever attributes, signed with `key` if there is one.
  std::optional<Response> raw_allocate(const Client::Fill& fill, std::optional<Bytes> key = std::nullopt) {
    return client.send_request(
        Method::allocate,
        [&](Builder& builder) {
          builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24);
          fill(builder);
          if (key) builder.add_integrity(*key);
        },
        false);
  }
  // Gets a challenge that offers algorithms: a longer request may be answered at more length.
  Response challenge() {
    auto response = raw_allocate([](Builder& b) { b.add_text(Attribute::software, std::string(60, 's')); });
    EXPECT_TRUE(client.learn(*response));
    return *response;
  }

  World world;
  Client client{world, "198.51.100.7:5000"};
};

// §9.2.4: a server that adds PASSWORD-ALGORITHMS MUST set the bit in the nonce cookie (errata: bit 0 is the lowest).
TEST_F(Rfc8489LongTerm, an_offer_of_algorithms_is_sealed_into_the_nonce) {
  const Response response = challenge();
  const auto list = response.view().password_algorithms();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->list().size(), 2u);
  EXPECT_EQ(list->list()[0].algorithm, PasswordAlgorithm::sha256);
  EXPECT_EQ(list->list()[1].algorithm, PasswordAlgorithm::md5);
  EXPECT_TRUE(client.nonce.starts_with("obMatJos2AAAD")) << client.nonce;  // password algorithms, username anonymity
}

// A nonce without the cookie promises nothing: no offer may come with it.
TEST_F(Rfc8489LongTerm, a_short_challenge_has_neither_cookie_nor_offer) {
  const auto response = raw_allocate([](Builder&) {});
  EXPECT_TRUE(client.learn(*response));
  EXPECT_FALSE(client.nonce.starts_with("obMatJos2"));
  EXPECT_FALSE(client.offers_algorithms);
}

// §9.2.4: the same NONCE MUST NOT be given to two source addresses or ports.
TEST_F(Rfc8489LongTerm, nonces_differ_by_address_and_port) {
  std::set<std::string> nonces;
  for (const auto* address : {"198.51.100.7:5000", "198.51.100.7:5001", "198.51.100.8:5000", "[2001:db8::7]:5000"}) {
    Client other{world, address};
    EXPECT_TRUE(other.learn(*other.send_request(
        Method::allocate, [](Builder& b) { b.add_be32(Attribute::requested_transport, 17u << 24); }, false)));
    EXPECT_TRUE(nonces.insert(other.nonce).second) << address;
  }
}

TEST_F(Rfc8489LongTerm, both_username_and_userhash_is_a_bad_request) {
  challenge();
  const auto response = raw_allocate(
      [&](Builder& b) {
        b.add_text(Attribute::username, "alice");
        b.add(Attribute::userhash, stun::userhash_of("alice", client.realm));
        b.add_text(Attribute::realm, client.realm);
        b.add_text(Attribute::nonce, client.nonce);
      },
      client.key_md5());
  EXPECT_EQ(response->code(), 400);
}

// §9.2.1: bid-down protection. What the client repeats must be what was offered, whole and in order.
TEST_F(Rfc8489LongTerm, an_offer_that_was_tampered_with_is_a_bad_request) {
  challenge();
  const std::vector<std::vector<PasswordAlgorithm>> tampered{
      {PasswordAlgorithm::md5},
      {PasswordAlgorithm::md5, PasswordAlgorithm::sha256},
      {PasswordAlgorithm::sha256},
      {PasswordAlgorithm::sha256, PasswordAlgorithm::md5, static_cast<PasswordAlgorithm>(9)},
      {}};
  for (const auto& list : tampered) {
    const auto response = raw_allocate(
        [&](Builder& b) {
          b.add_text(Attribute::username, "alice");
          b.add_text(Attribute::realm, client.realm);
          b.add_text(Attribute::nonce, client.nonce);
          b.add_password_algorithms(list);
          b.add_password_algorithm(PasswordAlgorithm::md5);
        },
        client.key_md5());
    EXPECT_EQ(response->code(), 400) << list.size();
  }
}

// §9.2.1: the features are under the nonce's own seal: a cookie with fewer of them is no nonce of ours.
TEST_F(Rfc8489LongTerm, a_nonce_with_changed_feature_bits_is_stale) {
  challenge();
  const std::string given = client.nonce;
  for (const auto* digits : {"AAAA", "AAAB", "AAAC", "////"}) {
    client.nonce = given;
    client.nonce.replace(9, 4, digits);
    EXPECT_EQ(client.send_request(Method::allocate, [](Builder&) {})->code(), 438) << digits;
  }
}

// §9.2.4: a name that is not known: 401 with REALM, NONCE and PASSWORD-ALGORITHMS.
TEST_F(Rfc8489LongTerm, an_unknown_username_is_challenged_again) {
  challenge();
  client.username = "mallory";
  const auto response = client.send_request(Method::allocate, [](Builder&) {});
  EXPECT_EQ(response->code(), 401);
  EXPECT_TRUE(response->view().realm());
  EXPECT_TRUE(response->view().nonce());
  EXPECT_TRUE(response->view().password_algorithms());
  EXPECT_FALSE(response->view().message_integrity());
}

// §9.2.4: an invalid NONCE: 438 with a valid NONCE, REALM and PASSWORD-ALGORITHMS.
TEST_F(Rfc8489LongTerm, a_foreign_nonce_is_stale_and_replaced) {
  challenge();
  client.nonce = "f//499k954d6OL34oL9FSTvy64sA";
  const auto response = client.send_request(Method::allocate, [](Builder&) {});
  EXPECT_EQ(response->code(), 438);
  EXPECT_EQ(response->view().realm(), "example.org");
  EXPECT_TRUE(response->view().password_algorithms());
  EXPECT_TRUE(client.learn(*response));
  EXPECT_EQ(client.allocate()->code(), 0);
}

// §9.2: a nonce is bound to the address that it was given to.
TEST_F(Rfc8489LongTerm, a_nonce_of_another_address_is_stale) {
  challenge();
  Client other{world, "198.51.100.7:5001"};
  other.nonce = client.nonce;
  other.realm = client.realm;
  EXPECT_EQ(other.send_request(Method::allocate, [](Builder&) {})->code(), 438);
}

TEST_F(Rfc8489LongTerm, a_nonce_outlives_a_call_of_twelve_hours_and_not_the_day) {
  challenge();
  world.advance(12h);
  EXPECT_EQ(client.send_request(Method::refresh, [](Builder&) {})->code(), 437);  // accepted; nothing to refresh
  world.advance(13h);
  EXPECT_EQ(client.send_request(Method::refresh, [](Builder&) {})->code(), 438);
}

// §9.2.4, §14.4: USERHASH stands for the username.
TEST_F(Rfc8489LongTerm, a_userhash_is_as_good_as_a_username) {
  challenge();
  client.use_userhash = true;
  client.algorithm = PasswordAlgorithm::sha256;
  EXPECT_EQ(client.allocate()->code(), 0);
  client.use_userhash = false;
  EXPECT_EQ(client.refresh()->code(), 0);  // the same user
}

// §9.2.5: once an algorithm is chosen, MESSAGE-INTEGRITY alone would be a step back.
TEST_F(Rfc8489LongTerm, a_chosen_algorithm_needs_sha256_integrity) {
  challenge();
  const auto response = raw_allocate(
      [&](Builder& b) {
        b.add_text(Attribute::username, "alice");
        b.add_text(Attribute::realm, client.realm);
        b.add_text(Attribute::nonce, client.nonce);
        b.add_password_algorithms(std::array{PasswordAlgorithm::sha256, PasswordAlgorithm::md5});
        b.add_password_algorithm(PasswordAlgorithm::sha256);
      },
      client.key_sha256());
  EXPECT_EQ(response->code(), 401);
}

// §14.7: a FINGERPRINT is answered with a FINGERPRINT; a wrong one is not answered.
TEST_F(Rfc8489LongTerm, fingerprints_are_checked_and_answered) {
  auto response = raw_allocate([](Builder& b) { b.add_fingerprint(); });
  EXPECT_TRUE(response->view().fingerprint());
  client.last_request.back() ^= 1;
  EXPECT_FALSE(client.send_raw(client.last_request));
}

// Ephemeral credentials: good until they expire, and the allocation made with them lives on.
TEST_F(Rfc8489LongTerm, ephemeral_credentials_expire_and_allocations_made_with_them_do_not) {
  const auto minted = turn::mint_ephemeral("shared", "call-1", world.now.wall + 20s);
  client.username = minted.username;
  client.password = minted.password;
  ASSERT_EQ(client.allocate()->code(), 0);
  world.advance(60s);
  EXPECT_EQ(client.refresh()->code(), 0);
  EXPECT_EQ(client.create_permission({"203.0.113.9:1"})->code(), 0);
  Client late{world, "198.51.100.7:5001"};
  late.username = minted.username;
  late.password = minted.password;
  EXPECT_EQ(late.allocate()->code(), 401);
}

// Whoever forges a source gains nothing: answers stay below 1.6 times the request, IP and UDP headers included.
TEST_F(Rfc8489LongTerm, answers_to_the_unproven_are_at_most_1_6_times_the_request) {
  for (const auto* address : {"198.51.100.7:5000", "[2001:db8::7]:5000"}) {
    Client stranger{world, address};
    const double headers = stranger.five_tuple.client.address.is_v4() ? 28 : 48;
    for (const Method method : {Method::allocate, Method::refresh, Method::create_permission, Method::channel_bind}) {
      for (std::size_t size = 0; size < 120; size += 4) {
        const auto response = stranger.send_request(
            method,
            [&](Builder& b) {
              if (size > 0) b.add_text(Attribute::software, std::string(size, 's'));
            },
            false);
        ASSERT_TRUE(response);
        EXPECT_LE(static_cast<double>(response->bytes.size()) + headers,
                  (static_cast<double>(stranger.last_request.size()) + headers) * 1.6);
      }
    }
    // The first Allocate of every browser, with REQUESTED-TRANSPORT and nothing else, must get its challenge.
    const auto response = stranger.send_request(
        Method::allocate, [](Builder& b) { b.add_be32(Attribute::requested_transport, 17u << 24); }, false);
    EXPECT_EQ(response->code(), 401);
  }
}

// Over TCP and TLS the source is proven: the challenge is as rich as it can be.
TEST_F(Rfc8489LongTerm, over_tcp_the_challenge_is_complete) {
  Client stranger{world, "198.51.100.7:5000", turn::Transport::tcp};
  const auto response = stranger.send_request(
      Method::allocate, [](Builder& b) { b.add_be32(Attribute::requested_transport, 17u << 24); }, false);
  EXPECT_EQ(response->view().error_code()->reason, "Unauthenticated");
  EXPECT_TRUE(response->view().password_algorithms());
}

}  // namespace
}  // namespace plntry::test
