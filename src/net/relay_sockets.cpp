#include "net/relay_sockets.hpp"

#include <utility>

#include <unistd.h>

namespace plntry::net {
namespace {

constexpr int kReceiveBufferBytes = 1 << 20;

// -1 when it cannot be.
int bound_socket(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.is_v6();
  const int descriptor = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  if (v6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  const SocketAddress address = to_socket_address(endpoint, endpoint.address.family());
  if (::bind(descriptor, &address.any, size_of(address)) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

}  // namespace

void ReservedSockets::put(std::uint64_t token, UdpSocket socket) {
  const std::scoped_lock lock(mutex_);
  sockets_.emplace(token, std::move(socket));
}

std::optional<UdpSocket> ReservedSockets::take(std::uint64_t token) {
  const std::scoped_lock lock(mutex_);
  auto node = sockets_.extract(token);
  return node.empty() ? std::nullopt : std::optional{std::move(node.mapped())};
}

struct RelaySockets::Open final : Poller::Ready {
  Open(turn::RelayId its_id, UdpSocket its_socket, Receiver& its_receiver)
      : id(its_id), socket(std::move(its_socket)), receiver(its_receiver) {}
  // May destroy it: nothing is touched afterwards.
  void handle_ready(std::uint32_t events, Now now) override { receiver.handle_relay_ready(id, socket, events, now); }

  turn::RelayId id;
  UdpSocket socket;
  Receiver& receiver;
};

RelaySockets::RelaySockets(const Config& config, Poller& poller, ReservedSockets& reserved, Receiver& receiver)
    : config_(config), poller_(poller), reserved_(reserved), receiver_(receiver) {}

RelaySockets::~RelaySockets() = default;

bool RelaySockets::open(const turn::OpenRelay& effect) {
  const auto& address = effect.family == IpFamily::v4 ? config_.bind_v4 : config_.bind_v6;
  if (!address) return false;
  const int descriptor = bound_socket({*address, effect.port});
  return descriptor >= 0 && add(effect.relay, UdpSocket{descriptor, effect.family, UdpSocket::Reports::icmp_errors});
}

bool RelaySockets::adopt(const turn::AdoptRelay& effect) {
  auto socket = reserved_.take(effect.token);
  return socket && add(effect.relay, std::move(*socket));
}

void RelaySockets::reserve(const turn::ReserveRelay& effect) {
  if (const auto open = take(effect.relay)) reserved_.put(effect.token, std::move(open->socket));
}

void RelaySockets::discard(const turn::DiscardReserved& effect) { reserved_.take(effect.token); }

void RelaySockets::close(turn::RelayId relay) { take(relay); }

const UdpSocket* RelaySockets::find(turn::RelayId relay) const {
  if (relay.index >= open_.size() || !open_[relay.index] || open_[relay.index]->id != relay) return nullptr;
  return &open_[relay.index]->socket;
}

bool RelaySockets::add(turn::RelayId relay, UdpSocket socket) {
  if (relay.index >= open_.size()) open_.resize(relay.index + 1);
  auto& place = open_[relay.index];
  place = std::make_unique<Open>(relay, std::move(socket), receiver_);
  if (poller_.add(place->socket.descriptor(), *place)) return true;
  place.reset();
  return false;
}

// It is no longer waited for.
std::unique_ptr<RelaySockets::Open> RelaySockets::take(turn::RelayId relay) {
  if (!find(relay)) return nullptr;
  auto open = std::move(open_[relay.index]);
  poller_.remove(open->socket.descriptor(), *open);
  return open;
}

}  // namespace plntry::net
