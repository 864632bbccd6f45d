#include <gtest/gtest.h>

#include "usage/batch.hpp"
#include "usage/book.hpp"
#include "usage/calendar.hpp"
#include "usage/size.hpp"

namespace plntry::usage {
namespace {

TEST(Calendar, days_and_months_are_printed_and_read_back) {
  const auto day = parse_day("2024-02-29");
  ASSERT_TRUE(day);
  EXPECT_EQ(print_day(*day), "2024-02-29");
  EXPECT_EQ(print_month(month_of(*day)), "2024-02");
  EXPECT_EQ(parse_month("2024-02"), month_of(*day));
  EXPECT_EQ(print_day(first_day(*parse_month("2026-02"))), "2026-02-01");
  EXPECT_EQ(print_day(last_day(*parse_month("2026-02"))), "2026-02-28");
  EXPECT_EQ(print_time(WallTime{1'700'000'000s}), "2023-11-14T22:13:20Z");
}

TEST(Calendar, what_is_no_date_is_refused) {
  for (const char* bad :
       {"", "2026", "2026-1-01", "2026-13-01", "2026-02-29", "2026-02-30", "2026-02-01x", "26-02-01"}) {
    EXPECT_EQ(parse_day(bad), std::nullopt) << bad;
  }
  for (const char* bad : {"", "2026-00", "2026-13", "2026-1", "2026-01-01", "2026/01"}) {
    EXPECT_EQ(parse_month(bad), std::nullopt) << bad;
  }
}

TEST(Size, is_printed_with_one_digit_in_powers_of_ten) {
  EXPECT_EQ(print_size(0), "0 B");
  EXPECT_EQ(print_size(999), "999 B");
  EXPECT_EQ(print_size(1000), "1.0 kB");
  EXPECT_EQ(print_size(999'949), "999.9 kB");
  EXPECT_EQ(print_size(999'950), "1.0 MB");
  EXPECT_EQ(print_size(41'300'000'000), "41.3 GB");
  EXPECT_EQ(print_size(UINT64_MAX), "18.4 EB");
}

TEST(Stage, is_low_from_80_percent_on_and_used_up_from_100) {
  EXPECT_EQ(stage_of(79, 100), Stage::open);
  EXPECT_EQ(stage_of(80, 100), Stage::low);
  EXPECT_EQ(stage_of(99, 100), Stage::low);
  EXPECT_EQ(stage_of(100, 100), Stage::used_up);
  EXPECT_EQ(stage_of(UINT64_MAX, UINT64_MAX), Stage::used_up);
  EXPECT_EQ(stage_of(UINT64_MAX, 0), Stage::open) << "0 is no allowance";
}

TEST(Batch, sums_what_belongs_together_and_is_bounded) {
  Batch batch(2);
  const WallTime now{100s};
  for (int i = 0; i < 3; ++i) {
    for (const char* user : {"a", "b", "c"}) {
      batch.enter({user, turn::Transport::udp, WallTime{50s}, {1, 10, 1, 20}, false}, now);
    }
  }
  EXPECT_EQ(batch.calls().size(), 2);
  EXPECT_EQ(batch.call_parts_dropped(), 3);
  ASSERT_EQ(batch.days().size(), 1);
  EXPECT_EQ(bytes_of(batch.days().begin()->second.relayed), 3 * 3 * 30) << "the days know of all";
  EXPECT_EQ(batch.bytes_in(month_of(now)), 3 * 3 * 30);
  EXPECT_EQ(batch.bytes_in(*parse_month("1970-02")), 0);
}

TEST(Batch, an_allocation_that_relayed_nothing_is_no_call) {
  Batch batch(2);
  batch.enter({"a", turn::Transport::udp, {}, {}, false}, WallTime{100s});
  EXPECT_TRUE(batch.empty());
  batch.enter({"a", turn::Transport::udp, {}, {}, true}, WallTime{100s});
  EXPECT_TRUE(batch.calls().empty());
  ASSERT_EQ(batch.days().size(), 1);
  EXPECT_EQ(batch.days().begin()->second.allocations, 1);
}

}  // namespace
}  // namespace plntry::usage
