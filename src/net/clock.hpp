// The system's clocks, read by loops only.
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace plntry::net {

inline Now now() {
  return {TimePoint{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())},
          std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

}  // namespace plntry::net
