#include "turn/connections.hpp"

#include <algorithm>
#include <utility>

#include "turn/attributes.hpp"
#include "turn/relay.hpp"

namespace plntry::turn {
namespace {

using stun::Attribute;
using stun::Class;
using stun::ErrorCode;
using stun::Method;
using State = PeerConnection::State;

constexpr unsigned kLoopShift = 24;  // of a CONNECTION-ID: the loop before, random bits behind

}  // namespace

// RFC 6062 §5.2
void Relay::connect(const Request& request) {
  if (const auto mismatch = find_mismatch(request)) return refuse(request, *mismatch);
  Allocation& allocation = *request.allocation;
  if (allocation.protocol != RelayProtocol::tcp) return refuse(request, ErrorCode::allocation_mismatch);
  const auto peer = xor_peer_address(request.message);
  if (!peer || peer->port == 0) return refuse(request, ErrorCode::bad_request);
  const auto relay = allocation.side(peer->address.family()).relay;
  if (!relay) return refuse(request, ErrorCode::peer_address_family_mismatch);
  const auto is_same = [&](ConnectionId id) { return connections_.find(id)->peer == *peer; };
  if (std::ranges::any_of(allocation.connections, is_same)) {
    return refuse(request, ErrorCode::connection_already_exists);
  }
  if (!may_connect(allocation, *peer)) {
    counters_.peers_denied += 1;
    return refuse(request, ErrorCode::forbidden);
  }
  if (!has_room_for_connection(allocation)) return refuse(request, ErrorCode::insufficient_capacity);
  const ConnectionId id = add_connection(request.id, {.owner = request.id, .peer = *peer, .connect = request.envelope});
  connection_deadlines_.schedule(id, request.now.mono + kConnectTimeout);
  effects_.emplace_back(OpenConnection{id, *relay, *peer});
}

// As for a datagram, on a server's own addresses: other TCP allocations' relayed addresses alone.
bool Relay::may_connect(const Allocation& allocation, const Endpoint& peer) const {
  const auto reach = reach_of(peer.address);
  if (!reach) return false;
  if (*reach == Reach::anywhere) return true;
  const IpFamily family = peer.address.family();
  if (policy_.is_listener(peer) || relays_.find(*allocation.side(family).relay)->address == peer) return false;
  return *reach == Reach::own_and_other || ledger_.is_relayed(family, peer.port, RelayProtocol::tcp);
}

bool Relay::has_room_for_connection(const Allocation& allocation) const {
  return allocation.connections.size() < config_.limits.max_connections &&
         connections_.size() < config_.limits.max_connections_in_all;
}

ConnectionId Relay::add_connection(AllocationId owner, PeerConnection connection) {
  const std::uint32_t loop = std::uint32_t{config_.loop} << kLoopShift;
  do {
    connection.wire_id = loop | static_cast<std::uint32_t>(random_.u64() & ((1U << kLoopShift) - 1));
  } while (by_connection_id_.contains(connection.wire_id));
  const ConnectionId id = connections_.insert(connection);
  by_connection_id_.emplace(connection.wire_id, id);
  allocations_.find(owner)->connections.push_back(id);
  counters_.connections_opened += 1;
  return id;
}

void Relay::handle_connected(ConnectionId id, bool connected, Now now) {
  PeerConnection* connection = connections_.find(id);
  if (!connection) {  // too late
    if (connected) effects_.emplace_back(CloseConnection{id});
    return;
  }
  if (!connected) {
    counters_.requests_refused += 1;
    answer_error(connection->connect, ErrorCode::connection_timeout_or_failure);
    return forget_connection(id);
  }
  connection->state = State::pending;
  connection_deadlines_.schedule(id, now.mono + kBindTimeout);
  counters_.requests_accepted += 1;
  stun::Builder builder = begin_answer(connection->connect, Class::success);
  builder.add_be32(Attribute::connection_id, connection->wire_id);
  finish_answer(builder, connection->connect);
}

// RFC 6062 §5.3
std::optional<ConnectionId> Relay::handle_incoming(RelayId relay, const Endpoint& peer, TimePoint now) {
  const RelayedAddress* address = relays_.find(relay);
  Allocation* allocation = address ? allocations_.find(address->owner) : nullptr;
  if (!allocation || !allocation->is_open) return drop(Drop::no_allocation), std::nullopt;
  if (!allocation->permissions.find(peer.address, now)) return drop(Drop::no_permission), std::nullopt;
  if (!has_room_for_connection(*allocation)) return drop(Drop::too_many_connections), std::nullopt;
  const AllocationId owner = address->owner;
  const ConnectionId id = add_connection(owner, {.owner = owner, .peer = peer, .state = State::pending});
  connection_deadlines_.schedule(id, now + kBindTimeout);
  indicate_attempt(*allocations_.find(owner), *connections_.find(id));
  return id;
}

void Relay::indicate_attempt(const Allocation& allocation, const PeerConnection& connection) {
  stun::TransactionId transaction;
  indication_ids_.fill(transaction);
  Reply& reply = std::get<Reply>(effects_.emplace_back(Reply{.to = allocation.client, .size = 0, .buffer = {}}));
  stun::Builder builder{reply.buffer, {Method::connection_attempt, Class::indication}, transaction};
  builder.add_xor_address(Attribute::xor_peer_address, connection.peer);
  builder.add_be32(Attribute::connection_id, connection.wire_id);
  reply.size = static_cast<std::uint16_t>(builder.finish().value().size());
}

ConnectionId Relay::find_connection(const stun::MessageView& message) const {
  const auto wire_id = connection_id(message);
  const auto found = wire_id ? by_connection_id_.find(*wire_id) : by_connection_id_.end();
  return found == by_connection_id_.end() ? ConnectionId{} : found->second;
}

AllocationId Relay::owner_of_connection(const stun::MessageView& message) const {
  const PeerConnection* connection = connections_.find(find_connection(message));
  return connection ? connection->owner : AllocationId{};
}

// Before anything is known of who it is: a connection costs its client as much on that loop as on this one.
bool Relay::move_to_connection(const FiveTuple& from, const stun::MessageView& message) {
  const auto wire_id = connection_id(message);
  if (!config_.tcp_allocations || !is_stream(from.transport) || !wire_id) return false;
  const auto loop = static_cast<std::uint16_t>(*wire_id >> kLoopShift);
  if (loop == config_.loop || loop >= config_.loops) return false;
  effects_.emplace_back(MoveClient{from, loop});
  return true;
}

// RFC 6062 §5.4
void Relay::connection_bind(const Request& request) {
  const ConnectionId id = find_connection(request.message);
  PeerConnection* connection = connections_.find(id);
  // A connection with an allocation is a control connection, and stays one.
  const bool is_control = request.allocation && !request.is_elsewhere;
  if (!is_stream(request.from.transport) || is_control || !connection || connection->state != State::pending) {
    return refuse(request, ErrorCode::bad_request);
  }
  if (allocations_.find(connection->owner)->owner.username != request.identity.username) {
    return refuse(request, ErrorCode::wrong_credentials);
  }
  connection->state = State::joined;
  connection_deadlines_.cancel(id);
  succeed(request);
  effects_.emplace_back(JoinConnection{id, request.from});
}

bool Relay::relay_bytes(ConnectionId id, Direction direction, std::size_t size, TimePoint now) {
  const PeerConnection* connection = connections_.find(id);
  Allocation* allocation = connection ? allocations_.find(connection->owner) : nullptr;
  if (!allocation || !ledger_.may_send(allocation->seat, size, now)) return false;
  Usage& usage = allocation->usage;
  const bool to_peer = direction == Direction::to_peer;
  (to_peer ? counters_.packets_to_peer : counters_.packets_to_client) += 1;
  (to_peer ? counters_.bytes_to_peer : counters_.bytes_to_client) += size;
  (to_peer ? usage.packets_to_peer : usage.packets_to_client) += 1;
  (to_peer ? usage.bytes_to_peer : usage.bytes_to_client) += size;
  return true;
}

void Relay::handle_connection_closed(ConnectionId id) {
  if (connections_.find(id)) forget_connection(id);
}

void Relay::forget_connection(ConnectionId id) {
  const PeerConnection connection = *connections_.find(id);
  std::erase(allocations_.find(connection.owner)->connections, id);
  by_connection_id_.erase(connection.wire_id);
  connection_deadlines_.cancel(id);
  connections_.erase(id);
  counters_.connections_ended += 1;
}

// RFC 6062 §5.5: with the allocation, or with the relayed address of their family.
void Relay::close_connections(Allocation& allocation, std::optional<IpFamily> family) {
  for (const ConnectionId id : std::vector(allocation.connections)) {
    if (family && connections_.find(id)->peer.address.family() != *family) continue;
    effects_.emplace_back(CloseConnection{id});
    forget_connection(id);
  }
}

void Relay::expire_connections(TimePoint now) {
  while (const auto id = connection_deadlines_.pop_due(now)) {
    const PeerConnection& connection = *connections_.find(*id);
    if (connection.state == State::opening) {
      counters_.requests_refused += 1;
      answer_error(connection.connect, ErrorCode::connection_timeout_or_failure);
    }
    effects_.emplace_back(CloseConnection{*id});
    forget_connection(*id);
  }
}

}  // namespace plntry::turn
