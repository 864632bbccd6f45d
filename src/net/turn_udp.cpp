#include "net/turn_udp.hpp"

#include <utility>

namespace plntry::net {

TurnUdp::TurnUdp(TurnLoop& turn, UdpSocket socket, const Endpoint& bound, const Tls& tls, ConnectionLimits& limits,
                 const Dtls::Config& dtls, Metrics& metrics)
    : turn_(turn), socket_(std::move(socket)), bound_(bound), dtls_(turn, socket_, tls, limits, dtls, metrics) {
  turn_.poller().add(socket_.descriptor(), *this);
  turn_.add_listener(bound, socket_);
}

TurnUdp::~TurnUdp() { turn_.poller().remove(socket_.descriptor(), *this); }

void TurnUdp::handle_ready(std::uint32_t, Now now) {
  for (const Train& train : turn_.receive(socket_)) {
    const IpAddress& at = train.to.is_unspecified() ? bound_.address : train.to;
    const turn::FiveTuple client{train.from, {at, bound_.port}, turn::Transport::udp};
    const turn::FiveTuple secured{client.client, client.server, turn::Transport::dtls};
    train.for_each([&](Bytes datagram) {
      if (dtls_.is_on() && is_dtls(datagram)) return dtls_.handle_datagram(secured, datagram, now);
      turn_.handle_message(client, datagram, now);
    });
  }
}

}  // namespace plntry::net
