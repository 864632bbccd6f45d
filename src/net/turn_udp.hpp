// STUN and TURN over UDP and DTLS, on one loop's socket of one listen address.
#pragma once

#include "net/dtls.hpp"
#include "net/turn_loop.hpp"

namespace plntry::net {

class TurnUdp final : public Poller::Ready {
 public:
  // `bound` is the endpoint that `socket` is bound to.
  TurnUdp(TurnLoop& turn, UdpSocket socket, const Endpoint& bound, const Tls& tls, ConnectionLimits& limits,
          const Dtls::Config& dtls, Metrics& metrics);
  ~TurnUdp() override;
  TurnUdp(const TurnUdp&) = delete;
  TurnUdp& operator=(const TurnUdp&) = delete;

  void handle_ready(std::uint32_t events, Now now) override;

 private:
  TurnLoop& turn_;
  UdpSocket socket_;
  Endpoint bound_;
  Dtls dtls_;
};

}  // namespace plntry::net
