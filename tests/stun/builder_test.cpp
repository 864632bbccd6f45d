#include "stun/builder.hpp"

#include <gtest/gtest.h>

#include "stun/fingerprint.hpp"
#include "support/stun_messages.hpp"

namespace plntry::stun {
namespace {

std::optional<Bytes> build_everything(MutableBytes out) {
  Builder builder{out, {Method::allocate, Class::error}, test::kTransactionId};
  builder.add_error_code(ErrorCode::unauthenticated);
  builder.add_unknown_attributes(std::array{Attribute::data});
  builder.add_text(Attribute::realm, "realm");
  builder.add_be32(Attribute::lifetime, 600);
  builder.add_address(Attribute::alternate_server, {IpAddress::v6({0x20, 0x01}), 1});
  builder.add_xor_address(Attribute::xor_mapped_address, {IpAddress::v4(192, 0, 2, 1), 2});
  builder.add_password_algorithms(std::array{PasswordAlgorithm::sha256, PasswordAlgorithm::md5});
  builder.add_integrity(as_bytes("key"));
  builder.add_integrity_sha256(as_bytes("key"));
  builder.add_fingerprint();
  return builder.finish();
}

TEST(Builder, what_it_builds_parses) {
  std::array<std::uint8_t, 512> out;
  const auto built = build_everything(out);
  ASSERT_TRUE(built);
  const auto message = MessageView::parse(*built);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::allocate);
  EXPECT_EQ(message->message_class(), Class::error);
  EXPECT_EQ(message->error_code()->reason, "Unauthenticated");
  EXPECT_EQ(load_be32(*message->find(Attribute::lifetime), 0), 600u);
  EXPECT_TRUE(has_valid_integrity(*message, as_bytes("key")));
  EXPECT_TRUE(has_valid_integrity_sha256(*message, as_bytes("key")));
  EXPECT_EQ(check_fingerprint(*message), FingerprintCheck::valid);
}

TEST(Builder, a_buffer_that_is_too_small_gives_nothing_and_is_not_overrun) {
  std::array<std::uint8_t, 512> out;
  const std::size_t size = build_everything(out)->size();
  for (std::size_t room = 0; room < size; ++room) {
    std::vector<std::uint8_t> exact(room);  // the sanitizer watches its end
    EXPECT_FALSE(build_everything(exact)) << room;
  }
  std::vector<std::uint8_t> exact(size);
  EXPECT_TRUE(build_everything(exact));
}

TEST(Builder, a_message_longer_than_its_length_can_say_gives_nothing) {
  std::vector<std::uint8_t> out(200'000);
  const std::vector<std::uint8_t> data(40'000);
  Builder builder{out, {Method::data, Class::indication}, test::kTransactionId};
  builder.add(Attribute::data, data);
  builder.add(Attribute::data, data);
  EXPECT_FALSE(builder.finish());
}

TEST(Builder, an_empty_message_is_its_header) {
  std::array<std::uint8_t, kHeaderSize> out;
  Builder builder{out, {Method::binding, Class::request}, test::kTransactionId};
  EXPECT_EQ(MessageView::parse(*builder.finish())->transaction_id(), test::kTransactionId);
}

}  // namespace
}  // namespace plntry::stun
