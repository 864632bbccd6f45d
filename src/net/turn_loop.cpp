#include "net/turn_loop.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "net/clock.hpp"

namespace plntry::net {
namespace {

constexpr std::size_t kPostedMax = 4096;  // messages from other loops; more are dropped, as from a full socket
constexpr std::size_t kErrorsMax = 16;    // ICMP errors of one socket before others have their turn

turn::Relay::Config on_loop(turn::Relay::Config config, std::uint16_t index, std::uint16_t count) {
  config.loop = index;
  config.loops = count;
  return config;
}

}  // namespace

TurnLoop::TurnLoop(Loop& loop, const Config& config, turn::Ledger& ledger, ReservedSockets& reserved, const All& all,
                   std::uint16_t index, std::uint16_t count)
    : loop_(loop),
      config_(config),
      all_(all),
      index_(index),
      relay_(on_loop(config.relay, index, count), ledger, random_, now()),
      poller_(loop, [this] { return finish_round(); }),
      outbox_(config.can_segment),
      sockets_(config.sockets, poller_, reserved, *this),
      tcp_(loop, config.sockets, *this),
      sessions_(0, turn::FiveTupleHash{random_.u64()}),
      guests_(0, turn::FiveTupleHash{random_.u64()}),
      next_meter_(now().mono + config.meter_interval) {}

void TurnLoop::start() {
  loop_.watch(*this);
  poller_.start();
}

// In the order in which they are looked at: a socket on one address goes before one on all of them, and one on all IPv4
// addresses before one on all IPv6 addresses, which may take IPv4 too.
void TurnLoop::add_listener(const Endpoint& bound, const UdpSocket& socket) {
  listeners_.push_back({bound, &socket});
  std::ranges::sort(listeners_, {}, [](const Listener& listener) {
    return std::pair{listener.bound.address.is_unspecified(), listener.bound.address.is_v6()};
  });
}

void TurnLoop::open_session(const turn::FiveTuple& client, TurnSession& session) {
  sessions_.insert_or_assign(client, &session);
}

void TurnLoop::close_session(const turn::FiveTuple& client, Now now) {
  const auto found = sessions_.find(client);
  if (found == sessions_.end()) return;
  std::erase(unflushed_, found->second);
  sessions_.erase(found);
  relay_.handle_client_gone(client, now.mono);
  run_effects(now);
}

std::span<const Train> TurnLoop::receive(const UdpSocket& socket) {
  if (inbox_.is_full()) {
    finish_batch();
    inbox_.clear();
  }
  const std::size_t max = inbox_.batch_max();
  const auto trains = inbox_.receive(socket);
  if (trains.size() == max) is_behind_ = true;
  return trains;
}

void TurnLoop::handle_message(const turn::FiveTuple& client, Bytes message, Now now) {
  pace_.count(now.mono);
  const auto forward = relay_.handle_client(client, message, now);
  if (forward) std::visit([this](const auto& each) { perform(each); }, *forward);
  run_effects(now);
}

void TurnLoop::handle_discovery(const turn::FiveTuple& client, Bytes datagram, Now now) {
  relay_.handle_discovery(client, datagram, now.mono);
  run_effects(now);
}

void TurnLoop::finish_batch() {
  outbox_.flush();
  std::swap(flushing_, unflushed_);  // a session that breaks takes itself out of `unflushed_`
  for (TurnSession* session : flushing_) session->flush();
  flushing_.clear();
  let_gather();
}

// Of the poller: whether to look at once for more.
bool TurnLoop::finish_round() {
  finish_batch();
  inbox_.clear();
  return std::exchange(is_behind_, false) || !is_to_rest_;
}

// Behind everything that is ready now.
void TurnLoop::let_gather() {
  if (!pace_.is_dense() || std::exchange(is_to_rest_, true)) return;
  loop_.post([this] {
    is_to_rest_ = false;
    if (const Duration rest = pace_.rest(now().mono); rest > Duration{}) std::this_thread::sleep_for(rest);
    pace_.wake(now().mono);
  });
}

void TurnLoop::handle_relay_ready(turn::RelayId relay, const UdpSocket& socket, std::uint32_t events, Now now) {
  if ((events & EPOLLERR) != 0) {
    for (std::size_t i = 0; i < kErrorsMax; ++i) {
      const auto error = socket.take_error();
      if (!error) break;
      const auto told =
          relay_.handle_icmp(relay, as_public(error->to), {error->type, error->code, error->info}, now.mono);
      if (told) perform(*told);
    }
  }
  if ((events & EPOLLIN) != 0) {
    for (const Train& train : receive(socket)) {
      const Endpoint from = as_public(train.from);
      train.for_each([&](Bytes datagram) {
        pace_.count(now.mono);
        if (const auto forward = relay_.handle_peer(relay, from, datagram, now.mono)) perform(*forward);
      });
    }
  }
}

void TurnLoop::perform(const turn::ToPeer& forward) {
  const UdpSocket* socket = sockets_.find(forward.relay);
  if (!socket) return;
  outbox_.push({.socket = socket, .to = as_bound(forward.peer), .from = {}, .dont_fragment = forward.dont_fragment}, {},
               forward.data);
}

void TurnLoop::perform(const turn::ToClient& forward) {
  if (forward.client.transport != turn::Transport::udp) {
    return send_to_session(forward.client, forward.header(), forward.data, forward.padding);
  }
  send_from_listener(forward.client, forward.header(), forward.data, forward.padding);
}

void TurnLoop::send_from_listener(const turn::FiveTuple& client, Bytes header, Bytes data, std::size_t padding) {
  const Listener* listener = listener_of(client);
  if (!listener) return;
  // One that is bound to an address sends from no other.
  const IpAddress from = listener->bound.address.is_unspecified() ? client.server.address : IpAddress{};
  outbox_.push({.socket = listener->socket, .to = client.client, .from = from}, header, data, padding);
}

void TurnLoop::perform(const turn::ToLoop& forward) {
  TurnLoop& host = *all_[forward.loop];
  host.post_bounded([&host, from = index_, client = forward.client,
                     message = std::vector(forward.datagram.begin(), forward.datagram.end())] {
    const Now at = net::now();
    const auto onward = host.relay_.handle_guest(from, client, message, at);
    if (onward) std::visit([&host](const auto& each) { host.perform(each); }, *onward);
    host.run_effects(at);
    host.finish_batch();
  });
}

// From any thread.
template <typename Work>
void TurnLoop::post_bounded(Work work) {
  if (posted_.fetch_add(1, std::memory_order_relaxed) >= kPostedMax) {
    posted_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  loop_.post([this, work = std::move(work)] {
    posted_.fetch_sub(1, std::memory_order_relaxed);
    work();
  });
}

void TurnLoop::perform_guest(const turn::GuestReleased& released) {
  guests_.erase(released.client);
  TurnLoop& other = *all_[released.loop];
  other.loop_.post([&other, client = released.client, host = index_] {
    other.relay_.handle_released(client, host);
    const auto session = other.sessions_.find(client);
    if (session != other.sessions_.end()) session->second->allocation_ended();
  });
}

void TurnLoop::perform_guest(const turn::GuestGone& gone) {
  TurnLoop& host = *all_[gone.loop];
  host.loop_.post([&host, client = gone.client] {
    const Now at = net::now();
    host.relay_.handle_client_gone(client, at.mono);
    host.run_effects(at);
  });
}

void TurnLoop::run_effects(Now now) {
  while (auto effect = relay_.poll_effect()) perform(*effect, now);
}

void TurnLoop::perform(const turn::Effect& effect, Now now) {
  if (const auto* reply = std::get_if<turn::Reply>(&effect)) {
    perform_reply(*reply);
  } else if (const auto* found = std::get_if<turn::DiscoveryReply>(&effect)) {
    perform_discovery(*found);
  } else if (const auto* open = std::get_if<turn::OpenRelay>(&effect)) {
    const bool is_tcp = open->protocol == turn::RelayProtocol::tcp;
    relay_.handle_relay_opened(open->relay, is_tcp ? tcp_.listen(*open) : sockets_.open(*open), now);
  } else if (const auto* adopt = std::get_if<turn::AdoptRelay>(&effect)) {
    relay_.handle_relay_opened(adopt->relay, sockets_.adopt(*adopt), now);
  } else if (const auto* reserve = std::get_if<turn::ReserveRelay>(&effect)) {
    sockets_.reserve(*reserve);
  } else if (const auto* discard = std::get_if<turn::DiscardReserved>(&effect)) {
    sockets_.discard(*discard);
  } else if (const auto* close = std::get_if<turn::CloseRelay>(&effect)) {
    outbox_.flush();  // what waits there may still be of this socket
    sockets_.close(close->relay);
    tcp_.close(close->relay);
  } else if (const auto* ended = std::get_if<turn::AllocationEnded>(&effect)) {
    perform_ended(*ended);
  } else if (const auto* hosted = std::get_if<turn::GuestHosted>(&effect)) {
    guests_.insert_or_assign(hosted->client, hosted->loop);
  } else if (const auto* released = std::get_if<turn::GuestReleased>(&effect)) {
    perform_guest(*released);
  } else if (const auto* gone = std::get_if<turn::GuestGone>(&effect)) {
    perform_guest(*gone);
  } else {
    perform_tcp(effect);
  }
  // RouteAdded and RouteRemoved are for a fast path in the kernel, which is not there yet.
}

void TurnLoop::perform_tcp(const turn::Effect& effect) {
  if (const auto* open = std::get_if<turn::OpenConnection>(&effect)) {
    tcp_.connect(*open, as_bound(open->peer));
  } else if (const auto* closed = std::get_if<turn::CloseConnection>(&effect)) {
    tcp_.close(closed->connection);
  } else if (const auto* join = std::get_if<turn::JoinConnection>(&effect)) {
    const auto session = sessions_.find(join->client);
    session == sessions_.end() ? abandon(join->connection) : session->second->become_data(join->connection);
  } else if (const auto* move = std::get_if<turn::MoveClient>(&effect)) {
    const auto session = sessions_.find(move->client);
    if (session != sessions_.end()) session->second->move_to(*all_[move->loop]);
  }
}

void TurnLoop::join(turn::ConnectionId connection, Stream client, ConnectionLimits::Ticket ticket,
                    std::vector<std::uint8_t> early) {
  tcp_.join(connection, std::move(client), std::move(ticket), std::move(early));
}

void TurnLoop::abandon(turn::ConnectionId connection) {
  tcp_.close(connection);
  relay_.handle_connection_closed(connection);
}

std::optional<turn::ConnectionId> TurnLoop::handle_incoming(turn::RelayId relay, const Endpoint& peer) {
  return relay_.handle_incoming(relay, as_public(peer), now().mono);
}

void TurnLoop::settle() {
  run_effects(now());
  finish_batch();
}

void TurnLoop::handle_connected(turn::ConnectionId connection, bool connected) {
  relay_.handle_connected(connection, connected, now());
  settle();
}

bool TurnLoop::may_relay(turn::ConnectionId connection, turn::Direction direction, std::size_t size) {
  return relay_.relay_bytes(connection, direction, size, now().mono);
}

void TurnLoop::handle_connection_closed(turn::ConnectionId connection) { relay_.handle_connection_closed(connection); }

// At once: the reply lives as long as its effect.
void TurnLoop::perform_reply(const turn::Reply& reply) {
  if (reply.to.transport != turn::Transport::udp) return send_to_session(reply.to, reply.bytes(), {}, 0);
  send_from_listener(reply.to, {}, reply.bytes(), 0);
  outbox_.flush();
}

void TurnLoop::perform_discovery(const turn::DiscoveryReply& reply) {
  send_from_listener(reply.to, {}, reply.bytes, 0);
  outbox_.flush();
}

void TurnLoop::perform_ended(const turn::AllocationEnded& ended) {
  if (config_.meter) config_.meter({ended.user, ended.client.transport, ended.started, ended.unmetered, true});
  const auto found = sessions_.find(ended.client);
  if (found != sessions_.end()) found->second->allocation_ended();
}

void TurnLoop::send_to_session(const turn::FiveTuple& client, Bytes header, Bytes data, std::size_t padding) {
  const auto found = sessions_.find(client);
  if (found == sessions_.end()) {
    const auto guest = guests_.find(client);
    if (guest != guests_.end()) send_to_guest(*all_[guest->second], client, header, data, padding);
    return;
  }
  if (!found->second->send(header, data, padding)) {
    sessions_full_ += 1;
  } else if (std::ranges::find(unflushed_, found->second) == unflushed_.end()) {
    unflushed_.push_back(found->second);
  }
}

// Its connection is another loop's.
void TurnLoop::send_to_guest(TurnLoop& other, const turn::FiveTuple& client, Bytes header, Bytes data,
                             std::size_t padding) {
  std::vector<std::uint8_t> message(header.begin(), header.end());
  message.insert(message.end(), data.begin(), data.end());
  message.resize(message.size() + padding);
  other.post_bounded([&other, client, message = std::move(message)] {
    if (!other.sessions_.contains(client)) return;
    other.send_to_session(client, message, {}, 0);
    other.finish_batch();
  });
}

const TurnLoop::Listener* TurnLoop::listener_of(const turn::FiveTuple& client) const {
  const IpAddress& at = client.server.address;
  const auto found = std::ranges::find_if(listeners_, [&](const Listener& listener) {
    const IpAddress& bound = listener.bound.address;
    const bool takes = bound.is_unspecified() ? bound.is_v6() || at.is_v4() : bound == at;
    return takes && listener.bound.port == client.server.port;
  });
  return found == listeners_.end() ? nullptr : &*found;
}

// Behind a 1:1 NAT a packet to a neighbour's public address would have to come back from the NAT, which many do not do:
// on this machine the neighbour is at the address that the relay is bound to.
Endpoint TurnLoop::as_bound(const Endpoint& peer) const {
  const bool v4 = peer.address.is_v4();
  const auto& shown = v4 ? config_.relay.address_v4 : config_.relay.address_v6;
  const auto& bound = v4 ? config_.sockets.bind_v4 : config_.sockets.bind_v6;
  return shown && bound && peer.address == *shown ? Endpoint{*bound, peer.port} : peer;
}

Endpoint TurnLoop::as_public(const Endpoint& peer) const {
  const bool v4 = peer.address.is_v4();
  const auto& shown = v4 ? config_.relay.address_v4 : config_.relay.address_v6;
  const auto& bound = v4 ? config_.sockets.bind_v4 : config_.sockets.bind_v6;
  return shown && bound && peer.address == *bound ? Endpoint{*shown, peer.port} : peer;
}

void TurnLoop::revoke(std::string user) {
  loop_.post([this, user = std::move(user)] {
    const Now at = now();
    relay_.revoke(user, at.mono);
    run_effects(at);
  });
}

TurnLoop::State TurnLoop::state() const {
  return {relay_.counters(), outbox_.counters(), sessions_full_, relay_.allocations()};
}

void TurnLoop::meter_rest() {
  if (!config_.meter) return;
  relay_.meter([this](const turn::Relay::Meter& meter) {
    config_.meter({meter.user, meter.client.transport, meter.started, meter.unmetered, false});
  });
}

void TurnLoop::handle_tick(TimePoint at) {
  const auto deadline = relay_.next_deadline();
  if (deadline && *deadline <= at) {
    relay_.handle_timeout(at);
    run_effects(now());
  }
  if (at < next_meter_) return;
  next_meter_ = at + config_.meter_interval;
  meter_rest();
}

}  // namespace plntry::net
