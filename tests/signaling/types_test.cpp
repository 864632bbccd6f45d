#include "signaling/types.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace plntry::signaling {
namespace {

// §1: 3 to 64 characters of a–z, 0–9 and '-', neither first nor last a '-'.
TEST(RoomName, canonical_names_are_taken) {
  for (const std::string& name : {std::string{"abc"}, std::string{"abc-defg-hij"}, std::string{"0-9"},
                                  std::string{"a--b"}, std::string(64, 'x')}) {
    const auto room = RoomName::parse(name);
    ASSERT_TRUE(room) << name;
    EXPECT_EQ(room->text(), name);
  }
}

TEST(RoomName, others_are_refused) {
  for (const std::string& name : {std::string{}, std::string{"ab"}, std::string(65, 'x'), std::string{"Abc"},
                                  std::string{"a b"}, std::string{"-abc"}, std::string{"abc-"}, std::string{"a_bc"},
                                  std::string{"stra\xC3\x9F"
                                              "e"},
                                  std::string{"a/b"}, std::string{"abc\0", 4}}) {
    EXPECT_FALSE(RoomName::parse(name)) << name;
  }
}

// §1: base64url without padding; one encoding of a value only, so that an id compares by its text.
TEST(Token, an_id_is_22_canonical_characters) {
  const auto id = ParticipantId::parse("ABCDEFGHIJKLMNOPQRSTUQ");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), "ABCDEFGHIJKLMNOPQRSTUQ");
  EXPECT_TRUE(ParticipantId::parse("abcdefghijklm012345-_w"));

  EXPECT_FALSE(ParticipantId::parse(""));
  EXPECT_FALSE(ParticipantId::parse("ABCDEFGHIJKLMNOPQRSTU"));
  EXPECT_FALSE(ParticipantId::parse("ABCDEFGHIJKLMNOPQRSTUQA"));
  EXPECT_FALSE(ParticipantId::parse("ABCDEFGHIJKLMNOPQRSTU="));
  EXPECT_FALSE(ParticipantId::parse("ABCDEFGHIJKLMNOPQRST+Q"));
  EXPECT_FALSE(ParticipantId::parse("ABCDEFGHIJKLMNOPQRST\xC3Q"));
  EXPECT_FALSE(ParticipantId::parse("ABCDEFGHIJKLMNOPQRSTUR")) << "trailing bits";
}

TEST(Token, a_link_id_is_16_characters) {
  EXPECT_TRUE(LinkId::parse("abcdefghijklmno_"));
  EXPECT_FALSE(LinkId::parse("abcdefghijklmno"));
  EXPECT_FALSE(LinkId::parse("abcdefghijklmno_p"));
  EXPECT_FALSE(LinkId::parse("abcdefghijklmno "));
}

TEST(Token, ids_are_ordered_as_ascii) {
  EXPECT_LT(*ParticipantId::parse("-bcdefghijklm012345-_w"), *ParticipantId::parse("0bcdefghijklm012345-_w"));
  EXPECT_LT(*ParticipantId::parse("Zbcdefghijklm012345-_w"), *ParticipantId::parse("abcdefghijklm012345-_w"));
}

// §1: the first 16 bytes of SHA-256("plntry participant\n" ‖ secret).
TEST(ParticipantOf, is_the_hash_of_the_secret) {
  std::array<std::uint8_t, kSecretSize> secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i);
  // printf 'plntry participant\n' | cat - <(bytes 00 … 1f) | sha256sum
  EXPECT_EQ(participant_of(secret).text(), "mPnWMkjpb6Z175kKFW4eIg");
}

}  // namespace
}  // namespace plntry::signaling
