#include "net/discovery_udp.hpp"

#include <utility>

namespace plntry::net {

DiscoveryUdp::DiscoveryUdp(TurnLoop& turn, UdpSocket socket, const Endpoint& bound)
    : turn_(turn), socket_(std::move(socket)), bound_(bound) {
  turn_.poller().add(socket_.descriptor(), *this);
  turn_.add_listener(bound, socket_);
}

DiscoveryUdp::~DiscoveryUdp() { turn_.poller().remove(socket_.descriptor(), *this); }

void DiscoveryUdp::handle_ready(std::uint32_t, Now now) {
  for (const Train& train : turn_.receive(socket_)) {
    const turn::FiveTuple client{train.from, bound_, turn::Transport::udp};
    train.for_each([&](Bytes datagram) { turn_.handle_discovery(client, datagram, now); });
  }
}

}  // namespace plntry::net
