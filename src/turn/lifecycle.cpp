// How allocations and relayed transport addresses come and go. An address is asked for by `OpenRelay` and is there
// once the loop has said so; only then does the client get its answer.
#include <algorithm>

#include "turn/relay.hpp"

namespace plntry::turn {
namespace {

constexpr std::array kFamilies{IpFamily::v4, IpFamily::v6};
constexpr Duration kReservationLifetime = 30s;  // RFC 8656 §7.2: at least
constexpr std::uint8_t kMaxFailedAttempts = 8;  // ports that another program holds, until 508

}  // namespace

const std::optional<IpAddress>& Relay::address(IpFamily family) const {
  return family == IpFamily::v4 ? config_.address_v4 : config_.address_v6;
}

// RFC 8656 §7.2 and §8.2: between the default and the maximum.
std::uint32_t Relay::granted_lifetime(std::optional<std::uint32_t> wished_s) const {
  const auto default_s = static_cast<std::uint32_t>(config_.default_lifetime.count());
  const auto max_s = static_cast<std::uint32_t>(config_.max_lifetime.count());
  return std::max(std::min(wished_s.value_or(default_s), max_s), default_s);
}

void Relay::open_allocation(const Request& request, const AllocateWish& wish, const Ledger::Seat& seat,
                            std::optional<Ledger::Reserved> reserved) {
  counters_.requests_accepted += 1;
  const Identity& identity = request.identity;
  Allocation allocation;
  allocation.client = request.from;
  allocation.owner = {std::string{identity.username}, identity.algorithm, identity.key};
  allocation.seat = seat;
  allocation.allocate = request.envelope;
  allocation.lifetime_s = granted_lifetime(wish.lifetime_s);
  allocation.port_wish = wish.port;
  allocation.protocol = wish.protocol;
  for (const IpFamily family : kFamilies) {
    auto& side = allocation.side(family);
    side.wanted = !reserved && (wish.both_families || wish.family == family);
    if (side.wanted && !address(family)) side.error = stun::ErrorCode::address_family_not_supported;
  }
  const AllocationId id = allocations_.insert(std::move(allocation));
  by_five_tuple_.emplace(request.from, id);
  if (wish.is_mobile) give_ticket(id);
  if (reserved) {
    const RelayId relay = expect({.address = {*address(reserved->family), reserved->port}, .owner = id});
    std::erase_if(reservations_, [&](const Reservation& each) { return each.token == *wish.reservation_token; });
    effects_.emplace_back(AdoptRelay{relay, *wish.reservation_token});
    return;
  }
  open_next_address(id, request.now);
}

// Opens what is still missing, one at a time; when nothing is, answers the client.
void Relay::open_next_address(AllocationId id, Now now) {
  for (const IpFamily family : kFamilies) {
    if (open_side(id, family)) return;
  }
  Allocation& allocation = *allocations_.find(id);
  if (std::ranges::none_of(allocation.sides, [](const auto& side) { return side.relay.has_value(); })) {
    counters_.requests_refused += 1;
    answer_error(allocation.allocate, stun::ErrorCode::insufficient_capacity);
    return close_allocation(id, EndReason::deleted);
  }
  allocation.is_open = true;
  allocation.started = now.wall;
  counters_.allocations_opened += 1;
  for (const auto& side : allocation.sides) {
    if (side.relay) relays_.find(*side.relay)->expires = now.mono + std::chrono::seconds{allocation.lifetime_s};
  }
  schedule(id);
  answer_allocated(allocation);
}

// Whether there was something to open on this side.
bool Relay::open_side(AllocationId id, IpFamily family) {
  Allocation& allocation = *allocations_.find(id);
  auto& side = allocation.side(family);
  const bool reserves = allocation.port_wish == PortWish::even_with_next_reserved;
  if (side.relay && side.wanted && reserves && !allocation.reservation_token) {
    RelayedAddress& first = *relays_.find(*side.relay);
    first.claims_next = false;
    const Endpoint next{first.address.address, static_cast<std::uint16_t>(first.address.port + 1)};
    const RelayId relay = expect({.address = next, .owner = id, .is_spare = true});
    effects_.emplace_back(OpenRelay{relay, family, next.port});
    return true;
  }
  if (!side.wanted || side.relay || side.error) return false;
  const auto port = ledger_.claim(family, allocation.port_wish, random_);
  if (!port) {
    side.error = stun::ErrorCode::insufficient_capacity;
    return false;
  }
  const RelayId relay = expect({.address = {*address(family), *port}, .owner = id, .claims_next = reserves});
  effects_.emplace_back(OpenRelay{relay, family, *port, allocation.protocol});
  return true;
}

RelayId Relay::expect(RelayedAddress address) {
  const RelayId relay = relays_.insert(address);
  allocations_.find(address.owner)->opening = relay;
  return relay;
}

void Relay::handle_relay_opened(RelayId relay, bool opened, Now now) {
  RelayedAddress* address = relays_.find(relay);
  if (!address) {  // its client left while it was being opened
    if (opened) effects_.emplace_back(CloseRelay{relay});
    return;
  }
  const AllocationId id = address->owner;
  allocations_.find(id)->opening.reset();
  if (!opened) return attempt_failed(id, relay, now);
  Allocation& allocation = *allocations_.find(id);
  if (address->is_spare) {
    reserve(relay, allocation, now.mono);
  } else {
    address->is_open = true;
    if (allocation.protocol == RelayProtocol::udp) by_relayed_address_.emplace(address->address, relay);
    ledger_.set_relayed(address->address.address.family(), address->address.port, allocation.protocol);
    allocation.side(address->address.address.family()).relay = relay;
    allocation.failed_attempts = 0;
  }
  open_next_address(id, now);
}

// The address is nobody's from here on, and may be redeemed on another loop; its expiry stays this relay's task.
void Relay::reserve(RelayId relay, Allocation& allocation, TimePoint now) {
  const Endpoint address = relays_.find(relay)->address;
  relays_.erase(relay);
  const std::uint64_t token = ledger_.reserve({address.address.family(), address.port}, random_);
  allocation.reservation_token = token;
  reservations_.push_back({token, now + kReservationLifetime});
  effects_.emplace_back(ReserveRelay{relay, token});
}

// Another program holds the port: try another one, or give this side up.
void Relay::attempt_failed(AllocationId id, RelayId relay, Now now) {
  Allocation& allocation = *allocations_.find(id);
  const RelayedAddress failed = *relays_.find(relay);
  auto& side = allocation.side(failed.address.address.family());
  close_address(relay);
  if (failed.is_spare) close_address(*std::exchange(side.relay, std::nullopt));  // half a pair is none
  allocation.failed_attempts += 1;
  if (allocation.failed_attempts == kMaxFailedAttempts) {
    allocation.failed_attempts = 0;
    side.error = stun::ErrorCode::insufficient_capacity;
  }
  open_next_address(id, now);
}

void Relay::close_address(RelayId id) {
  const RelayedAddress& address = *relays_.find(id);
  if (address.is_open) {
    by_relayed_address_.erase(address.address);
    effects_.emplace_back(CloseRelay{id});
  }
  const IpFamily family = address.address.address.family();
  ledger_.release(family, address.address.port);
  if (address.claims_next) ledger_.release(family, static_cast<std::uint16_t>(address.address.port + 1));
  relays_.erase(id);
}

template <typename Chosen>
void Relay::take_routes(Allocation& allocation, Chosen chosen) {
  while (const auto gone = allocation.channels.take(chosen)) {
    const auto relay = allocation.side(gone->peer.address.family()).relay;
    effects_.emplace_back(RouteRemoved{allocation.client, gone->number, *relay, gone->peer});
  }
}

void Relay::expire_channels(Allocation& allocation, TimePoint now) {
  take_routes(allocation, [now](const ChannelBinding& channel) { return channel.expires <= now; });
}

// Closes the relayed addresses whose time is over; with the last of them the allocation ends.
void Relay::expire_addresses(AllocationId id, TimePoint now, EndReason reason) {
  Allocation& allocation = *allocations_.find(id);
  const auto is_over = [&](const Allocation::Side& side) {
    return side.relay && relays_.find(*side.relay)->expires <= now;
  };
  const auto stays = [&](const Allocation::Side& side) { return side.relay && !is_over(side); };
  if (std::ranges::none_of(allocation.sides, stays)) return close_allocation(id, reason);
  for (const IpFamily family : kFamilies) {
    auto& side = allocation.side(family);
    if (!is_over(side)) continue;
    take_routes(allocation, [&](const ChannelBinding& channel) { return channel.peer.address.family() == family; });
    close_connections(allocation, family);
    close_address(*std::exchange(side.relay, std::nullopt));
  }
  schedule(id);
}

void Relay::close_allocation(AllocationId id, EndReason reason) {
  Allocation& allocation = *allocations_.find(id);
  take_routes(allocation, [](const ChannelBinding&) { return true; });
  close_connections(allocation, std::nullopt);
  if (allocation.opening) close_address(*allocation.opening);
  for (const auto& side : allocation.sides) {
    if (side.relay) close_address(*side.relay);
  }
  if (allocation.is_open) {
    counters_.allocations_ended += 1;
    effects_.emplace_back(AllocationEnded{.client = allocation.client,
                                          .user = *allocation.seat.user->key,
                                          .started = allocation.started,
                                          .usage = allocation.usage,
                                          .unmetered = allocation.usage - allocation.metered,
                                          .reason = reason});
  }
  ledger_.close(allocation.seat);
  end_mobility(allocation);
  if (id_of(allocation.client) == id) by_five_tuple_.erase(allocation.client);  // it may be another's while it is away
  allocation_deadlines_.cancel(id);
  allocations_.erase(id);
}

void Relay::schedule(AllocationId id) {
  const Allocation& allocation = *allocations_.find(id);
  TimePoint next = allocation.channels.next_expiry().value_or(TimePoint::max());
  for (const auto& side : allocation.sides) {
    if (side.relay) next = std::min(next, relays_.find(*side.relay)->expires);
  }
  allocation_deadlines_.schedule(id, next);
}

void Relay::handle_client_gone(const FiveTuple& client, TimePoint) {
  if (const auto host = hosted_elsewhere_.find(client); host != hosted_elsewhere_.end()) {
    effects_.emplace_back(GuestGone{client, host->second});
    hosted_elsewhere_.erase(host);
    return;
  }
  const AllocationId id = id_of(client);
  Allocation* allocation = allocations_.find(id);
  if (!allocation) return;
  if (allocation->mobility && allocation->is_open) return lose_path(*allocation, client);
  close_allocation(id, EndReason::client_gone);
}

void Relay::handle_timeout(TimePoint now) {
  expire_connections(now);
  while (const auto id = allocation_deadlines_.pop_due(now)) {
    expire_channels(*allocations_.find(*id), now);
    expire_addresses(*id, now, EndReason::expired);
  }
  while (!reservations_.empty() && reservations_.front().expires <= now) {
    const std::uint64_t token = reservations_.front().token;
    reservations_.erase(reservations_.begin());
    if (ledger_.discard(token)) effects_.emplace_back(DiscardReserved{token});
  }
}

std::optional<TimePoint> Relay::next_deadline() const {
  TimePoint next = reservations_.empty() ? TimePoint::max() : reservations_.front().expires;
  for (const auto& each : {allocation_deadlines_.next_deadline(), connection_deadlines_.next_deadline()}) {
    if (each) next = std::min(next, *each);
  }
  return next == TimePoint::max() ? std::nullopt : std::optional{next};
}

void Relay::revoke(std::string_view user, TimePoint now) {
  ledger_.revoke(user, now);
  allocations_.for_each([&](AllocationId id, const Allocation& allocation) {
    if (*allocation.seat.user->key == user) close_allocation(id, EndReason::revoked);
  });
}

}  // namespace plntry::turn
