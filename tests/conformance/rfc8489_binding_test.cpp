// What RFC 8489 demands of a server that answers Binding requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stun/binding.hpp"
#include "stun/builder.hpp"
#include "stun/fingerprint.hpp"
#include "support/hex.hpp"
#include "support/stun_messages.hpp"

namespace plntry::stun {
namespace {

using test::attribute;
using test::binding_request;
using ::testing::ElementsAre;

constexpr Endpoint kClient{IpAddress::v4(198, 51, 100, 7), 54321};

class Rfc8489Binding : public ::testing::Test {
 protected:
  // The answer to `request`; its bytes live until the next one.
  std::expected<MessageView, Ignored> answer(Bytes request, const Endpoint& source = kClient) {
    const auto bytes = handle_binding(request, source, out_);
    if (!bytes) return std::unexpected(bytes.error());
    const auto message = MessageView::parse(*bytes);
    EXPECT_TRUE(message) << "the answer is not well framed";
    return *message;
  }

  std::vector<std::uint8_t> with_fingerprint(MessageType type = {Method::binding, Class::request}) {
    std::vector<std::uint8_t> bytes(64);
    Builder builder{bytes, type, test::kTransactionId};
    builder.add_fingerprint();
    bytes.resize(builder.finish()->size());
    return bytes;
  }

  std::array<std::uint8_t, kMaxBindingAnswerSize> out_;
};

// §6.3.1.1: the success response carries the request's method and transaction id.
TEST_F(Rfc8489Binding, success_repeats_method_and_transaction_id) {
  const auto response = answer(binding_request());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->message_class(), Class::success);
  EXPECT_EQ(response->method(), Method::binding);
  EXPECT_EQ(response->transaction_id(), test::kTransactionId);
}

// §6.3.1.1: XOR-MAPPED-ADDRESS is the source transport address of the request.
TEST_F(Rfc8489Binding, success_tells_the_ipv4_source) {
  EXPECT_EQ(answer(binding_request())->xor_mapped_address(), kClient);
}
TEST_F(Rfc8489Binding, success_tells_the_ipv6_source) {
  const auto client = *Endpoint::parse("[2001:db8::7]:54321");
  EXPECT_EQ(answer(binding_request(), client)->xor_mapped_address(), client);
}

// §14.2: the family is that of the address on the wire, however a dual-stack socket spells it.
TEST_F(Rfc8489Binding, success_tells_a_v4_mapped_source_as_ipv4) {
  const Endpoint mapped{kClient.address.mapped(), kClient.port};
  EXPECT_EQ(answer(binding_request(), mapped)->xor_mapped_address(), kClient);
}

// §5: the magic cookie MUST be 0x2112A442.
TEST_F(Rfc8489Binding, answers_carry_the_magic_cookie) {
  EXPECT_EQ(load_be32(answer(binding_request())->bytes(), 4), 0x2112A442u);
}

// §6.3: the first two bits MUST be zero; anything else is another protocol's.
TEST_F(Rfc8489Binding, first_two_bits_set_are_ignored) {
  for (const int bits : {0x40, 0x80, 0xC0}) {
    auto request = binding_request();
    request[0] = static_cast<std::uint8_t>(request[0] | bits);
    EXPECT_EQ(answer(request).error(), Ignored::not_stun);
  }
}

// §6.3: a wrong magic cookie is silently discarded.
TEST_F(Rfc8489Binding, wrong_magic_cookie_is_ignored) {
  auto request = binding_request();
  request[7] ^= 1;
  EXPECT_EQ(answer(request).error(), Ignored::not_stun);
}

// §6.3: "the message length is sensible", silently discarded otherwise.
TEST_F(Rfc8489Binding, a_length_that_is_not_the_datagrams_is_ignored) {
  auto request = binding_request({attribute(Attribute::software, "test")});
  for (const int length : {0, 4, 7, 12, 255}) {
    request[3] = static_cast<std::uint8_t>(length);
    EXPECT_EQ(answer(request).error(), Ignored::malformed) << length;
  }
}

// §5: the length is a multiple of four, because every attribute is padded.
TEST_F(Rfc8489Binding, a_length_that_is_not_a_multiple_of_four_is_ignored) {
  auto request = binding_request();
  request.resize(request.size() + 2);
  request[3] = 2;
  EXPECT_EQ(answer(request).error(), Ignored::malformed);
}

TEST_F(Rfc8489Binding, a_datagram_shorter_than_a_header_is_ignored) {
  const auto request = binding_request();
  for (std::size_t size = 0; size < kHeaderSize; ++size) {
    EXPECT_EQ(answer(Bytes{request}.first(size)).error(), Ignored::not_stun) << size;
  }
}

// §14: an attribute that overruns the message makes it malformed.
TEST_F(Rfc8489Binding, an_attribute_longer_than_the_message_is_ignored) {
  auto request = binding_request({attribute(Attribute::software, "test")});
  request[kHeaderSize + 3] = 5;
  EXPECT_EQ(answer(request).error(), Ignored::malformed);
  request[kHeaderSize + 2] = 0xFF;
  request[kHeaderSize + 3] = 0xFF;
  EXPECT_EQ(answer(request).error(), Ignored::malformed);
}

// §6.3.2: no response is generated for an indication.
TEST_F(Rfc8489Binding, an_indication_is_never_answered) {
  EXPECT_EQ(answer(test::message({Method::binding, Class::indication})).error(), Ignored::not_a_request);
}

// §6.3: a response belongs to a transaction in progress, and a server has none. Two servers must not play ping-pong.
TEST_F(Rfc8489Binding, a_response_is_never_answered) {
  EXPECT_EQ(answer(test::message({Method::binding, Class::success})).error(), Ignored::not_a_request);
  EXPECT_EQ(answer(test::message({Method::binding, Class::error})).error(), Ignored::not_a_request);
}

// §6.3: "the method is supported", silently discarded otherwise.
TEST_F(Rfc8489Binding, an_unknown_method_is_ignored) {
  for (const auto method : {0x000, 0x002, 0x003, 0x0FF, 0xFFF}) {
    EXPECT_EQ(answer(test::message({static_cast<Method>(method), Class::request})).error(), Ignored::unknown_method);
  }
}

// §6.3.1: unknown comprehension-required attributes make a 420 that lists them.
TEST_F(Rfc8489Binding, unknown_required_attributes_are_refused_and_listed) {
  const auto response = answer(binding_request({attribute(0x7FFF, {}), attribute(0x0024, as_bytes("prio"))}));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->message_class(), Class::error);
  EXPECT_EQ(response->transaction_id(), test::kTransactionId);
  EXPECT_EQ(response->error_code()->code, ErrorCode::unknown_attribute);
  EXPECT_THAT(response->unknown_attributes()->list(),
              ElementsAre(static_cast<Attribute>(0x7FFF), static_cast<Attribute>(0x0024)));
  EXPECT_EQ(response->xor_mapped_address(), std::unexpected(AttributeError::absent));
}

// RFC 5780 §6.1: a server without a second address refuses CHANGE-REQUEST.
TEST_F(Rfc8489Binding, change_request_is_an_unknown_attribute) {
  const auto response = answer(binding_request({attribute(Attribute::change_request, test::from_hex("00000006"))}));
  EXPECT_EQ(response->error_code()->code, ErrorCode::unknown_attribute);
}

// §6.3: unknown comprehension-optional attributes MUST be ignored.
TEST_F(Rfc8489Binding, unknown_optional_attributes_are_ignored) {
  const auto response = answer(binding_request({attribute(0x8000, as_bytes("?")), attribute(0xFFFF, {})}));
  EXPECT_EQ(response->message_class(), Class::success);
}

// §6.3: known but unexpected attributes SHOULD be ignored; §13: a basic server asks for no credentials.
TEST_F(Rfc8489Binding, known_but_unexpected_attributes_are_ignored) {
  const auto response = answer(binding_request({
      attribute(Attribute::username, "user"),
      attribute(Attribute::realm, "realm"),
      attribute(Attribute::xor_mapped_address, "nonsense"),
      attribute(Attribute::message_integrity, "twenty bytes of junk"),
  }));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->message_class(), Class::success);
  EXPECT_FALSE(response->message_integrity());
}

// §14.5: what follows MESSAGE-INTEGRITY MUST be ignored, an unknown required attribute included.
TEST_F(Rfc8489Binding, attributes_behind_message_integrity_are_ignored) {
  const auto response =
      answer(binding_request({attribute(Attribute::message_integrity, "twenty bytes of junk"), attribute(0x7FFF, {})}));
  EXPECT_EQ(response->message_class(), Class::success);
}

// §14.6: likewise behind MESSAGE-INTEGRITY-SHA256.
TEST_F(Rfc8489Binding, attributes_behind_message_integrity_sha256_are_ignored) {
  const auto response = answer(
      binding_request({attribute(Attribute::message_integrity_sha256, "sixteen bytes..."), attribute(0x7FFF, {})}));
  EXPECT_EQ(response->message_class(), Class::success);
}

// §6.3: if FINGERPRINT is used and wrong, the message is silently discarded.
TEST_F(Rfc8489Binding, a_wrong_fingerprint_is_ignored) {
  auto request = with_fingerprint();
  request.back() ^= 1;
  EXPECT_EQ(answer(request).error(), Ignored::wrong_fingerprint);
}

// §14.7: FINGERPRINT MUST be the last attribute.
TEST_F(Rfc8489Binding, an_attribute_behind_fingerprint_is_ignored_with_the_message) {
  const auto request =
      binding_request({attribute(Attribute::fingerprint, "crc?"), attribute(Attribute::software, "s")});
  EXPECT_EQ(answer(request).error(), Ignored::malformed);
}

// §13: a basic server MAY use FINGERPRINT and MUST NOT require it. Ours uses it with those who do.
TEST_F(Rfc8489Binding, the_answer_has_a_fingerprint_if_and_only_if_the_request_has) {
  EXPECT_EQ(check_fingerprint(*answer(with_fingerprint())), FingerprintCheck::valid);
  EXPECT_EQ(check_fingerprint(*answer(binding_request())), FingerprintCheck::absent);
  auto unknown = std::vector<std::uint8_t>(64);
  Builder builder{unknown, {Method::binding, Class::request}, test::kTransactionId};
  builder.add(static_cast<Attribute>(0x7FFF), {});
  builder.add_fingerprint();
  EXPECT_EQ(check_fingerprint(*answer(*builder.finish())), FingerprintCheck::valid);
}

// §6.3.1: Binding is idempotent, a retransmission gets the same answer.
TEST_F(Rfc8489Binding, a_retransmission_gets_the_same_answer) {
  const auto first = answer(binding_request())->bytes();
  const std::vector<std::uint8_t> copy{first.begin(), first.end()};
  EXPECT_THAT(answer(binding_request())->bytes(), ::testing::ElementsAreArray(copy));
}

// §16.1 and field practice: whoever forges a source address must gain nothing from it.
TEST_F(Rfc8489Binding, answers_are_at_most_1_6_times_the_request_on_the_wire) {
  const auto v6 = *Endpoint::parse("[2001:db8::7]:54321");
  for (const auto& request : {binding_request(), binding_request({attribute(0x7FFF, {})}),
                              binding_request({attribute(0x7FFF, {}), attribute(0x7FFE, {})}), with_fingerprint()}) {
    EXPECT_LE(answer(request)->bytes().size() + 28, static_cast<double>(request.size() + 28) * 1.6);
    EXPECT_LE(answer(request, v6)->bytes().size() + 48, static_cast<double>(request.size() + 48) * 1.6);
  }
}

// A list of unknown attributes as long as a datagram gets an answer that is bounded nevertheless.
TEST_F(Rfc8489Binding, the_list_of_unknown_attributes_is_bounded) {
  std::vector<std::uint8_t> request = binding_request();
  for (std::uint16_t type = 0x7000; type < 0x7100; ++type) {
    const auto one = attribute(type, {});
    request.insert(request.end(), one.begin(), one.end());
  }
  store_be16(request, 2, static_cast<std::uint16_t>(request.size() - kHeaderSize));
  const auto response = answer(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->error_code()->reason, "Unknown Attribute");
  EXPECT_EQ(response->unknown_attributes()->list().size(), UnknownAttributes::kMax);
}

}  // namespace
}  // namespace plntry::stun
