// STUN Binding over TCP (RFC 8489 §6.2.2): for networks that let no UDP pass, and for clients that ask this way.
#pragma once

#include <memory>

#include "net/connection.hpp"
#include "net/metrics.hpp"

namespace plntry::net {

struct StunStreamConfig {
  Duration idle_timeout = 30s;  // between whole messages
  std::size_t message_bytes_max = 1024;
};

// Answers until the client is done, goes wrong, or is too slow.
Awaitable<> serve_stun(std::shared_ptr<Connection> connection, StunStreamConfig config, Metrics& metrics);

}  // namespace plntry::net
