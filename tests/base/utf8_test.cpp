#include "base/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

namespace plntry {
namespace {

TEST(Utf8, accepts_every_code_point_and_refuses_surrogates) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    const auto octet = [point](int shift, std::uint32_t mask, std::uint32_t lead) {
      return static_cast<char>((point >> shift & mask) | lead);
    };
    std::string text;
    if (point < 0x80) {
      text = {octet(0, 0x7F, 0)};
    } else if (point < 0x800) {
      text = {octet(6, 0x1F, 0xC0), octet(0, 0x3F, 0x80)};
    } else if (point < 0x10000) {
      text = {octet(12, 0x0F, 0xE0), octet(6, 0x3F, 0x80), octet(0, 0x3F, 0x80)};
    } else {
      text = {octet(18, 0x07, 0xF0), octet(12, 0x3F, 0x80), octet(6, 0x3F, 0x80), octet(0, 0x3F, 0x80)};
    }
    ASSERT_EQ(is_utf8(as_bytes(text)), point < 0xD800 || point > 0xDFFF) << point;
  }
}

TEST(Utf8, refuses_overlong_cut_and_stray_octets) {
  for (const auto* text : {"\x80", "a\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82",
                           "\xE2(\xA1", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    EXPECT_FALSE(is_utf8(as_bytes(text)));
  }
  EXPECT_TRUE(is_utf8({}));
}

}  // namespace
}  // namespace plntry
