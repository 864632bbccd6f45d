// How a loop keeps up with dense media: it lets packets gather for a moment and handles them together, as network cards
// moderate their interrupts. To wake up for each packet costs more than to relay it.
//
// While there are fewer than `kDense_per_s` packets nothing is ever waited for, and a loop that is busy without a pause
// gets none: what it adds to a packet's way is `kCycle` at most.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace plntry::net {

class Pace {
 public:
  static constexpr Duration kCycle = 200us;  // from one batch to the next
  static constexpr std::int64_t kDense_per_s = 20'000;

  // A packet has come.
  void count(TimePoint now) {
    if (const Duration elapsed = now - began_; elapsed >= kWindow) {
      is_dense_ = counted_ * 1s >= kDense_per_s * std::min<Duration>(elapsed, 1s);
      began_ = now;
      counted_ = 0;
    }
    counted_ += 1;
  }
  // As of the last packet.
  bool is_dense() const { return is_dense_; }

  // How long to rest, after a batch; nothing when too little of the cycle is left to be worth a timer.
  Duration rest(TimePoint now) const {
    const Duration left = woken_ + kCycle - now;
    return left >= kRestMin ? left : Duration{};
  }
  void wake(TimePoint now) { woken_ = now; }

 private:
  static constexpr Duration kWindow = 1ms;
  static constexpr Duration kRestMin = 20us;

  TimePoint began_;
  TimePoint woken_;
  std::int64_t counted_ = 0;
  bool is_dense_ = false;
};

}  // namespace plntry::net
