#include "base/random.hpp"

#include <set>

#include <gtest/gtest.h>

namespace plntry {
namespace {

TEST(SeededRandom, same_seed_same_sequence) {
  SeededRandom a{7}, b{7}, c{8};
  const std::uint64_t first = a.u64();
  EXPECT_EQ(first, b.u64());
  EXPECT_NE(first, c.u64());
  EXPECT_NE(first, a.u64());
}

TEST(SeededRandom, fills_any_length) {
  SeededRandom random{1};
  std::array<std::uint8_t, 21> bytes{};
  random.fill(bytes);
  EXPECT_GT(std::set<int>(bytes.begin(), bytes.end()).size(), 10u);
  random.fill({});
}

TEST(Random, below_reaches_every_value_and_no_other) {
  SeededRandom random{1};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(6));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(random.below(1), 0u);
}

}  // namespace
}  // namespace plntry
