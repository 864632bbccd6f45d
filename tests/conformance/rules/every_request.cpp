// What holds for each of TURN's requests: the long-term credential mechanism (RFC 8489 §9.2.4), unknown attributes,
// check values, and answers that belong to their request.
#include "../rules.hpp"
#include "stun/fingerprint.hpp"

namespace plntry::test {
namespace {

class EveryRequest : public ServerTest, public ::testing::WithParamInterface<Method> {
 protected:
  void SetUp() override {
    peer = open_peer();
    if (!peer) GTEST_SKIP() << "no peer that the server could reach";
    ASSERT_TRUE(caller.get_challenge()) << "no challenge with realm and nonce";
    if (method != Method::allocate) {
      ASSERT_EQ(code_of(caller.allocate()), 0);
    }
  }

  // What a server accepts.
  void fill(Builder& builder) const {
    switch (method) {
      case Method::allocate:
        return builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24);
      case Method::refresh:
        return builder.add_be32(Attribute::lifetime, 600);
      case Method::channel_bind:
        builder.add_be32(Attribute::channel_number, 0x40000000);
        [[fallthrough]];
      default:
        return builder.add_xor_address(Attribute::xor_peer_address, peer->address());
    }
  }
  std::optional<Response> ask(const TurnClient::Fill& more = [](Builder&) {}) {
    return caller.send_request(method, [&](Builder& builder) {
      fill(builder);
      more(builder);
    });
  }
  std::optional<Response> ask_unsigned(const TurnClient::Fill& more = [](Builder&) {}) {
    return caller.send_request(
        method,
        [&](Builder& builder) {
          fill(builder);
          more(builder);
        },
        false);
  }
  // Signed, with as much of the client's identity as `more` adds.
  std::optional<Response> ask_with(const TurnClient::Fill& more) {
    return ask_unsigned([&](Builder& builder) {
      more(builder);
      builder.add_integrity(caller.key_md5());
    });
  }
  std::optional<Response> ask_tampered(const std::vector<PasswordAlgorithm>& list, bool has_list, bool has_choice) {
    return ask_unsigned([&](Builder& builder) {
      caller.add_identity(builder);
      if (has_list) builder.add_password_algorithms(list);
      if (has_choice) builder.add_password_algorithm(PasswordAlgorithm::md5);
      builder.add_integrity_sha256(caller.key_md5());
    });
  }
  bool offers_userhash() const {
    // The nonce cookie and four digits of base64, whose lowest two bits are the features (RFC 8489 §9.2, §18.1).
    return caller.nonce.size() > 13 && caller.nonce.starts_with("obMatJos2") &&
           (caller.nonce[12] == 'C' || caller.nonce[12] == 'D' || caller.nonce[9] == 'Q' || caller.nonce[9] == 'w');
  }

  const Method method = GetParam();
  std::unique_ptr<Peer> peer;
};

INSTANTIATE_TEST_SUITE_P(Each, EveryRequest,
                         ::testing::Values(Method::allocate, Method::refresh, Method::create_permission,
                                           Method::channel_bind),
                         [](const auto& instance) {
                           switch (instance.param) {
                             case Method::allocate:
                               return "Allocate";
                             case Method::refresh:
                               return "Refresh";
                             case Method::create_permission:
                               return "CreatePermission";
                             default:
                               return "ChannelBind";
                           }
                         });

EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", without_integrity_it_is_refused_with_401) {
  EXPECT_EQ(code_of(ask_unsigned()), 401);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", the_challenge_names_the_realm) {
  const auto response = ask_unsigned();
  ASSERT_EQ(code_of(response), 401);
  EXPECT_EQ(response->view().realm(), target->access().realm);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", the_challenge_gives_a_nonce) {
  const auto response = ask_unsigned();
  ASSERT_EQ(code_of(response), 401);
  ASSERT_TRUE(response->view().nonce());
  EXPECT_FALSE(response->view().nonce()->empty());
}
EACH_SHOULD(EveryRequest, "RFC 8489 §9.2.4", the_challenge_is_neither_signed_nor_names_a_user) {
  const auto response = ask_unsigned();
  ASSERT_EQ(code_of(response), 401);
  EXPECT_FALSE(response->view().message_integrity());
  EXPECT_FALSE(response->view().message_integrity_sha256());
  EXPECT_FALSE(response->view().find(Attribute::username));
  EXPECT_FALSE(response->view().find(Attribute::userhash));
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", integrity_without_username_is_refused_with_400) {
  EXPECT_EQ(code_of(ask_with([&](Builder& b) {
              b.add_text(Attribute::realm, caller.realm);
              b.add_text(Attribute::nonce, caller.nonce);
            })),
            400);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", integrity_without_realm_is_refused_with_400) {
  EXPECT_EQ(code_of(ask_with([&](Builder& b) {
              b.add_text(Attribute::username, caller.username);
              b.add_text(Attribute::nonce, caller.nonce);
            })),
            400);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", integrity_without_nonce_is_refused_with_400) {
  EXPECT_EQ(code_of(ask_with([&](Builder& b) {
              b.add_text(Attribute::username, caller.username);
              b.add_text(Attribute::realm, caller.realm);
            })),
            400);
}
EACH_SHOULD(EveryRequest, "RFC 8489 §9.2.4", the_refusal_of_half_an_identity_is_no_challenge) {
  const auto response = ask_with([&](Builder& b) { b.add_text(Attribute::username, caller.username); });
  ASSERT_EQ(code_of(response), 400);
  EXPECT_FALSE(response->view().nonce());
  EXPECT_FALSE(response->view().realm());
  EXPECT_FALSE(response->view().find(Attribute::username));
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_unknown_user_is_refused_with_401) {
  caller.username = "nobody";
  EXPECT_EQ(code_of(ask()), 401);
  caller.username = target->access().username;
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_unknown_user_is_challenged_with_realm_and_nonce) {
  caller.username = "nobody";
  const auto response = ask();
  caller.username = target->access().username;
  ASSERT_EQ(code_of(response), 401);
  EXPECT_TRUE(response->view().realm());
  EXPECT_TRUE(response->view().nonce());
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", a_wrong_password_is_refused_with_401) {
  caller.password = "wrong";
  EXPECT_EQ(code_of(ask()), 401);
  caller.password = target->access().password;
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", a_wrong_password_is_challenged_with_realm_and_nonce) {
  caller.password = "wrong";
  const auto response = ask();
  caller.password = target->access().password;
  ASSERT_EQ(code_of(response), 401);
  EXPECT_TRUE(response->view().realm());
  EXPECT_TRUE(response->view().nonce());
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", a_changed_byte_before_the_integrity_is_refused_with_401) {
  Octets message = caller.build_signed(method, [&](Builder& b) {
    fill(b);
    b.add_text(Attribute::software, "test");
  });
  const auto changed = std::ranges::search(message, as_bytes("test")).begin();
  *changed = 'b';
  EXPECT_EQ(code_of(caller.send_raw(message)), 401);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_invalid_nonce_is_refused_with_438) {
  caller.nonce = "not-a-nonce-of-this-server";
  EXPECT_EQ(code_of(ask()), 438);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", the_refusal_of_a_nonce_gives_realm_and_a_nonce_that_is_valid) {
  caller.nonce = "not-a-nonce-of-this-server";
  const auto response = ask();
  ASSERT_EQ(code_of(response), 438);
  EXPECT_EQ(response->view().realm(), target->access().realm);
  ASSERT_TRUE(caller.learn(*response));
  EXPECT_EQ(code_of(ask()), 0);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", success_is_signed_with_the_clients_key) {
  const auto response = ask();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(has_valid_integrity(response->view(), caller.key_md5()));
}
EACH_SHOULD(EveryRequest, "RFC 8489 §9.2.4", success_repeats_no_credentials) {
  const auto response = ask();
  ASSERT_EQ(code_of(response), 0);
  for (const auto type : {Attribute::username, Attribute::userhash, Attribute::realm, Attribute::nonce}) {
    EXPECT_FALSE(response->view().find(type)) << static_cast<int>(type);
  }
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3.1.1", success_repeats_the_method) {
  const auto response = ask();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(response->view().method(), method);
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3.1", an_unknown_required_attribute_is_refused_with_420) {
  EXPECT_EQ(code_of(ask([](Builder& b) { b.add(kUnknownRequired, {}); })), 420);
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3.1", the_refusal_lists_the_unknown_attribute) {
  const auto response = ask([](Builder& b) { b.add(kUnknownRequired, {}); });
  ASSERT_EQ(code_of(response), 420);
  const auto unknown = response->view().unknown_attributes();
  ASSERT_TRUE(unknown);
  ASSERT_EQ(unknown->list().size(), 1u);
  EXPECT_EQ(unknown->list()[0], kUnknownRequired);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", errors_of_authenticated_requests_are_signed) {
  const auto response = ask([](Builder& b) { b.add(kUnknownRequired, {}); });
  ASSERT_EQ(code_of(response), 420);
  EXPECT_TRUE(has_valid_integrity(response->view(), caller.key_md5()));
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3", an_unknown_optional_attribute_is_ignored) {
  EXPECT_EQ(code_of(ask([](Builder& b) { b.add_text(kUnknownOptional, "ignored"); })), 0);
}
EACH_MUST(EveryRequest, "RFC 8489 §14", padding_is_ignored_whatever_is_in_it) {
  // The nonce stands right before the integrity value: its padding is made from what is signed.
  Octets message = caller.build(method, Class::request, [&](Builder& b) {
    fill(b);
    caller.add_identity(b);
    b.add_text(Attribute::software, "a");
  });
  std::fill(message.end() - 3, message.end(), std::uint8_t{0xFF});
  const Sha1 integrity = stun::integrity_of(message, caller.key_md5());
  const Octets header{0x00, 0x08, 0x00, 0x14};
  message.insert(message.end(), header.begin(), header.end());
  message.insert(message.end(), integrity.begin(), integrity.end());
  store_be16(message, 2, static_cast<std::uint16_t>(message.size() - stun::kHeaderSize));
  EXPECT_EQ(code_of(caller.send_raw(message)), 0);
}
EACH_MUST(EveryRequest, "RFC 8489 §14.5", what_follows_message_integrity_is_ignored) {
  Octets message = caller.build_signed(method, [&](Builder& b) { fill(b); });
  const Octets behind{0x7A, 0xBC, 0x00, 0x00};
  message.insert(message.end(), behind.begin(), behind.end());
  store_be16(message, 2, static_cast<std::uint16_t>(message.size() - stun::kHeaderSize));
  EXPECT_EQ(code_of(caller.send_raw(message)), 0);
}
EACH_MUST(EveryRequest, "RFC 8489 §14.7", a_fingerprint_behind_the_integrity_is_accepted) {
  EXPECT_EQ(code_of(caller.send_raw(caller.build_signed(
                method, [&](Builder& b) { fill(b); }, [](Builder& b) { b.add_fingerprint(); }))),
            0);
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3", a_wrong_fingerprint_is_ignored_with_the_message) {
  Octets message = caller.build_signed(method, [&](Builder& b) { fill(b); }, [](Builder& b) { b.add_fingerprint(); });
  message.back() ^= 1;
  EXPECT_TRUE(caller.is_ignored(message));
}
EACH_MUST(EveryRequest, "RFC 8489 §14.7", a_fingerprint_in_the_answer_is_right_and_the_last) {
  const auto response = caller.send_raw(
      caller.build_signed(method, [&](Builder& b) { fill(b); }, [](Builder& b) { b.add_fingerprint(); }));
  ASSERT_TRUE(response);
  EXPECT_NE(check_fingerprint(response->view()), stun::FingerprintCheck::wrong);
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3.3", responses_of_its_method_are_never_answered) {
  EXPECT_TRUE(caller.is_ignored(caller.build(method, Class::success)));
  EXPECT_TRUE(caller.is_ignored(
      caller.build(method, Class::error, [](Builder& b) { b.add_error_code(ErrorCode::bad_request); })));
}
EACH_MUST(EveryRequest, "RFC 8656 §17", indications_of_its_method_are_never_answered) {
  EXPECT_TRUE(caller.is_ignored(caller.build(method, Class::indication, [&](Builder& b) { fill(b); })));
}
EACH_MUST(EveryRequest, "RFC 8489 §6.3.1", a_retransmission_is_answered_alike) {
  const auto first = ask();
  const auto second = caller.send_raw(caller.last_request);
  ASSERT_EQ(code_of(first), 0);
  ASSERT_EQ(code_of(second), 0);
  EXPECT_EQ(first->xor_address(Attribute::xor_relayed_address), second->xor_address(Attribute::xor_relayed_address));
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_offer_of_algorithms_comes_with_its_bit_in_the_nonce) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  EXPECT_TRUE(caller.nonce.starts_with("obMatJos2")) << caller.nonce;
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", with_sha256_chosen_it_is_accepted_and_answered_with_sha256) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  if (method != Method::allocate) {
    ASSERT_EQ(code_of(caller.refresh(0)), 0);
    caller.algorithm = PasswordAlgorithm::sha256;
    ASSERT_EQ(code_of(caller.allocate()), 0);
  }
  caller.algorithm = PasswordAlgorithm::sha256;
  const auto response = ask();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(has_valid_integrity_sha256(response->view(), caller.key_sha256()));
  EXPECT_FALSE(response->view().message_integrity());
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", with_md5_chosen_by_name_it_is_answered_with_sha256) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  caller.algorithm = PasswordAlgorithm::md5;
  const auto response = ask();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(has_valid_integrity_sha256(response->view(), caller.key_md5()));
  EXPECT_FALSE(response->view().message_integrity());
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_offer_that_was_shortened_is_refused_with_400) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  EXPECT_EQ(code_of(ask_tampered({PasswordAlgorithm::md5}, true, true)), 400);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_offer_in_another_order_is_refused_with_400) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  EXPECT_EQ(code_of(ask_tampered({PasswordAlgorithm::md5, PasswordAlgorithm::sha256}, true, true)), 400);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_algorithm_without_the_offer_is_refused_with_400) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  EXPECT_EQ(code_of(ask_tampered({}, false, true)), 400);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", the_offer_without_an_algorithm_is_refused_with_400) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  EXPECT_EQ(code_of(ask_tampered({PasswordAlgorithm::sha256, PasswordAlgorithm::md5}, true, false)), 400);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_algorithm_that_was_not_offered_is_refused_with_400) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  caller.algorithm = static_cast<PasswordAlgorithm>(77);
  EXPECT_EQ(code_of(ask()), 400);
  caller.algorithm.reset();
}
EACH_MUST(EveryRequest, "RFC 8489 §14.6", a_truncated_sha256_integrity_is_refused) {
  if (!caller.offers_algorithms) GTEST_SKIP() << "the server offers no password algorithms";
  const auto response = ask_unsigned([&](Builder& b) {
    caller.add_identity(b);
    b.add_password_algorithms(std::array{PasswordAlgorithm::sha256, PasswordAlgorithm::md5});
    b.add_password_algorithm(PasswordAlgorithm::md5);
    b.add_integrity_sha256(caller.key_md5(), 16);
  });
  EXPECT_TRUE(code_of(response) == 401 || code_of(response) == 400) << code_of(response);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", a_userhash_stands_for_the_username) {
  if (!offers_userhash()) GTEST_SKIP() << "the server offers no anonymity of usernames";
  caller.use_userhash = true;
  EXPECT_EQ(code_of(ask()), 0);
}
EACH_MUST(EveryRequest, "RFC 8489 §9.2.4", an_unknown_userhash_is_refused_with_401) {
  if (!offers_userhash()) GTEST_SKIP() << "the server offers no anonymity of usernames";
  caller.use_userhash = true;
  caller.username = "nobody";
  EXPECT_EQ(code_of(ask()), 401);
  caller.username = target->access().username;
}

class Nonces : public ServerTest {};

MUST(Nonces, "RFC 8489 §9.2.4", differ_by_the_clients_address) {
  Caller other{*target};
  ASSERT_TRUE(caller.get_challenge());
  ASSERT_TRUE(other.get_challenge());
  EXPECT_NE(caller.nonce, other.nonce);
}
MUST(Nonces, "RFC 8489 §9.2.4", are_texts_of_at_most_763_bytes) {
  ASSERT_TRUE(caller.get_challenge());
  EXPECT_LE(caller.nonce.size(), 763u);
}
SHOULD(Nonces, "RFC 8489 §9.2", of_one_client_are_refused_from_another) {
  Caller other{*target};
  ASSERT_TRUE(other.get_challenge());
  ASSERT_TRUE(caller.get_challenge());
  const std::string own = caller.nonce;
  caller.nonce = other.nonce;
  EXPECT_EQ(code_of(caller.send_request(Method::allocate,
                                        [](Builder& b) { b.add_be32(Attribute::requested_transport, 17u << 24); })),
            438);
  caller.nonce = own;
}

}  // namespace
}  // namespace plntry::test
