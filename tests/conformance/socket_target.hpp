// Any server at all, over real sockets.
#pragma once

#include <chrono>
#include <memory>

#include "target.hpp"

namespace plntry::test {

enum class SocketTransport : std::uint8_t { udp, tcp };

struct SocketConfig {
  Endpoint server;
  SocketTransport transport = SocketTransport::udp;
  Access access;
  // Peers stand at these addresses and, where they are loopback ones, at those behind them.
  std::optional<IpAddress> peers_v4 = IpAddress::v4(127, 0, 0, 1);
  std::optional<IpAddress> peers_v6;
  std::chrono::milliseconds patience{1000};  // for what must come
  std::chrono::milliseconds silence{60};     // for what must not
};

std::unique_ptr<Target> make_socket_target(const SocketConfig& config);

}  // namespace plntry::test
