// Values under ids that are never confused: an id of an erased value finds nothing, even when its slot is used again.
// Insert, find and erase cost O(1); memory is that of the most values ever held at once.
//
// A pointer from `find` is borrowed until the next `insert` or the value's `erase`.
#pragma once

#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace plntry {

// `Tag` keeps ids of different kinds apart. A default id names nothing.
template <typename Tag>
struct SlotId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  friend auto operator<=>(const SlotId&, const SlotId&) = default;
};

template <typename T, typename Id = SlotId<T>>
class SlotMap {
 public:
  Id insert(T value) {
    if (free_.empty()) {
      assert(slots_.size() < std::numeric_limits<std::uint32_t>::max());
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.value.emplace(std::move(value));
    size_ += 1;
    return Id{index, slot.generation};
  }

  T* find(Id id) { return const_cast<T*>(std::as_const(*this).find(id)); }
  const T* find(Id id) const {
    if (id.index >= slots_.size()) return nullptr;
    const Slot& slot = slots_[id.index];
    return slot.generation == id.generation && slot.value ? &*slot.value : nullptr;
  }

  bool erase(Id id) {
    if (!find(id)) return false;
    Slot& slot = slots_[id.index];
    slot.value.reset();
    size_ -= 1;
    slot.generation += 1;
    // A slot whose generations are used up is retired, so that no old id can come true again.
    if (slot.generation != 0) free_.push_back(id.index);
    return true;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Calls `visit(id, value)` for each value, in the order of their slots. `visit` may erase the value it is given.
  template <typename Visit>
  void for_each(Visit visit) {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
      Slot& slot = slots_[index];
      if (slot.value) visit(Id{index, slot.generation}, *slot.value);
    }
  }

 private:
  struct Slot {
    std::uint32_t generation = 1;
    std::optional<T> value;
  };

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace plntry

template <typename Tag>
struct std::hash<plntry::SlotId<Tag>> {
  std::size_t operator()(const plntry::SlotId<Tag>& id) const noexcept {
    return std::hash<std::uint64_t>{}(std::uint64_t{id.generation} << 32 | id.index);
  }
};
