// Three of the four endpoints of NAT behaviour discovery (RFC 5780), on one loop: what comes to them is answered if it
// is a Binding request, and nothing else is. The fourth is one that serves everything (`TurnUdp`).
#pragma once

#include "net/turn_loop.hpp"

namespace plntry::net {

class DiscoveryUdp final : public Poller::Ready {
 public:
  // `bound` is the endpoint that `socket` is bound to.
  DiscoveryUdp(TurnLoop& turn, UdpSocket socket, const Endpoint& bound);
  ~DiscoveryUdp() override;
  DiscoveryUdp(const DiscoveryUdp&) = delete;
  DiscoveryUdp& operator=(const DiscoveryUdp&) = delete;

  void handle_ready(std::uint32_t events, Now now) override;

 private:
  TurnLoop& turn_;
  UdpSocket socket_;
  Endpoint bound_;
};

}  // namespace plntry::net
