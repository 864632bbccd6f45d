#include "net/pace.hpp"

#include <gtest/gtest.h>

namespace plntry::net {
namespace {

class PaceTest : public testing::Test {
 protected:
  // Packets at an even pace, for as long as it takes to be sure of it.
  void come(Duration gap) {
    for (const TimePoint end = now_ + 10ms; now_ < end; now_ += gap) pace_.count(now_);
  }

  Pace pace_;
  TimePoint now_{1s};
};

TEST_F(PaceTest, sparse_packets_are_never_waited_for) {
  EXPECT_FALSE(pace_.is_dense());
  come(60us);
  EXPECT_FALSE(pace_.is_dense());
}

TEST_F(PaceTest, dense_packets_are_and_sparse_ones_end_it) {
  come(40us);
  EXPECT_TRUE(pace_.is_dense());
  come(60us);
  EXPECT_FALSE(pace_.is_dense());
}

TEST_F(PaceTest, first_packet_after_a_long_silence_is_not_waited_for) {
  come(10us);
  now_ += 24h * 365;
  pace_.count(now_);
  EXPECT_FALSE(pace_.is_dense());
}

TEST_F(PaceTest, rest_lasts_to_the_end_of_the_cycle) {
  pace_.wake(now_);
  EXPECT_EQ(pace_.rest(now_ + 50us), Pace::kCycle - 50us);
}

TEST_F(PaceTest, busy_loop_gets_no_rest) {
  pace_.wake(now_);
  EXPECT_EQ(pace_.rest(now_ + Pace::kCycle - 1us), Duration{});
  EXPECT_EQ(pace_.rest(now_ + Pace::kCycle + 1h), Duration{});
}

}  // namespace
}  // namespace plntry::net
