// Usage that is still to be stored, summed by day and by call so that it stays small however long the disk takes.
#pragma once

#include <compare>
#include <map>

#include "usage/calendar.hpp"
#include "usage/record.hpp"

namespace plntry::usage {

class Batch {
 public:
  struct DayKey {
    Day day;
    turn::Transport transport;
    friend auto operator<=>(const DayKey&, const DayKey&) = default;
  };
  // Which of the user's calls it is in is found out when it is stored.
  struct CallKey {
    std::string user;
    WallTime started;  // the allocation
    turn::Transport transport;
    friend auto operator<=>(const CallKey&, const CallKey&) = default;
  };
  struct CallPart {
    turn::Usage relayed;
    WallTime last;
  };

  // At most so many parts of calls; of further ones only the days know.
  explicit Batch(std::size_t max_call_parts) : max_call_parts_(max_call_parts) {}

  void enter(const Record& record, WallTime now);
  // What is known of by transport only.
  void enter(turn::Transport transport, const Traffic& traffic, WallTime now);
  void clear();

  bool empty() const { return days_.empty(); }
  const std::map<DayKey, Traffic>& days() const { return days_; }
  const std::map<CallKey, CallPart>& calls() const { return calls_; }
  std::uint64_t bytes_in(Month month) const;
  // Parts of calls that found no room, since the beginning.
  std::uint64_t call_parts_dropped() const { return call_parts_dropped_; }

 private:
  // However long the disk is away, and whatever the clock does.
  static constexpr std::size_t kMaxDays = 1600;

  std::size_t max_call_parts_;
  std::map<DayKey, Traffic> days_;
  std::map<CallKey, CallPart> calls_;
  std::uint64_t call_parts_dropped_ = 0;
};

}  // namespace plntry::usage
