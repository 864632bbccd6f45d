#include "base/bytes.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/reader.hpp"
#include "base/writer.hpp"

namespace plntry {
namespace {

using ::testing::ElementsAre;

TEST(Bytes, stores_and_loads_in_network_order) {
  std::array<std::uint8_t, 8> buffer{};
  store_be64(buffer, 0, 0x0102030405060708);
  EXPECT_THAT(buffer, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(load_be16(buffer, 1), 0x0203);
  EXPECT_EQ(load_be32(buffer, 4), 0x05060708u);
  EXPECT_EQ(load_be64(buffer, 0), 0x0102030405060708u);
}

TEST(Reader, reads_front_to_back_and_refuses_what_does_not_fit) {
  const std::array<std::uint8_t, 16> buffer{1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 9};
  Reader reader{buffer};
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.be16(), 2);
  EXPECT_EQ(reader.be32(), 3u);
  EXPECT_EQ(reader.be64(), 4u);
  EXPECT_EQ(reader.be16(), std::nullopt);
  EXPECT_FALSE(reader.bytes(2));
  EXPECT_THAT(reader.rest(), ElementsAre(9));  // a refused read moves nothing
  EXPECT_THAT(*reader.bytes(1), ElementsAre(9));
  EXPECT_TRUE(reader.empty());
  EXPECT_EQ(reader.u8(), std::nullopt);
  EXPECT_EQ(reader.be32(), std::nullopt);
  EXPECT_EQ(reader.be64(), std::nullopt);
}

TEST(Writer, writes_front_to_back) {
  std::array<std::uint8_t, 19> buffer;
  buffer.fill(0xEE);
  Writer writer{buffer};
  writer.u8(1);
  writer.be16(2);
  writer.be32(3);
  writer.be64(4);
  writer.bytes(as_bytes("hi"));
  writer.zeros(1);
  EXPECT_TRUE(writer.ok());
  EXPECT_THAT(writer.written(), ElementsAre(1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 'h', 'i', 0));
  EXPECT_EQ(buffer[18], 0xEE);
}

TEST(Writer, one_write_that_does_not_fit_fails_it_for_good) {
  std::array<std::uint8_t, 4> buffer{};
  Writer writer{buffer};
  writer.be16(1);
  writer.bytes(as_bytes("abc"));
  EXPECT_FALSE(writer.ok());
  writer.u8(1);  // would fit, but the output is already broken
  EXPECT_FALSE(writer.ok());
  EXPECT_THAT(writer.written(), ElementsAre(0, 1));
  EXPECT_THAT(buffer, ElementsAre(0, 1, 0, 0));
}

}  // namespace
}  // namespace plntry
