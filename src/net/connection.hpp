// A TCP connection before it has become something with a life of its own (a WebSocket session): a stream, where it
// comes from, its place under the limits, and a deadline that closes it.
#pragma once

#include <utility>

#include "net/connection_limits.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace plntry::net {

struct Connection final : Ticked {
  Connection(Loop& on, TcpSocket taken, const Endpoint& from, ConnectionLimits::Ticket admission)
      : loop(on), stream(std::move(taken)), remote(from), ticket(std::move(admission)) {
    loop.watch(*this);
  }

  void handle_tick(TimePoint now) override {
    if (now < deadline) return;
    expired = true;
    stream.close();  // whatever waits on it completes with an error
  }

  Loop& loop;
  Stream stream;
  Endpoint remote;
  ConnectionLimits::Ticket ticket;
  TimePoint deadline = TimePoint::max();
  bool expired = false;
};

}  // namespace plntry::net
