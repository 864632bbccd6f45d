// At most one deadline for each id, earliest first; equal deadlines come in the order in which they were scheduled.
// Schedule, cancel and pop cost O(log n) and allocate only while the queue grows past its former size.
//
// `Id` is a `SlotId`: its `index` addresses a table, its `generation` tells a reused slot from the former one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace plntry {

template <typename Id>
class DeadlineQueue {
 public:
  // Sets or moves the deadline of `id`. A deadline left by a former user of the slot is dropped.
  void schedule(Id id, TimePoint at) {
    if (id.index >= places_.size()) places_.resize(id.index + 1, kNowhere);
    std::size_t place = places_[id.index];
    if (place == kNowhere) {
      place = heap_.size();
      heap_.emplace_back();
      places_[id.index] = place;
    }
    heap_[place] = Entry{at, next_order_++, id};
    settle(place);
  }

  void cancel(Id id) {
    if (const auto place = find(id)) remove(*place);
  }

  std::optional<TimePoint> deadline_of(Id id) const {
    const auto place = find(id);
    return place ? std::optional{heap_[*place].at} : std::nullopt;
  }

  std::optional<TimePoint> next_deadline() const {
    return heap_.empty() ? std::nullopt : std::optional{heap_.front().at};
  }

  // Takes out the first id whose deadline is at or before `now`.
  std::optional<Id> pop_due(TimePoint now) {
    if (heap_.empty() || heap_.front().at > now) return std::nullopt;
    const Id id = heap_.front().id;
    remove(0);
    return id;
  }

  std::size_t size() const { return heap_.size(); }
  bool empty() const { return heap_.empty(); }

 private:
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  struct Entry {
    TimePoint at{};
    std::uint64_t order = 0;
    Id id{};

    bool before(const Entry& other) const { return std::pair{at, order} < std::pair{other.at, other.order}; }
  };

  std::optional<std::size_t> find(Id id) const {
    if (id.index >= places_.size() || places_[id.index] == kNowhere) return std::nullopt;
    const std::size_t place = places_[id.index];
    return heap_[place].id == id ? std::optional{place} : std::nullopt;
  }

  void remove(std::size_t place) {
    places_[heap_[place].id.index] = kNowhere;
    if (place + 1 != heap_.size()) {
      put(place, heap_.back());
      heap_.pop_back();
      settle(place);
    } else {
      heap_.pop_back();
    }
  }

  // Moves the entry at `place` up or down to where it belongs.
  void settle(std::size_t place) {
    const Entry entry = heap_[place];
    while (place > 0 && entry.before(heap_[(place - 1) / 2])) {
      put(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) child += 1;
      if (!heap_[child].before(entry)) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, entry);
  }

  void put(std::size_t place, Entry entry) {
    heap_[place] = entry;
    places_[entry.id.index] = place;
  }

  std::vector<Entry> heap_;
  std::vector<std::size_t> places_;  // by Id::index
  std::uint64_t next_order_ = 0;
};

}  // namespace plntry
