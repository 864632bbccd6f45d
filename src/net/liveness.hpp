// Whether the other side of a carrier still gives signs of life, and when it is next to be asked for one: at intervals,
// and soon after something was sent to it that no sign has followed. So who is spoken to and gone is known to be gone
// within some ten seconds, and not only at the next interval. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "net/carrier.hpp"

namespace plntry::net {

class Liveness {
 public:
  enum class Due : std::uint8_t { nothing, ping, end };

  Liveness(const Carrier::Config& config, TimePoint now)
      : interval_(config.ping_interval), timeout_(config.pong_timeout), due_(now + interval_) {}

  void handle_sent() { is_spoken_to_ = true; }
  void handle_sign() {
    is_spoken_to_ = false;
    unanswered_since_.reset();
    if (std::exchange(is_asked_, false)) due_ += interval_ - timeout_;  // one interval after the ping, at most
  }
  // `ping`: it is to be sent now. `end`: the last one was not answered in time.
  Due look(TimePoint at) {
    if (!is_asked_ && unanswered_since_) return ask(*unanswered_since_);
    if (std::exchange(is_spoken_to_, false)) unanswered_since_ = at;  // most answer before the next look
    if (at < due_) return Due::nothing;
    return is_asked_ ? Due::end : ask(at);
  }

 private:
  Due ask(TimePoint since) {
    is_asked_ = true;
    due_ = since + timeout_;
    return Due::ping;
  }

  Duration interval_;
  Duration timeout_;
  TimePoint due_;
  std::optional<TimePoint> unanswered_since_;
  bool is_spoken_to_ = false;
  bool is_asked_ = false;
};

}  // namespace plntry::net
