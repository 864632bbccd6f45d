// A rate limit in virtual time: starts full, refills steadily, never holds more than its capacity.
#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace plntry {

struct Rate {
  double capacity = 0;    // the burst that is allowed, in units
  double per_second = 0;  // the refill, in units a second
};

class TokenBucket {
 public:
  TokenBucket(Rate rate, TimePoint now) : rate_(rate), tokens_(rate.capacity), updated_(now) {}

  // Takes `amount` and returns true, or takes nothing.
  bool take(double amount, TimePoint now) {
    refill(now);
    if (tokens_ < amount) return false;
    tokens_ -= amount;
    return true;
  }

  // How long until `take(amount)` succeeds if nothing else is taken; `Duration::max()` if it never will.
  Duration until_available(double amount, TimePoint now) {
    refill(now);
    if (tokens_ >= amount) return Duration::zero();
    if (amount > rate_.capacity || rate_.per_second <= 0) return Duration::max();
    const std::chrono::duration<double, std::nano> wait{(amount - tokens_) / rate_.per_second * 1e9};
    return std::chrono::ceil<Duration>(wait) + Duration{1};  // one more, for what the division rounded away
  }

  // A full bucket remembers nothing: a table of buckets may forget it.
  bool is_full(TimePoint now) {
    refill(now);
    return tokens_ >= rate_.capacity;
  }

 private:
  void refill(TimePoint now) {
    if (now <= updated_) return;
    const std::chrono::duration<double> elapsed = now - updated_;
    tokens_ = std::min(rate_.capacity, tokens_ + elapsed.count() * rate_.per_second);
    updated_ = now;
  }

  Rate rate_;
  double tokens_;
  TimePoint updated_;
};

}  // namespace plntry
