#include "base/crypto.hpp"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace plntry {
namespace {

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// RFC 1321 §A.5, FIPS 180-4.
TEST(Crypto, hashes_match_their_standards) {
  EXPECT_EQ(hex(md5(as_bytes(""))), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex(md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 2202 §3 case 2, RFC 4231 §4.3.
TEST(Crypto, hmacs_match_their_standards) {
  const Bytes key = as_bytes("Jefe");
  const Bytes data = as_bytes("what do ya want for nothing?");
  EXPECT_EQ(hex(hmac_sha1(key, data)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(hmac_sha256(key, data)), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 2202 §3 case 6, RFC 4231 §4.7: a key longer than a block is hashed first.
TEST(Crypto, hmacs_take_keys_longer_than_a_block) {
  const Bytes data = as_bytes("Test Using Larger Than Block-Size Key - Hash Key First");
  EXPECT_EQ(hex(hmac_sha1(as_bytes(std::string(80, '\xaa')), data)), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(131, '\xaa')), data)),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Crypto, hmac_of_pieces_is_that_of_the_whole) {
  const Bytes whole = as_bytes("one two three");
  EXPECT_EQ(hmac_sha1(as_bytes("k"), {whole.first(4), whole.subspan(4, 4), whole.subspan(8)}),
            hmac_sha1(as_bytes("k"), whole));
  EXPECT_EQ(hmac_sha256(as_bytes("k"), {whole.first(1), {}, whole.subspan(1)}), hmac_sha256(as_bytes("k"), whole));
}

TEST(Crypto, constant_time_comparison_tells_equal_from_different) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sane")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sam")));
}

// RFC 4648 §10.
TEST(Base64, matches_its_standard) {
  EXPECT_EQ(base64_encode(as_bytes("")), "");
  EXPECT_EQ(base64_encode(as_bytes("f")), "Zg==");
  EXPECT_EQ(base64_encode(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(base64_encode(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(base64_encode(as_bytes("\xfb\xff")), "+/8=");
}

// RFC 4648 §10, in the alphabet of §5.
TEST(Base64Url, matches_its_standard) {
  EXPECT_EQ(base64url_encode(as_bytes("")), "");
  EXPECT_EQ(base64url_encode(as_bytes("f")), "Zg");
  EXPECT_EQ(base64url_encode(as_bytes("fo")), "Zm8");
  EXPECT_EQ(base64url_encode(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode(as_bytes("\xfb\xff")), "-_8");
}

TEST(Base64Url, every_sequence_comes_back) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& data) {
    const auto back = base64url_decode(base64url_encode(data));
    RC_ASSERT(back && *back == data);
  }));
}

// One sequence has one text: what is not its canonical form is refused.
TEST(Base64Url, refuses_padding_foreign_letters_and_stray_bits) {
  for (const auto* text : {"Zg==", "Zm8=", "Z", "Zm9vY", "Zm+/", "Zm 8", "Zh", "Zm9", "\xff\xff"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
}

}  // namespace
}  // namespace plntry
