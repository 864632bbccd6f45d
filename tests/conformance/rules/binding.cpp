// RFC 8489: messages, and the Binding method of a server that asks nobody for credentials (§6.3, §13, §14).
#include "../rules.hpp"
#include "stun/fingerprint.hpp"

namespace plntry::test {
namespace {

class Binding : public ServerTest {
 protected:
  std::optional<Response> ask(const TurnClient::Fill& fill = [](Builder&) {}) {
    return caller.send_raw(caller.build(Method::binding, Class::request, fill));
  }
  Octets request(const TurnClient::Fill& fill = [](Builder&) {}) {
    return caller.build(Method::binding, Class::request, fill);
  }
  static std::vector<Attribute> listed(const Response& response) {
    const auto unknown = response.view().unknown_attributes();
    if (!unknown) return {};
    return {unknown->list().begin(), unknown->list().end()};
  }
};

// Broken framing has no place on a stream, which ends with it.
class BindingDatagram : public Binding {
 protected:
  void SetUp() override {
    if (caller.line().is_stream()) GTEST_SKIP() << "a rule of datagrams";
  }
};

MUST(Binding, "RFC 8489 §6.3.1.1", a_request_is_answered_with_success) { EXPECT_EQ(code_of(ask()), 0); }
MUST(Binding, "RFC 8489 §6.3.1.1", success_repeats_the_method) {
  const auto response = ask();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->view().method(), Method::binding);
}
MUST(Binding, "RFC 8489 §6.3.1.1", success_repeats_the_transaction_id) {
  const Octets message = request();
  caller.line().send(message);
  const auto answer = caller.receive_message();
  ASSERT_TRUE(answer);
  EXPECT_EQ(MessageView::parse(*answer)->transaction_id(), MessageView::parse(message)->transaction_id());
}
MUST(Binding, "RFC 8489 §6.3.1.1", success_tells_the_source_of_the_request) {
  const auto response = ask();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->view().xor_mapped_address(), caller.line().address());
}
MUST(Binding, "RFC 8489 §5", answers_carry_the_magic_cookie) {
  const auto response = ask();
  ASSERT_TRUE(response);
  EXPECT_EQ(load_be32(response->bytes, 4), 0x2112A442u);
}
MUST(Binding, "RFC 8489 §5", the_two_highest_bits_of_answers_are_zero) {
  const auto response = ask();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->bytes[0] & 0xC0, 0);
}
MUST(Binding, "RFC 8489 §5", the_length_of_answers_counts_what_follows_the_header) {
  const auto response = ask();
  ASSERT_TRUE(response);
  EXPECT_EQ(load_be16(response->bytes, 2), response->bytes.size() - stun::kHeaderSize);
  EXPECT_EQ(response->bytes.size() % 4, 0u);
}
MUST(Binding, "RFC 8489 §6.3.1", a_request_again_is_answered_again_alike) {
  const Octets message = request();
  const auto first = caller.send_raw(message);
  const auto second = caller.send_raw(message);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->view().xor_mapped_address(), second->view().xor_mapped_address());
  EXPECT_EQ(first->view().transaction_id(), second->view().transaction_id());
}

MUST(BindingDatagram, "RFC 8489 §6.3", a_datagram_with_high_bits_set_is_ignored) {
  Octets message = request();
  message[0] |= 0x80;
  EXPECT_TRUE(caller.is_ignored(message));
  message[0] |= 0xC0;
  EXPECT_TRUE(caller.is_ignored(message));
}
MUST(BindingDatagram, "RFC 8489 §6.3", a_wrong_magic_cookie_is_ignored_with_the_message) {
  Octets message = request();
  message[4] ^= 1;
  EXPECT_TRUE(caller.is_ignored(message));
}
MUST(BindingDatagram, "RFC 8489 §6.3", a_length_that_is_not_the_datagrams_is_ignored) {
  for (const int length : {4, 8, 252}) {
    Octets message = request();
    message[3] = static_cast<std::uint8_t>(length);
    EXPECT_TRUE(caller.is_ignored(message)) << length;
  }
}
MUST(BindingDatagram, "RFC 8489 §5", a_length_that_is_not_a_multiple_of_four_is_ignored) {
  Octets message = request();
  message.resize(message.size() + 2);
  message[3] = 2;
  EXPECT_TRUE(caller.is_ignored(message));
}
MUST(BindingDatagram, "RFC 8489 §6.3", a_datagram_shorter_than_a_header_is_ignored) {
  const Octets message = request();
  for (std::size_t size = 1; size < stun::kHeaderSize; size += 3) {
    EXPECT_TRUE(caller.is_ignored(Bytes{message}.first(size))) << size;
  }
}
MUST(BindingDatagram, "RFC 8489 §6.3", an_attribute_longer_than_the_message_is_ignored_with_it) {
  Octets message = request([](Builder& b) { b.add_text(Attribute::software, "test"); });
  message[stun::kHeaderSize + 3] = 12;
  EXPECT_TRUE(caller.is_ignored(message));
}
MUST(BindingDatagram, "RFC 8489 §6.3", half_an_attribute_header_is_ignored_with_the_message) {
  Octets message = request();
  message.resize(message.size() + 4, 0xFF);
  message[3] = 4;
  message[stun::kHeaderSize] = 0x80;  // a comprehension-optional type, and 65,535 bytes that are not there
  EXPECT_TRUE(caller.is_ignored(message));
}

MUST(Binding, "RFC 8489 §6.3.2", an_indication_is_never_answered) {
  EXPECT_TRUE(caller.is_ignored(caller.build(Method::binding, Class::indication)));
}
MUST(Binding, "RFC 8489 §6.3.2", an_indication_with_unknown_required_attributes_is_not_answered_either) {
  EXPECT_TRUE(caller.is_ignored(
      caller.build(Method::binding, Class::indication, [](Builder& b) { b.add(kUnknownRequired, {}); })));
}
MUST(Binding, "RFC 8489 §6.3.3", a_success_response_is_never_answered) {
  EXPECT_TRUE(caller.is_ignored(caller.build(Method::binding, Class::success)));
}
MUST(Binding, "RFC 8489 §6.3.4", an_error_response_is_never_answered) {
  EXPECT_TRUE(caller.is_ignored(
      caller.build(Method::binding, Class::error, [](Builder& b) { b.add_error_code(ErrorCode::bad_request); })));
}
MUST(Binding, "RFC 8489 §6.3", a_request_of_an_unknown_method_is_ignored) {
  for (const int method : {0x002, 0x0FF, 0xFFF}) {
    EXPECT_TRUE(caller.is_ignored(caller.build(static_cast<Method>(method), Class::request))) << method;
  }
}
MUST(Binding, "RFC 8489 §6.3.2", an_indication_of_an_unknown_method_is_ignored) {
  EXPECT_TRUE(caller.is_ignored(caller.build(static_cast<Method>(0x0FF), Class::indication)));
}

MUST(Binding, "RFC 8489 §6.3.1", an_unknown_required_attribute_is_refused_with_420) {
  EXPECT_EQ(code_of(ask([](Builder& b) { b.add(kUnknownRequired, {}); })), 420);
}
MUST(Binding, "RFC 8489 §6.3.1", the_refusal_lists_the_unknown_attribute) {
  const auto response = ask([](Builder& b) { b.add(kUnknownRequired, {}); });
  ASSERT_EQ(code_of(response), 420);
  EXPECT_EQ(listed(*response), std::vector{kUnknownRequired});
}
MUST(Binding, "RFC 8489 §6.3.1", the_refusal_lists_every_unknown_attribute) {
  constexpr auto kOther = static_cast<Attribute>(0x7ABD);
  const auto response = ask([](Builder& b) {
    b.add(kUnknownRequired, {});
    b.add_text(kUnknownOptional, "ignored");
    b.add(kOther, Octets{1, 2, 3});
  });
  ASSERT_EQ(code_of(response), 420);
  EXPECT_EQ(listed(*response), (std::vector{kUnknownRequired, kOther}));
}
MUST(Binding, "RFC 8489 §6.3.1", the_refusal_repeats_method_and_transaction_id) {
  const Octets message = request([](Builder& b) { b.add(kUnknownRequired, {}); });
  caller.line().send(message);
  const auto answer = caller.receive_message();
  ASSERT_TRUE(answer);
  const auto view = MessageView::parse(*answer).value();
  EXPECT_EQ(view.message_class(), Class::error);
  EXPECT_EQ(view.method(), Method::binding);
  EXPECT_EQ(view.transaction_id(), MessageView::parse(message)->transaction_id());
}
MUST(Binding, "RFC 8489 §6.3", unknown_optional_attributes_are_ignored) {
  EXPECT_EQ(code_of(ask([](Builder& b) {
              b.add(kUnknownOptional, {});
              b.add_text(static_cast<Attribute>(0xFFFF), "odd");
            })),
            0);
}
SHOULD(Binding, "RFC 8489 §6.3", known_but_unexpected_attributes_are_ignored) {
  EXPECT_EQ(code_of(ask([](Builder& b) {
              b.add_text(Attribute::realm, "example.org");
              b.add_text(Attribute::nonce, "nonce");
              b.add_xor_address(Attribute::xor_mapped_address, endpoint("192.0.2.1:1"));
            })),
            0);
}
MUST(Binding, "RFC 8489 §14", padding_is_ignored_whatever_is_in_it) {
  Octets message = request([](Builder& b) { b.add_text(Attribute::software, "a"); });
  std::fill(message.end() - 3, message.end(), std::uint8_t{0xFF});
  EXPECT_EQ(code_of(caller.send_raw(message)), 0);
}
MUST(Binding, "RFC 8489 §14", an_attribute_without_a_value_is_well_formed) {
  EXPECT_EQ(code_of(ask([](Builder& b) { b.add(Attribute::software, {}); })), 0);
}
MUST(Binding, "RFC 8489 §14", the_second_of_two_alike_attributes_does_no_harm) {
  EXPECT_EQ(code_of(ask([](Builder& b) {
              b.add_text(Attribute::software, "one");
              b.add_text(Attribute::software, "two");
            })),
            0);
}

MUST(Binding, "RFC 8489 §6.3", a_wrong_fingerprint_is_ignored_with_the_message) {
  Octets message = request([](Builder& b) { b.add_fingerprint(); });
  message.back() ^= 1;
  EXPECT_TRUE(caller.is_ignored(message));
}
MUST(Binding, "RFC 8489 §13", a_valid_fingerprint_is_accepted) {
  EXPECT_EQ(code_of(ask([](Builder& b) { b.add_fingerprint(); })), 0);
}
MUST(Binding, "RFC 8489 §13", no_fingerprint_is_required) { EXPECT_EQ(code_of(ask()), 0); }
MUST(Binding, "RFC 8489 §14.7", a_fingerprint_in_an_answer_is_right_and_the_last) {
  const auto response = ask([](Builder& b) { b.add_fingerprint(); });
  ASSERT_TRUE(response);
  EXPECT_NE(check_fingerprint(response->view()), stun::FingerprintCheck::wrong);
}
SHOULD(Binding, "RFC 8489 §7", a_fingerprint_is_answered_with_a_fingerprint) {
  const auto response = ask([](Builder& b) { b.add_fingerprint(); });
  ASSERT_TRUE(response);
  EXPECT_EQ(check_fingerprint(response->view()), stun::FingerprintCheck::valid);
}
MUST(Binding, "RFC 8489 §14.5", an_unknown_attribute_behind_message_integrity_is_ignored) {
  Octets message = request([](Builder& b) {
    b.add(static_cast<Attribute>(0x8ABC), Octets(20));  // to become MESSAGE-INTEGRITY
    b.add(kUnknownRequired, {});
  });
  store_be16(message, stun::kHeaderSize, static_cast<std::uint16_t>(Attribute::message_integrity));
  EXPECT_EQ(code_of(caller.send_raw(message)), 0);
}
MUST(Binding, "RFC 8489 §14.6", an_unknown_attribute_behind_message_integrity_sha256_is_ignored) {
  Octets message = request([](Builder& b) {
    b.add(static_cast<Attribute>(0x8ABC), Octets(32));  // to become MESSAGE-INTEGRITY-SHA256
    b.add(kUnknownRequired, {});
  });
  store_be16(message, stun::kHeaderSize, static_cast<std::uint16_t>(Attribute::message_integrity_sha256));
  EXPECT_EQ(code_of(caller.send_raw(message)), 0);
}
MUST(Binding, "RFC 8489 §6.3.1", answers_carry_no_attribute_that_a_basic_client_cannot_know) {
  const auto response = ask();
  ASSERT_TRUE(response);
  for (const auto attribute : response->view().attributes()) {
    const bool is_known =
        attribute.type == Attribute::xor_mapped_address || attribute.type == Attribute::mapped_address;
    EXPECT_TRUE(is_known || !is_comprehension_required(attribute.type)) << static_cast<int>(attribute.type);
  }
}
MUST(Binding, "RFC 8489 §6.3.1", a_client_without_credentials_is_not_challenged) { EXPECT_NE(code_of(ask()), 401); }

// §6.2.2: a stream is cut by the lengths that its messages state.
class BindingStream : public Binding {
 protected:
  void SetUp() override {
    if (!caller.line().is_stream()) GTEST_SKIP() << "a rule of streams";
  }
};

MUST(BindingStream, "RFC 8489 §6.2.2", two_messages_in_one_piece_are_two_messages) {
  Octets both = request();
  const auto first = MessageView::parse(both)->transaction_id();
  const Octets second = request();
  both.insert(both.end(), second.begin(), second.end());
  caller.line().send(both);
  const auto one = caller.receive_message();
  const auto two = caller.receive_message();
  ASSERT_TRUE(one && two);
  EXPECT_EQ(MessageView::parse(*one)->transaction_id(), first);
  EXPECT_EQ(MessageView::parse(*two)->transaction_id(), MessageView::parse(second)->transaction_id());
}
MUST(BindingStream, "RFC 8489 §6.2.2", a_message_in_pieces_is_one_message) {
  const Octets message = request([](Builder& b) { b.add_text(Attribute::software, "in pieces"); });
  for (const std::uint8_t byte : Bytes{message}.first(message.size() - 1)) caller.line().send(Bytes{&byte, 1});
  EXPECT_TRUE(caller.hears_nothing());
  caller.line().send(Bytes{message}.last(1));
  const auto answer = caller.receive_message();
  ASSERT_TRUE(answer);
  EXPECT_EQ(MessageView::parse(*answer)->message_class(), Class::success);
}
MUST(BindingStream, "RFC 8489 §6.2.2", the_connection_stays_open_for_the_next_request) {
  EXPECT_EQ(code_of(ask()), 0);
  EXPECT_EQ(code_of(ask()), 0);
  EXPECT_FALSE(caller.line().is_closed());
}

}  // namespace
}  // namespace plntry::test
