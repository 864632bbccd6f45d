#include "turn/mobility.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "turn/relay.hpp"

namespace plntry::turn {

namespace {

constexpr std::size_t kSealed = MobilityTicket::Wire{}.size() - MobilityTicket::kSealSize;

Sha256 seal(Bytes sealed, const MobilityTicket::Key& key) { return hmac_sha256(key, sealed); }

}  // namespace

std::optional<MobilityTicket> MobilityTicket::from_wire(Bytes value, const Key& key) {
  if (value.size() != Wire{}.size()) return std::nullopt;
  if (!equal_in_constant_time(value.subspan(kSealed), Bytes{seal(value.first(kSealed), key)}.first(kSealSize))) {
    return std::nullopt;
  }
  MobilityTicket ticket;
  ticket.loop = load_be16(value, 0);
  std::ranges::copy(value.subspan(2, ticket.secret.size()), ticket.secret.begin());
  return ticket;
}

MobilityTicket::Wire MobilityTicket::wire(const Key& key) const {
  Wire bytes;
  store_be16(bytes, 0, loop);
  std::ranges::copy(secret, bytes.begin() + 2);
  std::ranges::copy(Bytes{seal(Bytes{bytes}.first(kSealed), key)}.first(kSealSize), bytes.begin() + kSealed);
  return bytes;
}

// A request's ticket. An Allocate asks for one with an empty value, which is malformed here.
stun::Parsed<MobilityTicket> Relay::mobility_ticket(const stun::MessageView& message) const {
  return stun::decode(message, stun::Attribute::mobility_ticket,
                      [this](Bytes value) { return MobilityTicket::from_wire(value, ticket_key_); });
}

std::optional<Forward> Relay::handle_guest(std::uint16_t loop, const FiveTuple& from, Bytes datagram, Now now) {
  guest_of_ = loop;
  auto forward = handle_client(from, datagram, now);
  guest_of_.reset();
  if (!by_five_tuple_.contains(from)) effects_.emplace_back(GuestReleased{from, loop});
  return forward;
}

// Bounded, for a datagram on its way to the other loop may be dropped, and then nobody releases the client.
std::optional<Forward> Relay::pass_on(const FiveTuple& client, std::uint16_t loop, Bytes datagram) {
  if (hosted_elsewhere_.size() >= config_.limits.max_hosted_elsewhere) return drop(Drop::no_allocation);
  hosted_elsewhere_.insert_or_assign(client, loop);
  return ToLoop{loop, client, datagram};
}

void Relay::handle_released(const FiveTuple& client, std::uint16_t loop) {
  const auto found = hosted_elsewhere_.find(client);
  if (found != hosted_elsewhere_.end() && found->second == loop) hosted_elsewhere_.erase(found);
}

void Relay::give_ticket(AllocationId id) {
  Allocation& allocation = *allocations_.find(id);
  if (!allocation.mobility) allocation.mobility = std::make_unique<Mobility>();
  allocation.mobility->ticket = MobilityTicket::draw(config_.loop, random_);
  by_ticket_.emplace(allocation.mobility->ticket, id);
}

AllocationId Relay::find_by_ticket(const stun::MessageView& message) const {
  const auto ticket = mobility_ticket(message);
  if (!config_.mobility || !ticket) return {};
  const auto found = by_ticket_.find(*ticket);
  return found == by_ticket_.end() ? AllocationId{} : found->second;
}

// The loop that a Refresh is for, by its ticket, if it is another one than this.
std::optional<std::uint16_t> Relay::loop_of(const stun::MessageView& message) const {
  const auto ticket = mobility_ticket(message);
  const bool is_elsewhere = config_.mobility && message.method() == stun::Method::refresh && !guest_of_ && ticket &&
                            ticket->loop != config_.loop && ticket->loop < config_.loops;
  return is_elsewhere ? std::optional{ticket->loop} : std::nullopt;
}

// What stands between a Refresh with a ticket and its allocation (RFC 8016 §3.2.2). A ticket is for moving: where the
// client already is it is refused, but for a move whose answer was lost.
std::optional<stun::ErrorCode> Relay::find_mobility_mismatch(const Request& request) const {
  if (!request.message.find(stun::Attribute::mobility_ticket)) return std::nullopt;
  if (!config_.mobility) return stun::ErrorCode::mobility_forbidden;
  const auto ticket = mobility_ticket(request.message);
  if (!ticket) return stun::ErrorCode::bad_request;
  const Mobility* mobility = request.allocation ? request.allocation->mobility.get() : nullptr;
  if (!mobility || !mobility->was_given(*ticket)) return stun::ErrorCode::allocation_mismatch;
  const FiveTuple& latest = mobility->coming ? mobility->coming->client : request.allocation->client;
  const bool is_retransmission = mobility->is_previous(*ticket) && request.from == latest;
  return request.is_elsewhere || is_retransmission ? std::nullopt : std::optional{stun::ErrorCode::bad_request};
}

// RFC 8016 §3.2: the client is coming to where this Refresh has come from. False if that is one too many there.
bool Relay::announce_move(const Request& request) {
  Allocation& allocation = *request.allocation;
  Mobility& mobility = *allocation.mobility;
  const IpAddress source = network_of(request.from.client.address.unmapped());
  if (!ledger_.move(allocation.seat, source, request.now.mono)) return false;
  forget_coming(mobility);
  // Whoever announces itself again has perhaps never got the latest ticket: the one it showed stays valid.
  const MobilityTicket shown = *mobility_ticket(request.message);
  if (mobility.previous) by_ticket_.erase(shown == mobility.ticket ? *mobility.previous : mobility.ticket);
  mobility.previous = shown;
  give_ticket(request.id);
  mobility.coming = ClientPath{request.from, guest_of_};
  by_five_tuple_.emplace(request.from, request.id);
  if (guest_of_) effects_.emplace_back(GuestHosted{request.from, *guest_of_});
  if (mobility.is_away) complete_move(allocation);
  return true;
}

// The client's first use of its new 5-tuple ends the old one, and shows that it has got its ticket.
void Relay::note_use(Allocation& allocation, const FiveTuple& from) {
  Mobility& mobility = *allocation.mobility;
  if (mobility.coming && mobility.coming->client == from) complete_move(allocation);
  if (mobility.previous && !mobility.coming) by_ticket_.erase(*std::exchange(mobility.previous, std::nullopt));
}

void Relay::complete_move(Allocation& allocation) {
  Mobility& mobility = *allocation.mobility;
  const ClientPath next = *std::exchange(mobility.coming, std::nullopt);
  const FiveTuple old = std::exchange(allocation.client, next.client);
  if (!std::exchange(mobility.is_away, false)) by_five_tuple_.erase(old);
  if (mobility.guest_of) effects_.emplace_back(GuestReleased{old, *mobility.guest_of});
  mobility.guest_of = next.guest_of;
  for (const ChannelBinding& channel : allocation.channels.all()) {
    const RelayId relay = *allocation.side(channel.peer.address.family()).relay;
    effects_.emplace_back(RouteRemoved{old, channel.number, relay, channel.peer});
    effects_.emplace_back(RouteAdded{allocation.client, channel.number, relay, channel.peer});
  }
  counters_.allocations_moved += 1;
}

void Relay::forget_coming(Mobility& mobility) {
  if (!mobility.coming) return;
  by_five_tuple_.erase(mobility.coming->client);
  if (mobility.coming->guest_of) {
    effects_.emplace_back(GuestReleased{mobility.coming->client, *mobility.coming->guest_of});
  }
  mobility.coming.reset();
}

// The connection is gone and the allocation stays, for its client may come over another one.
void Relay::lose_path(Allocation& allocation, const FiveTuple& client) {
  Mobility& mobility = *allocation.mobility;
  if (mobility.coming && mobility.coming->client == client) return forget_coming(mobility);
  by_five_tuple_.erase(client);
  if (mobility.guest_of) effects_.emplace_back(GuestReleased{client, *std::exchange(mobility.guest_of, std::nullopt)});
  mobility.is_away = true;
  if (mobility.coming) complete_move(allocation);
}

void Relay::end_mobility(Allocation& allocation) {
  if (!allocation.mobility) return;
  Mobility& mobility = *allocation.mobility;
  forget_coming(mobility);
  if (mobility.guest_of) effects_.emplace_back(GuestReleased{allocation.client, *mobility.guest_of});
  by_ticket_.erase(mobility.ticket);
  if (mobility.previous) by_ticket_.erase(*mobility.previous);
}

}  // namespace plntry::turn
