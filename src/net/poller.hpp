// Readiness of the many UDP sockets of one loop. They have an epoll of their own, level-triggered, which Asio's reactor
// watches as one descriptor: a socket is registered once, not armed anew for each packet, and one wake-up serves all
// that are ready.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

#include "net/loop.hpp"

namespace plntry::net {

class Poller {
 public:
  class Ready {
   public:
    virtual ~Ready() = default;
    // Reads what is there, or a part of it: whoever has more is called again. `events` are epoll's.
    virtual void handle_ready(std::uint32_t events, Now now) = 0;
  };

  // `after_round` is called when each of those that were ready has been; true: look at once who is ready now.
  // Throws std::system_error when the system gives no epoll.
  Poller(Loop& loop, std::function<bool()> after_round);

  // False when the system refuses. `ready` stays until it is removed.
  bool add(int descriptor, Ready& ready);
  // Before the descriptor is closed and `ready` destroyed.
  void remove(int descriptor, const Ready& ready);
  // Begins to wait. On the loop's thread, or before it runs.
  void start();

 private:
  void wait();
  void serve();

  static constexpr int kEventsMax = 64;
  static constexpr int kRoundsMax = 8;  // before whatever else is on the loop has its turn

  asio::posix::basic_stream_descriptor<Executor> epoll_;
  std::function<bool()> after_round_;
  std::array<epoll_event, kEventsMax> events_;
  int served_ = 0;  // of the events in hand
  int ready_ = 0;
};

}  // namespace plntry::net
