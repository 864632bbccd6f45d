#include "base/deadline_queue.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/slot_map.hpp"

namespace plntry {
namespace {

using Id = SlotId<struct Timer>;

constexpr Id kA{0, 1}, kB{1, 1}, kC{2, 1};
constexpr TimePoint at(int seconds) { return TimePoint{std::chrono::seconds{seconds}}; }

TEST(DeadlineQueue, gives_what_is_due_earliest_first) {
  DeadlineQueue<Id> queue;
  queue.schedule(kA, at(3));
  queue.schedule(kB, at(1));
  queue.schedule(kC, at(2));
  EXPECT_EQ(queue.next_deadline(), at(1));
  EXPECT_EQ(queue.pop_due(at(0)), std::nullopt);
  EXPECT_EQ(queue.pop_due(at(2)), kB);
  EXPECT_EQ(queue.pop_due(at(2)), kC);
  EXPECT_EQ(queue.pop_due(at(2)), std::nullopt);
  EXPECT_EQ(queue.next_deadline(), at(3));
  EXPECT_EQ(queue.pop_due(at(3)), kA);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_deadline(), std::nullopt);
}

TEST(DeadlineQueue, scheduling_again_moves_the_deadline) {
  DeadlineQueue<Id> queue;
  queue.schedule(kA, at(1));
  queue.schedule(kB, at(2));
  queue.schedule(kA, at(3));
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.deadline_of(kA), at(3));
  EXPECT_EQ(queue.pop_due(at(9)), kB);
  EXPECT_EQ(queue.pop_due(at(9)), kA);
}

TEST(DeadlineQueue, equal_deadlines_come_in_the_order_of_scheduling) {
  DeadlineQueue<Id> queue;
  for (std::uint32_t i = 0; i < 100; ++i) queue.schedule(Id{i * 37 % 100, 1}, at(1));
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(queue.pop_due(at(1)), (Id{i * 37 % 100, 1}));
}

TEST(DeadlineQueue, cancelling_what_is_not_there_is_harmless) {
  DeadlineQueue<Id> queue;
  queue.cancel(kC);
  queue.schedule(kA, at(1));
  queue.cancel(kB);
  queue.cancel(kA);
  queue.cancel(kA);
  EXPECT_TRUE(queue.empty());
}

TEST(DeadlineQueue, a_reused_slot_is_not_confused_with_its_former_user) {
  DeadlineQueue<Id> queue;
  const Id former{0, 1}, current{0, 2};
  queue.schedule(former, at(1));
  queue.schedule(current, at(2));  // the former was never cancelled
  queue.cancel(former);
  EXPECT_EQ(queue.deadline_of(former), std::nullopt);
  EXPECT_EQ(queue.pop_due(at(9)), current);
  EXPECT_TRUE(queue.empty());
}

// Against a sorted map as the model.
TEST(DeadlineQueue, behaves_as_a_sorted_map) {
  struct Step {
    int kind, id, at;
  };
  EXPECT_TRUE(rc::check([] {
    DeadlineQueue<Id> queue;
    std::map<std::uint32_t, std::pair<TimePoint, int>> model;  // id → deadline, order
    const int steps = *rc::gen::inRange(0, 200);
    for (int order = 0; order < steps; ++order) {
      const auto [kind, id, when] = Step{*rc::gen::inRange(0, 4), *rc::gen::inRange(0, 16), *rc::gen::inRange(0, 20)};
      const auto index = static_cast<std::uint32_t>(id);
      if (kind <= 1) {
        queue.schedule(Id{index, 1}, at(when));
        model[index] = {at(when), order};
      } else if (kind == 2) {
        queue.cancel(Id{index, 1});
        model.erase(index);
      } else {
        const auto first = std::ranges::min_element(model, {}, [](const auto& entry) { return entry.second; });
        const bool due = first != model.end() && first->second.first <= at(when);
        RC_ASSERT(queue.pop_due(at(when)) == (due ? std::optional{Id{first->first, 1}} : std::nullopt));
        if (due) model.erase(first);
      }
      RC_ASSERT(queue.size() == model.size());
    }
  }));
}

}  // namespace
}  // namespace plntry
