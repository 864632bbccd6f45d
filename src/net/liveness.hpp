// Whether the other side of a carrier still gives signs of life, and when it is next to be asked for one. Pure.
#pragma once

#include <cstdint>
#include <utility>

#include "net/carrier.hpp"

namespace plntry::net {

class Liveness {
 public:
  enum class Due : std::uint8_t { nothing, ping, end };

  Liveness(const Carrier::Config& config, TimePoint now)
      : interval_(config.ping_interval), timeout_(config.pong_timeout), due_(now + interval_) {}

  void handle_sign() {
    if (std::exchange(is_asked_, false)) due_ += interval_ - timeout_;  // one interval after the ping
  }
  // `ping`: it is to be sent now. `end`: the last one was not answered in time.
  Due look(TimePoint at) {
    if (at < due_) return Due::nothing;
    if (std::exchange(is_asked_, true)) return Due::end;
    due_ = at + timeout_;
    return Due::ping;
  }

 private:
  Duration interval_;
  Duration timeout_;
  TimePoint due_;
  bool is_asked_ = false;
};

}  // namespace plntry::net
