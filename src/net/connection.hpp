// A TCP connection before it has become something with a life of its own (a WebSocket session): a socket, where it
// comes from, its place under the limits, and a deadline that closes it.
#pragma once

#include <utility>

#include "net/connection_limits.hpp"
#include "net/loop.hpp"

namespace plntry::net {

struct Connection final : Ticked {
  Connection(Loop& on, TcpSocket taken, const Endpoint& from, ConnectionLimits::Ticket admission)
      : loop(on), socket(std::move(taken)), remote(from), ticket(std::move(admission)) {
    loop.watch(*this);
  }

  void handle_tick(TimePoint now) override {
    if (now < deadline) return;
    expired = true;
    boost::system::error_code ignored;
    socket.close(ignored);  // whatever waits on it completes with an error
  }

  Loop& loop;
  TcpSocket socket;
  Endpoint remote;
  ConnectionLimits::Ticket ticket;
  TimePoint deadline = TimePoint::max();
  bool expired = false;
};

}  // namespace plntry::net
