// What carries one participant's frames between its browser and the hub: a WebSocket, or an event stream and the posts
// that belong to it. Lives on the hub's loop, and is told everything there; talks to the hub through `Signalling`.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "signaling/effects.hpp"
#include "signaling/errors.hpp"

namespace plntry::net {

class Carrier {
 public:
  struct Config {
    Duration ping_interval = 20s;
    Duration pong_timeout = 9s;   // a dead one is noticed within 10 s: deadlines have the precision of a tick
    Duration close_timeout = 3s;  // for the other side to finish, once told that it is over
    std::uint32_t message_bytes_max = 65'536;
    std::uint32_t outbox_bytes_max = 1 << 20;  // unsent, more is a slow consumer: a welcome and all holds must fit
  };

  virtual ~Carrier() = default;
  // Begins to read.
  virtual void start() = 0;
  virtual void enqueue(signaling::Text text) = 0;
  // After what was enqueued before.
  virtual void enqueue_close(std::uint16_t code, std::string_view reason) = 0;
  virtual void flush() = 0;

  // Tells why it may not join, and closes.
  void refuse(signaling::ErrorCode error, Duration retry_after);

  // The hub's name for it.
  signaling::ConnectionId id{};
};

}  // namespace plntry::net
