#include "signaling/hold.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace plntry::signaling {
namespace {

using enum Hold::Outcome;

constexpr Hold::Bounds kBounds{.messages = 3, .bytes = 10};

class HoldTest : public testing::Test {
 protected:
  Hold::Outcome offer(std::uint64_t seq, std::uint64_t base, std::size_t bytes = 1, bool for_lobby = false) {
    hold_.withdraw_below(base);
    const auto outcome = hold_.check(seq, bytes, kBounds);
    if (outcome == held) hold_.add(std::make_shared<const std::string>(std::to_string(seq)), bytes, for_lobby);
    return outcome;
  }
  std::string taken() {
    std::string all;
    for (const Text& text : std::move(hold_).take()) all += *text;
    return all;
  }

  Hold hold_{LinkId{}};
};

// §4 `lobby`: the first messages, up to the first that is not for it.
TEST_F(HoldTest, shows_the_lobby_what_is_for_it) {
  offer(1, 1, 1, true), offer(2, 1, 1, true);
  EXPECT_TRUE(hold_.is_all_shown());
  offer(3, 1, 1, false);
  EXPECT_FALSE(hold_.is_all_shown());
  ASSERT_EQ(hold_.shown().size(), 2u);
  EXPECT_EQ(*hold_.shown().back(), "2");
  offer(4, 4, 1, true);
  EXPECT_EQ(*hold_.shown().front(), "4") << "the former ones were withdrawn";
}

// §4: the first message of a hold is its base, each further one the next.
TEST_F(HoldTest, starts_at_its_base_and_goes_on_by_one) {
  EXPECT_EQ(offer(5, 4), gap);
  EXPECT_EQ(offer(4, 4), held);
  EXPECT_EQ(offer(5, 4), held);
  EXPECT_EQ(offer(7, 4), gap);
  EXPECT_EQ(offer(6, 4), held);
  EXPECT_EQ(hold_.last_seq(), 6u);
  EXPECT_EQ(taken(), "456");
}

TEST_F(HoldTest, ignores_what_it_already_has) {
  offer(1, 1), offer(2, 1);
  EXPECT_EQ(offer(1, 1), already_held);
  EXPECT_EQ(offer(2, 1), already_held);
  EXPECT_EQ(taken(), "12");
}

TEST_F(HoldTest, drops_what_the_sender_withdrew) {
  offer(1, 1), offer(2, 1), offer(3, 1);
  EXPECT_EQ(offer(4, 3), held) << "1 and 2 made room";
  EXPECT_EQ(taken(), "34");
}

TEST_F(HoldTest, may_be_withdrawn_whole_and_beyond) {
  offer(1, 1), offer(2, 1);
  EXPECT_EQ(offer(6, 6), held);
  EXPECT_EQ(taken(), "6");
}

TEST_F(HoldTest, withdraws_also_when_the_message_leaves_a_gap) {
  offer(1, 1);
  EXPECT_EQ(offer(4, 3), gap);
  EXPECT_TRUE(hold_.empty());
  EXPECT_EQ(offer(3, 3), held);
}

TEST_F(HoldTest, a_base_that_goes_down_changes_nothing) {
  offer(4, 4), offer(5, 5);
  EXPECT_EQ(offer(6, 1), held);
  EXPECT_EQ(offer(4, 1), already_held);
  EXPECT_EQ(taken(), "56");
}

TEST_F(HoldTest, is_bounded_in_messages_and_bytes) {
  EXPECT_EQ(offer(1, 1, 11), too_much);
  EXPECT_EQ(offer(1, 1, 9), held);
  EXPECT_EQ(offer(2, 1, 2), too_much);
  EXPECT_EQ(offer(2, 1, 1), held);
  EXPECT_EQ(offer(3, 1, 0), held);
  EXPECT_EQ(offer(4, 1, 0), too_much);
  EXPECT_EQ(offer(4, 2, 9), held) << "what was withdrawn counts no more";
}

}  // namespace
}  // namespace plntry::signaling
