// A rate limit in virtual time that several threads may draw from at once, without a lock: the generic cell rate
// algorithm, whose whole state is the time at which everything taken so far will have been paid for.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>

#include "base/time.hpp"

namespace plntry::turn {

class Bandwidth {
 public:
  // 0 is no limit. A burst of one second's bytes is allowed.
  explicit Bandwidth(double bytes_per_second)
      : ns_per_byte_(bytes_per_second > 0 ? 1e9 / bytes_per_second : 0), paid_until_ns_(0) {}

  // Takes `bytes` and returns true, or takes nothing.
  bool take(std::size_t bytes, TimePoint now) {
    if (ns_per_byte_ == 0) return true;
    const std::int64_t now_ns = now.time_since_epoch().count();
    const double cost_ns = std::ceil(static_cast<double>(bytes) * ns_per_byte_);
    if (cost_ns > kBurst_ns) return false;
    std::int64_t paid_until_ns = paid_until_ns_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t next_ns = std::max(paid_until_ns, now_ns) + static_cast<std::int64_t>(cost_ns);
      if (next_ns - now_ns > kBurst_ns) return false;
      if (paid_until_ns_.compare_exchange_weak(paid_until_ns, next_ns, std::memory_order_relaxed)) return true;
    }
  }

  // Whether it is as good as new: one that is may be forgotten.
  bool is_rested(TimePoint now) const {
    return paid_until_ns_.load(std::memory_order_relaxed) <= now.time_since_epoch().count();
  }

 private:
  static constexpr std::int64_t kBurst_ns = Duration{1s}.count();

  double ns_per_byte_;
  std::atomic<std::int64_t> paid_until_ns_;
};

}  // namespace plntry::turn
