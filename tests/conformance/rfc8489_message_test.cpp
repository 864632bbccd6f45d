// What RFC 8489 demands of whoever reads and writes STUN messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stun/builder.hpp"
#include "stun/fingerprint.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "support/hex.hpp"
#include "support/stun_messages.hpp"

namespace plntry::stun {
namespace {

using test::attribute;
using test::binding_request;
using test::from_hex;

constexpr MessageType kRequest{Method::binding, Class::request};

class Rfc8489Message : public ::testing::Test {
 protected:
  Builder build() { return {out_, kRequest, test::kTransactionId}; }
  // What the builder wrote, parsed; lives until the next `build`.
  static MessageView parsed(Builder& builder) { return *MessageView::parse(*builder.finish()); }
  static std::expected<MessageView, ParseError> parsed(const std::vector<std::uint8_t>& bytes) {
    return MessageView::parse(bytes);
  }

  std::array<std::uint8_t, 512> out_;
};

// §5: the class's bits stand between the method's.
TEST_F(Rfc8489Message, message_types_are_encoded_as_figure_3_says) {
  EXPECT_EQ(to_wire({Method::binding, Class::request}), 0x0001);
  EXPECT_EQ(to_wire({Method::binding, Class::indication}), 0x0011);
  EXPECT_EQ(to_wire({Method::binding, Class::success}), 0x0101);
  EXPECT_EQ(to_wire({Method::binding, Class::error}), 0x0111);
  EXPECT_EQ(to_wire({Method::send, Class::indication}), 0x0016);
  EXPECT_EQ(to_wire({static_cast<Method>(0xFFF), Class::request}), 0x3EEF);
  for (std::uint16_t wire = 0; wire < 0x4000; ++wire) EXPECT_EQ(to_wire(message_type_from_wire(wire)), wire);
}

// §14: padding bits MUST be set to zero on sending.
TEST_F(Rfc8489Message, padding_is_sent_as_zero) {
  out_.fill(0xEE);
  Builder builder = build();
  builder.add_text(Attribute::software, "a");
  EXPECT_EQ(test::to_hex(builder.finish()->subspan(kHeaderSize)), "8022000161000000");
}

// §14: padding MUST be ignored by the receiver, whatever is in it.
TEST_F(Rfc8489Message, padding_is_ignored_on_receipt) {
  auto bytes = binding_request({attribute(Attribute::software, "a")});
  bytes.back() = 0xFF;
  EXPECT_EQ(parsed(bytes)->software(), "a");
}

// §14: only the first of several attributes of one type needs to be processed.
TEST_F(Rfc8489Message, the_first_of_duplicate_attributes_counts) {
  EXPECT_EQ(parsed(binding_request({attribute(Attribute::realm, "one"), attribute(Attribute::realm, "two")}))->realm(),
            "one");
}

// §14.1: the first octet MUST be ignored by receivers.
TEST_F(Rfc8489Message, the_first_octet_of_an_address_is_ignored) {
  const auto bytes = binding_request({attribute(Attribute::mapped_address, from_hex("ff010050c0000201"))});
  EXPECT_EQ(parsed(bytes)->mapped_address(), *Endpoint::parse("192.0.2.1:80"));
}

// §14.1: an address is 32 bits for IPv4 and 128 for IPv6.
TEST_F(Rfc8489Message, an_address_whose_size_is_not_its_familys_is_malformed) {
  for (const auto* value : {"", "00010050", "00010050c00002", "00010050c000020100", "00020050c0000201",
                            "00030050c0000201", "0001005020010db8000000000000000000000001", "00000050c0000201"}) {
    const auto bytes = binding_request({attribute(Attribute::mapped_address, from_hex(value))});
    EXPECT_EQ(parsed(bytes)->mapped_address(), std::unexpected(AttributeError::malformed)) << value;
  }
}

// §14.2: port and IPv4 address are XORed with the magic cookie, IPv6 also with the transaction id.
TEST_F(Rfc8489Message, xor_addresses_come_back) {
  for (const auto* text : {"192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:1", "[::]:0"}) {
    Builder builder = build();
    builder.add_xor_address(Attribute::xor_mapped_address, *Endpoint::parse(text));
    EXPECT_EQ(parsed(builder).xor_mapped_address(), *Endpoint::parse(text));
  }
}

// §14.3: USERNAME MUST be UTF-8 of fewer than 509 bytes.
TEST_F(Rfc8489Message, a_username_is_utf8_of_fewer_than_509_bytes) {
  const auto username = [&](const std::string& text) {
    const auto bytes = binding_request({attribute(Attribute::username, text)});
    const auto value = MessageView::parse(bytes)->username();
    return value ? std::optional{std::string{*value}} : std::nullopt;
  };
  EXPECT_EQ(username(std::string(508, 'a')), std::string(508, 'a'));
  EXPECT_EQ(username(std::string(509, 'a')), std::nullopt);
  EXPECT_EQ(username("\xC0\x80"), std::nullopt);
}

// §14.4: USERHASH has a fixed length of 32 bytes, SHA-256(username ":" realm).
TEST_F(Rfc8489Message, a_userhash_is_32_bytes) {
  const Sha256 hash = userhash_of("user", "realm");
  EXPECT_EQ(hash, sha256(as_bytes("user:realm")));
  EXPECT_TRUE(parsed(binding_request({attribute(Attribute::userhash, hash)}))->userhash());
  const auto shorter = binding_request({attribute(Attribute::userhash, Bytes{hash}.first(31))});
  EXPECT_EQ(parsed(shorter)->userhash().error(), AttributeError::malformed);
}

// §14.5: the HMAC covers the message up to the attribute before it, with a length that ends with it.
TEST_F(Rfc8489Message, integrity_is_computed_over_a_length_that_ends_with_it) {
  Builder builder = build();
  builder.add_text(Attribute::software, "test");
  builder.add_integrity(as_bytes("key"));
  builder.add_integrity_sha256(as_bytes("key"));
  builder.add_fingerprint();
  const MessageView message = parsed(builder);
  auto text = std::vector<std::uint8_t>(message.bytes().begin(), message.bytes().begin() + 28);
  text[3] = 8 + 24;
  EXPECT_EQ(test::to_hex(*message.message_integrity()), test::to_hex(hmac_sha1(as_bytes("key"), text)));
  EXPECT_TRUE(has_valid_integrity(message, as_bytes("key")));
  EXPECT_TRUE(has_valid_integrity_sha256(message, as_bytes("key")));
  EXPECT_FALSE(has_valid_integrity(message, as_bytes("kex")));
  EXPECT_FALSE(has_valid_integrity_sha256(message, as_bytes("kex")));
  EXPECT_EQ(check_fingerprint(message), FingerprintCheck::valid);
}

// Each bit before a check value is protected by it.
TEST_F(Rfc8489Message, any_changed_bit_before_it_breaks_integrity) {
  Builder builder = build();
  builder.add_text(Attribute::software, "test");
  builder.add_integrity(as_bytes("key"));
  builder.add_integrity_sha256(as_bytes("key"));
  const Bytes built = *builder.finish();
  for (std::size_t bit = 0; bit < 28 * 8; ++bit) {
    std::vector<std::uint8_t> bytes{built.begin(), built.end()};
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
    const auto message = MessageView::parse(bytes);
    if (!message) continue;  // a length or cookie that is not STUN's any more
    EXPECT_FALSE(has_valid_integrity(*message, as_bytes("key"))) << bit;
    EXPECT_FALSE(has_valid_integrity_sha256(*message, as_bytes("key"))) << bit;
  }
}

// §14.5, §14.6: nothing behind a check value may be acted on, save the next check values.
TEST_F(Rfc8489Message, attributes_behind_a_check_value_are_not_seen) {
  const auto bytes = binding_request({
      attribute(Attribute::username, "seen"),
      attribute(Attribute::message_integrity, "twenty bytes of junk"),
      attribute(Attribute::realm, "unprotected"),
      attribute(Attribute::message_integrity_sha256, "thirty-two bytes of junk, padded"),
      attribute(Attribute::nonce, "unprotected"),
      attribute(Attribute::fingerprint, "crc?"),
  });
  const auto message = parsed(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->username(), "seen");
  EXPECT_EQ(message->realm().error(), AttributeError::absent);
  EXPECT_EQ(message->nonce().error(), AttributeError::absent);
  EXPECT_TRUE(message->message_integrity());
  EXPECT_TRUE(message->message_integrity_sha256());
  EXPECT_TRUE(message->fingerprint());
}

// §14.6: MESSAGE-INTEGRITY behind MESSAGE-INTEGRITY-SHA256 is ignored like anything else.
TEST_F(Rfc8489Message, integrity_behind_integrity_sha256_is_ignored) {
  const auto bytes = binding_request({attribute(Attribute::message_integrity_sha256, "sixteen bytes..."),
                                      attribute(Attribute::message_integrity, "twenty bytes of junk")});
  EXPECT_FALSE(parsed(bytes)->message_integrity());
}

// §14.5: only the first MESSAGE-INTEGRITY counts: a second one cannot cover what an attacker appended.
TEST_F(Rfc8489Message, a_second_integrity_is_ignored) {
  const auto bytes = binding_request({attribute(Attribute::message_integrity, "twenty bytes of junk"),
                                      attribute(Attribute::message_integrity, "TWENTY BYTES OF JUNK")});
  EXPECT_EQ(as_text(*parsed(bytes)->message_integrity()), "twenty bytes of junk");
}

// §14.5: 20 bytes; §14.6: 16 to 32, a multiple of four; §14.7: 4.
TEST_F(Rfc8489Message, check_values_of_impossible_size_are_malformed) {
  const auto error_of = [&](Attribute type, std::size_t size) {
    const auto bytes = binding_request({attribute(type, std::string(size, 'x'))});
    const auto message = MessageView::parse(bytes);
    return message ? std::nullopt : std::optional{message.error()};
  };
  for (const std::size_t size : {0u, 16u, 19u, 21u, 32u}) {
    EXPECT_EQ(error_of(Attribute::message_integrity, size), ParseError::bad_attribute) << size;
  }
  for (const std::size_t size : {0u, 12u, 15u, 17u, 30u, 36u}) {
    EXPECT_EQ(error_of(Attribute::message_integrity_sha256, size), ParseError::bad_attribute) << size;
  }
  for (const std::size_t size : {0u, 3u, 5u, 8u}) {
    EXPECT_EQ(error_of(Attribute::fingerprint, size), ParseError::bad_attribute) << size;
  }
}

// §14.6: a truncated value is accepted only where the usage says so, and down to the size that it says.
TEST_F(Rfc8489Message, a_truncated_sha256_is_valid_only_where_it_is_allowed) {
  for (const std::size_t size : {16u, 20u, 24u, 28u}) {
    Builder builder = build();
    builder.add_integrity_sha256(as_bytes("key"), size);
    const MessageView message = parsed(builder);
    EXPECT_EQ(message.message_integrity_sha256()->size(), size);
    EXPECT_FALSE(has_valid_integrity_sha256(message, as_bytes("key")));
    EXPECT_TRUE(has_valid_integrity_sha256(message, as_bytes("key"), size));
    EXPECT_FALSE(has_valid_integrity_sha256(message, as_bytes("key"), size + 4));
  }
}

// §14.7: CRC-32 of the message before it, XORed with 0x5354554e.
TEST_F(Rfc8489Message, any_changed_bit_breaks_the_fingerprint) {
  Builder builder = build();
  builder.add_text(Attribute::software, "test");
  builder.add_fingerprint();
  const Bytes built = *builder.finish();
  for (std::size_t bit = 0; bit < built.size() * 8; ++bit) {
    std::vector<std::uint8_t> bytes{built.begin(), built.end()};
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
    const auto message = MessageView::parse(bytes);
    EXPECT_TRUE(!message || check_fingerprint(*message) != FingerprintCheck::valid) << bit;
  }
}

// §14.8: the class is 3 to 6, the number 0 to 99; the bits before the class are reserved.
TEST_F(Rfc8489Message, error_codes_are_300_to_699) {
  const auto code_of = [&](std::string_view hex) {
    const auto bytes = binding_request({attribute(Attribute::error_code, from_hex(hex))});
    const auto value = MessageView::parse(bytes)->error_code();
    return value ? static_cast<int>(value->code) : 0;
  };
  EXPECT_EQ(code_of("00000414"), 420);
  EXPECT_EQ(code_of("fffffc14"), 420);
  EXPECT_EQ(code_of("00000663"), 699);
  for (const auto* hex : {"00000214", "00000714", "00000464", "000004", "", "00000414ff"}) EXPECT_EQ(code_of(hex), 0);
}

// §14.8: the codes come with the phrases that the RFCs recommend.
TEST_F(Rfc8489Message, errors_carry_code_and_reason) {
  Builder builder = build();
  builder.add_error_code(ErrorCode::stale_nonce);
  const MessageView message = parsed(builder);
  EXPECT_EQ(message.error_code()->code, ErrorCode::stale_nonce);
  EXPECT_EQ(message.error_code()->reason, "Stale Nonce");
}

// §14.9, §14.10, §14.14: at most 763 bytes of UTF-8.
TEST_F(Rfc8489Message, texts_are_utf8_of_at_most_763_bytes) {
  for (const Attribute type : {Attribute::realm, Attribute::nonce, Attribute::software}) {
    const auto fits = binding_request({attribute(type, std::string(763, 'a'))});
    const auto longer = binding_request({attribute(type, std::string(764, 'a'))});
    const auto broken = binding_request({attribute(type, "\xED\xA0\x80")});
    EXPECT_TRUE(decode(*MessageView::parse(fits), type, decode_text));
    EXPECT_FALSE(decode(*MessageView::parse(longer), type, decode_text));
    EXPECT_FALSE(decode(*MessageView::parse(broken), type, decode_text));
  }
}

// §14.11, §14.12: algorithms with their parameters, each padded to a multiple of four.
TEST_F(Rfc8489Message, password_algorithms_come_back_in_their_order) {
  Builder builder = build();
  builder.add_password_algorithms(std::array{PasswordAlgorithm::sha256, PasswordAlgorithm::md5});
  builder.add_password_algorithm(PasswordAlgorithm::sha256);
  const MessageView message = parsed(builder);
  const auto list = *message.password_algorithms();
  ASSERT_EQ(list.list().size(), 2u);
  EXPECT_EQ(list.list()[0].algorithm, PasswordAlgorithm::sha256);
  EXPECT_EQ(list.list()[1].algorithm, PasswordAlgorithm::md5);
  EXPECT_EQ(message.password_algorithm()->algorithm, PasswordAlgorithm::sha256);
}

TEST_F(Rfc8489Message, password_algorithms_with_parameters_are_skipped_by_their_padded_size) {
  const auto bytes =
      binding_request({attribute(Attribute::password_algorithms, from_hex("7fff0003 61626300 00020000"))});
  const auto list = *parsed(bytes)->password_algorithms();
  ASSERT_EQ(list.list().size(), 2u);
  EXPECT_EQ(as_text(list.list()[0].parameters), "abc");
  EXPECT_EQ(list.list()[1].algorithm, PasswordAlgorithm::sha256);
}

TEST_F(Rfc8489Message, password_algorithms_that_overrun_their_attribute_are_malformed) {
  for (const auto* hex : {"0002", "00020001", "0002ffff00000000", "000200000001"}) {
    const auto bytes = binding_request({attribute(Attribute::password_algorithms, from_hex(hex))});
    EXPECT_EQ(parsed(bytes)->password_algorithms().error(), AttributeError::malformed) << hex;
  }
}

// §14.13: a list of 16-bit types.
TEST_F(Rfc8489Message, unknown_attributes_come_back) {
  const std::array types{static_cast<Attribute>(0x7FFF), static_cast<Attribute>(0x0001), Attribute::data};
  Builder builder = build();
  builder.add_unknown_attributes(types);
  EXPECT_THAT(parsed(builder).unknown_attributes()->list(), ::testing::ElementsAreArray(types));
  const auto odd = binding_request({attribute(Attribute::unknown_attributes, from_hex("7fff00"))});
  EXPECT_EQ(parsed(odd)->unknown_attributes().error(), AttributeError::malformed);
}

// §14.15, §14.16: where else to go, and the name to check there, of at most 255 bytes.
TEST_F(Rfc8489Message, alternate_server_and_domain_come_back) {
  Builder builder = build();
  builder.add_address(Attribute::alternate_server, *Endpoint::parse("192.0.2.9:3478"));
  builder.add_text(Attribute::alternate_domain, "relay.example.org");
  const MessageView message = parsed(builder);
  EXPECT_EQ(message.alternate_server(), *Endpoint::parse("192.0.2.9:3478"));
  EXPECT_EQ(message.alternate_domain(), "relay.example.org");
  const auto longer = binding_request({attribute(Attribute::alternate_domain, std::string(256, 'a'))});
  EXPECT_EQ(parsed(longer)->alternate_domain().error(), AttributeError::malformed);
}

// §9.2.2: the long-term key is MD5 or SHA-256 of username ":" realm ":" password.
TEST_F(Rfc8489Message, long_term_keys_are_hashes_of_username_realm_and_password) {
  EXPECT_EQ(long_term_key_md5("user", "realm", "pass"), md5(as_bytes("user:realm:pass")));
  EXPECT_EQ(long_term_key_sha256("user", "realm", "pass"), sha256(as_bytes("user:realm:pass")));
}

// RFC 8265 §4.2.2: OpaqueString is neither empty nor holds control characters, and is UTF-8.
TEST_F(Rfc8489Message, opaque_strings_are_utf8_without_controls) {
  for (const auto* text : {"a", "pass word", "\u00e9", "\u30de", "\U0001F512", "\u00a0"}) {
    EXPECT_TRUE(is_opaque_string(text)) << text;
  }
  for (const auto* text :
       {"", "a\n", "\x7f", "\xc2\x80", "a\xc2\x9f", "\xff", "\xc2", "\xf4\x90\x80\x80", "\xe0\x80\x80"}) {
    EXPECT_FALSE(is_opaque_string(text)) << text;
  }
}

}  // namespace
}  // namespace plntry::stun
