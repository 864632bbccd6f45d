#include "base/slot_map.hpp"

#include <map>
#include <memory>
#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace plntry {
namespace {

TEST(SlotMap, an_id_of_an_erased_value_finds_nothing_when_its_slot_is_used_again) {
  SlotMap<std::string> map;
  const auto first = map.insert("first");
  EXPECT_TRUE(map.erase(first));
  const auto second = map.insert("second");
  EXPECT_EQ(second.index, first.index);
  EXPECT_EQ(map.find(first), nullptr);
  EXPECT_FALSE(map.erase(first));
  EXPECT_EQ(*map.find(second), "second");
  EXPECT_EQ(std::unordered_set({first, second}).size(), 2u);
}

TEST(SlotMap, a_default_id_names_nothing) {
  SlotMap<int> map;
  EXPECT_EQ(map.find({}), nullptr);
  map.insert(1);
  EXPECT_EQ(map.find({}), nullptr);
}

TEST(SlotMap, erasing_destroys_the_value) {
  SlotMap<std::shared_ptr<int>> map;
  const auto value = std::make_shared<int>(1);
  const auto id = map.insert(value);
  EXPECT_EQ(value.use_count(), 2);
  map.erase(id);
  EXPECT_EQ(value.use_count(), 1);
}

TEST(SlotMap, a_visitor_may_erase_what_it_is_given) {
  SlotMap<int> map;
  for (int i = 0; i < 10; ++i) map.insert(i);
  map.for_each([&](auto id, int& value) {
    if (value % 2 == 0) map.erase(id);
  });
  int sum = 0;
  map.for_each([&](auto, int& value) { sum += value; });
  EXPECT_EQ(sum, 1 + 3 + 5 + 7 + 9);
  EXPECT_EQ(map.size(), 5u);
}

// Against std::map as the model, with every id ever given kept and asked for.
TEST(SlotMap, behaves_as_a_map_from_fresh_ids) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, std::uint8_t>>& steps) {
    SlotMap<int> map;
    std::map<SlotId<int>, int> model;
    std::vector<SlotId<int>> given;
    int next = 0;
    for (const auto& [insert, pick] : steps) {
      if (insert || given.empty()) {
        given.push_back(map.insert(next));
        RC_ASSERT(model.emplace(given.back(), next++).second);
      } else {
        const auto id = given[pick % given.size()];
        RC_ASSERT(map.erase(id) == (model.erase(id) == 1));
      }
      RC_ASSERT(map.size() == model.size());
      RC_ASSERT(map.empty() == model.empty());
    }
    for (const auto& id : given) {
      const int* found = map.find(id);
      const auto expected = model.find(id);
      RC_ASSERT((found != nullptr) == (expected != model.end()));
      if (found) RC_ASSERT(*found == expected->second);
    }
    std::map<SlotId<int>, int> visited;
    map.for_each([&](auto id, int& value) { visited.emplace(id, value); });
    RC_ASSERT(visited == model);
  }));
}

}  // namespace
}  // namespace plntry
