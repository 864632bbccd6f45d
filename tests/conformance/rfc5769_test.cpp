// The test vectors of RFC 5769, and the one of RFC 8489 §B.1 for SHA-256.
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stun/builder.hpp"
#include "stun/fingerprint.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "support/hex.hpp"

namespace plntry::stun {
namespace {

using test::from_hex;
using test::to_hex;

// RFC 8489 §9.1.1; TURN has long-term credentials alone, so the vectors are its only use here.
Bytes short_term_key(std::string_view password) { return as_bytes(password); }

constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr auto kPriority = static_cast<Attribute>(0x0024);
constexpr auto kIceControlled = static_cast<Attribute>(0x8029);

std::vector<AttributeView> attributes_of(const MessageView& message) {
  return {message.attributes().begin(), message.attributes().end()};
}

// §2.1
TEST(Rfc5769, sample_request) {
  const auto bytes = from_hex(R"(
      00010058 2112a442 b7e7a701 bc34d686 fa87dfae
      80220010 5354554e 20746573 7420636c 69656e74
      00240004 6e0001ff
      80290008 932ff9b1 51263b36
      00060009 6576746a 3a683676 59202020
      00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
      80280004 e57a3bcf)");
  const auto message = MessageView::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::binding);
  EXPECT_EQ(message->message_class(), Class::request);
  EXPECT_EQ(to_hex(message->transaction_id()), "b7e7a701bc34d686fa87dfae");
  EXPECT_EQ(message->software(), "STUN test client");
  EXPECT_EQ(message->username(), "evtj:h6vY");
  EXPECT_EQ(to_hex(*message->find(kPriority)), "6e0001ff");
  EXPECT_EQ(to_hex(*message->find(kIceControlled)), "932ff9b151263b36");
  EXPECT_EQ(attributes_of(*message).size(), 4u);
  EXPECT_TRUE(has_valid_integrity(*message, short_term_key(kPassword)));
  EXPECT_FALSE(has_valid_integrity(*message, short_term_key("another password")));
  EXPECT_EQ(check_fingerprint(*message), FingerprintCheck::valid);
}

void expect_sample_response(std::string_view hex, std::string_view mapped) {
  const auto bytes = from_hex(hex);
  const auto message = MessageView::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::binding);
  EXPECT_EQ(message->message_class(), Class::success);
  EXPECT_EQ(message->software(), "test vector");
  EXPECT_EQ(message->xor_mapped_address(), *Endpoint::parse(mapped));
  EXPECT_TRUE(has_valid_integrity(*message, short_term_key(kPassword)));
  EXPECT_EQ(check_fingerprint(*message), FingerprintCheck::valid);
}

// §2.2
TEST(Rfc5769, sample_ipv4_response) {
  expect_sample_response(R"(
      0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
      8022000b 74657374 20766563 746f7220
      00200008 0001a147 e112a643
      00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
      80280004 c07d4c96)",
                         "192.0.2.1:32853");
}

// §2.3
TEST(Rfc5769, sample_ipv6_response) {
  expect_sample_response(R"(
      01010048 2112a442 b7e7a701 bc34d686 fa87dfae
      8022000b 74657374 20766563 746f7220
      00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
      00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
      80280004 c8fb0b4c)",
                         "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
}

constexpr std::string_view kMatrix = "\u30de\u30c8\u30ea\u30c3\u30af\u30b9";

// §2.4; the password is given as SASLprep leaves it.
TEST(Rfc5769, sample_request_with_long_term_authentication) {
  const auto bytes = from_hex(R"(
      00010060 2112a442 78ad3433 c6ad72c0 29da412e
      00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
      0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
      0014000b 6578616d 706c652e 6f726700
      00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666)");
  const auto message = MessageView::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->username(), kMatrix);
  EXPECT_EQ(message->nonce(), "f//499k954d6OL34oL9FSTvy64sA");
  EXPECT_EQ(message->realm(), "example.org");
  EXPECT_TRUE(has_valid_integrity(*message, long_term_key_md5(kMatrix, "example.org", "TheMatrIX")));
  EXPECT_EQ(check_fingerprint(*message), FingerprintCheck::absent);
}

// RFC 8489 §B.1. The sample's header says 20 bytes more than the sample has, and its HMAC was computed over just that
// header: it shows the keys to be right, and its framing to be refused.
TEST(Rfc8489, sample_request_with_userhash_and_sha256) {
  const auto bytes = from_hex(R"(
      0001009c 2112a442 78ad3433 c6ad72c0 29da412e
      001e0020 4a3cf38f ef6992bd a952c678 0417da0f 24819415 569e60b2 05c46e41 407f1704
      00150029 6f624d61 744a6f73 32414141 43662f2f 3439396b 39353464 364f4c33 346f4c39 46535476 79363473 41000000
      0014000b 6578616d 706c652e 6f726700
      001c0020 e4686c8f 0edeb590 13e07090 010a93ef ccbccc54 4c0a45d9 f830aa6d 6f735a01)");
  const Bytes sample{bytes};
  EXPECT_EQ(to_hex(sample.subspan(24, 32)), to_hex(userhash_of(kMatrix, "example.org")));
  EXPECT_EQ(to_hex(sample.last(32)),
            to_hex(hmac_sha256(long_term_key_sha256(kMatrix, "example.org", "TheMatrIX"), sample.first(120))));
  EXPECT_EQ(MessageView::parse(sample).error(), ParseError::bad_length);
}

// Our builder writes what §2.2 shows, but for the padding, which RFC 8489 §14 wants to be zero.
TEST(Rfc5769, sample_ipv4_response_is_built_alike) {
  std::array<std::uint8_t, 128> out;
  TransactionId id;
  std::ranges::copy(from_hex("b7e7a701bc34d686fa87dfae"), id.begin());
  Builder builder{out, {Method::binding, Class::success}, id};
  builder.add_text(Attribute::software, "test vector");
  builder.add_xor_address(Attribute::xor_mapped_address, *Endpoint::parse("192.0.2.1:32853"));
  builder.add_integrity(short_term_key(kPassword));
  builder.add_fingerprint();
  const auto built = builder.finish();
  ASSERT_TRUE(built);
  const auto vector = from_hex(
      "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7200 00200008 0001a147 e112a643");
  EXPECT_EQ(to_hex(built->first(48)), to_hex(vector));
  EXPECT_EQ(built->size(), 80u);
  const auto message = MessageView::parse(*built);
  EXPECT_TRUE(has_valid_integrity(*message, short_term_key(kPassword)));
  EXPECT_EQ(check_fingerprint(*message), FingerprintCheck::valid);
}

}  // namespace
}  // namespace plntry::stun
