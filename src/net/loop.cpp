#include "net/loop.hpp"

#include <string>

#include <pthread.h>
#include <sys/prctl.h>

#include "net/clock.hpp"

namespace plntry::net {
namespace {

constexpr unsigned long kTimerSlack_ns = 1'000;  // a loop that rests between packets (pace.hpp) must not oversleep

}  // namespace

Loop::Loop(unsigned index, Duration tick) : index_(index), tick_(tick) { arm(); }

Loop::~Loop() { stop(); }

void Loop::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), ("loop-" + std::to_string(index_)).c_str());
    ::prctl(PR_SET_TIMERSLACK, kTimerSlack_ns);
    const auto stay = asio::make_work_guard(io_);
    io_.run();
  });
}

void Loop::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Loop::arm() {
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const TimePoint at = now().mono;
    for (auto next = ticked_.begin(); next != ticked_.end();) {
      Ticked& ticked = *next;
      ++next;  // before the visit, which may unlink it
      ticked.handle_tick(at);
    }
    arm();
  });
}

}  // namespace plntry::net
