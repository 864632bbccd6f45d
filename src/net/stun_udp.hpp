// STUN Binding over UDP (RFC 8489), on one loop's socket of one listen address.
#pragma once

#include "net/loop.hpp"
#include "net/metrics.hpp"
#include "net/udp_socket.hpp"

namespace plntry::net {

class StunUdp {
 public:
  StunUdp(Loop& loop, UdpHandle handle, Metrics& metrics);
  void start();

 private:
  void answer_all();

  Loop& loop_;
  UdpSocket socket_;
  Metrics& metrics_;
};

}  // namespace plntry::net
