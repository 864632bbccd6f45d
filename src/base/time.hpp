// Time as values. Cores are told what time it is and never ask: a `Now` is stamped by a loop, once a batch.
#pragma once

#include <chrono>
#include <cstdint>

namespace plntry {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;

// A monotonic clock that only loops can read; cores see its time points alone.
struct Monotonic {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};
using TimePoint = Monotonic::time_point;

// Seconds since 1970-01-01T00:00Z, for what is compared with the outside world (credential expiry).
using WallTime = std::chrono::sys_seconds;

struct Now {
  TimePoint mono{};
  WallTime wall{};
};

}  // namespace plntry
