#include "base/token_bucket.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace plntry {
namespace {

constexpr TimePoint kStart{1h};

TEST(TokenBucket, gives_its_capacity_at_once_and_then_its_rate) {
  TokenBucket bucket{{.capacity = 3, .per_second = 2}, kStart};
  EXPECT_TRUE(bucket.take(3, kStart));
  EXPECT_FALSE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart + 499ms));
  EXPECT_TRUE(bucket.take(1, kStart + 500ms));
  EXPECT_FALSE(bucket.take(1, kStart + 500ms));
}

TEST(TokenBucket, never_holds_more_than_its_capacity) {
  TokenBucket bucket{{.capacity = 3, .per_second = 2}, kStart};
  EXPECT_FALSE(bucket.take(4, kStart + 24h));
  EXPECT_TRUE(bucket.take(3, kStart + 24h));
  EXPECT_FALSE(bucket.take(1, kStart + 24h));
}

TEST(TokenBucket, a_refused_take_costs_nothing) {
  TokenBucket bucket{{.capacity = 2, .per_second = 1}, kStart};
  EXPECT_FALSE(bucket.take(3, kStart));
  EXPECT_TRUE(bucket.take(2, kStart));
}

TEST(TokenBucket, time_that_goes_back_refills_nothing) {
  TokenBucket bucket{{.capacity = 1, .per_second = 1}, kStart};
  EXPECT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart - 1h));
  EXPECT_FALSE(bucket.take(1, kStart + 999ms));
  EXPECT_TRUE(bucket.take(1, kStart + 1s));
}

TEST(TokenBucket, what_can_never_be_taken_takes_forever) {
  TokenBucket bucket{{.capacity = 1, .per_second = 1}, kStart};
  EXPECT_EQ(bucket.until_available(2, kStart), Duration::max());
  EXPECT_EQ(bucket.until_available(1, kStart), Duration::zero());
  TokenBucket dry{{.capacity = 1, .per_second = 0}, kStart};
  EXPECT_TRUE(dry.take(1, kStart));
  EXPECT_EQ(dry.until_available(1, kStart), Duration::max());
}

TEST(TokenBucket, is_full_again_after_its_refill) {
  TokenBucket bucket{{.capacity = 2, .per_second = 1}, kStart};
  EXPECT_TRUE(bucket.is_full(kStart));
  EXPECT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.is_full(kStart));
  EXPECT_TRUE(bucket.is_full(kStart + 1s));
}

TEST(TokenBucket, waiting_as_long_as_it_says_is_enough) {
  EXPECT_TRUE(rc::check([] {
    const double capacity = *rc::gen::inRange(1, 1'000'000);
    const double per_second = *rc::gen::inRange(1, 1'000'000) / 100.0;
    TokenBucket bucket{{capacity, per_second}, kStart};
    RC_ASSERT(bucket.take(*rc::gen::inRange(0, static_cast<int>(capacity) + 1), kStart));
    const double amount = *rc::gen::inRange(0, static_cast<int>(capacity) + 1);
    const TimePoint ready = kStart + bucket.until_available(amount, kStart);
    RC_ASSERT(bucket.take(amount, ready));
  }));
}

}  // namespace
}  // namespace plntry
