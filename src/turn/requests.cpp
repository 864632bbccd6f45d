// One function a method: what each request asks for, checked in the order of RFC 8656.
#include <algorithm>
#include <array>

#include "turn/attributes.hpp"
#include "turn/relay.hpp"

namespace plntry::turn {
namespace {

using stun::AttributeError;
using stun::ErrorCode;

// RFC 6062 §5.1: what a TCP allocation has nothing to do with.
bool is_for_datagrams_alone(const stun::MessageView& message) {
  using stun::Attribute;
  return message.find(Attribute::dont_fragment) || message.find(Attribute::even_port) ||
         message.find(Attribute::reservation_token);
}

// What an Allocate request asks for, or the error that answers it, as far as the request alone tells.
std::expected<AllocateWish, ErrorCode> parse_wish(const stun::MessageView& message, bool tcp_allocations) {
  const auto is_malformed = [](const auto& parsed) { return !parsed && parsed.error() == AttributeError::malformed; };
  const auto transport = requested_transport(message);
  if (!transport) return std::unexpected(ErrorCode::bad_request);
  const bool is_tcp = tcp_allocations && *transport == kTcpProtocol;
  if (*transport != kUdpProtocol && !is_tcp) return std::unexpected(ErrorCode::unsupported_transport_protocol);
  if (is_tcp && is_for_datagrams_alone(message)) return std::unexpected(ErrorCode::bad_request);

  const auto token = reservation_token(message);
  const auto even = even_port(message);
  const auto family = requested_address_family(message);
  const auto additional = additional_address_family(message);
  const auto lifetime = lifetime_s(message);
  if (is_malformed(token) || is_malformed(even) || is_malformed(family) || is_malformed(additional) ||
      is_malformed(lifetime)) {
    return std::unexpected(ErrorCode::bad_request);
  }
  if (token && (even || family || additional)) return std::unexpected(ErrorCode::bad_request);
  if (family && additional) return std::unexpected(ErrorCode::bad_request);

  AllocateWish wish;
  if (is_tcp) wish.protocol = RelayProtocol::tcp;
  if (const auto ticket = message.find(stun::Attribute::mobility_ticket)) {
    if (!ticket->empty()) return std::unexpected(ErrorCode::bad_request);  // RFC 8016 §3.1: one is asked for, not shown
    wish.is_mobile = true;
  }
  if (lifetime) wish.lifetime_s = *lifetime;
  if (token) wish.reservation_token = *token;
  if (even) wish.port = *even ? PortWish::even_with_next_reserved : PortWish::even;
  if (family) {
    const auto known = family_from_wire(*family);
    if (!known) return std::unexpected(ErrorCode::address_family_not_supported);
    wish.family = *known;
  }
  if (additional) {
    if (even && *even) return std::unexpected(ErrorCode::bad_request);
    if (family_from_wire(*additional) == IpFamily::v4) return std::unexpected(ErrorCode::bad_request);
    if (!family_from_wire(*additional)) return std::unexpected(ErrorCode::address_family_not_supported);
    wish.both_families = true;
  }
  return wish;
}

ErrorCode to_code(Ledger::Refusal refusal) {
  switch (refusal) {
    case Ledger::Refusal::revoked:
      return ErrorCode::forbidden;
    case Ledger::Refusal::over_quota:
      return ErrorCode::allocation_quota_reached;
    case Ledger::Refusal::full:
      break;
  }
  return ErrorCode::insufficient_capacity;
}

}  // namespace

// RFC 8656 §7.2
void Relay::allocate(const Request& request) {
  if (request.allocation) {
    if (request.allocation->allocate.id != request.envelope.id) return refuse(request, ErrorCode::allocation_mismatch);
    // A retransmission: the answer again, unless it is still to come.
    if (request.allocation->is_open) answer_allocated(*request.allocation);
    return;
  }
  const auto wish = parse_wish(request.message, config_.tcp_allocations);
  if (!wish) return refuse(request, wish.error());
  const bool is_tcp = wish->protocol == RelayProtocol::tcp;
  if (is_tcp && !is_stream(request.from.transport)) return refuse(request, ErrorCode::bad_request);  // RFC 6062 §5.1
  // A TCP allocation ends with its control connection, and its data connections have nowhere to move to.
  if (wish->is_mobile && (is_tcp || !config_.mobility)) return refuse(request, ErrorCode::mobility_forbidden);
  const auto is_wanted = [&](IpFamily family) { return wish->both_families || wish->family == family; };
  const bool can_v4 = is_wanted(IpFamily::v4) && config_.address_v4;
  const bool can_v6 = is_wanted(IpFamily::v6) && config_.address_v6;
  if (!wish->reservation_token && !can_v4 && !can_v6) return refuse(request, ErrorCode::address_family_not_supported);

  // Those that this relay has reserved and cannot know to be redeemed elsewhere count here, so that they are bounded.
  if (wish->port == PortWish::even_with_next_reserved && reservations_.size() >= ledger_.config().max_reservations) {
    return refuse(request, ErrorCode::insufficient_capacity);
  }
  const auto seat = ledger_.open(user_of(request.identity.username), network_of(request.from.client.address.unmapped()),
                                 request.now.mono);
  if (!seat) return refuse(request, to_code(seat.error()));
  std::optional<Ledger::Reserved> reserved;
  if (wish->reservation_token) {
    reserved = ledger_.redeem(*wish->reservation_token);
    if (!reserved) {
      ledger_.close(*seat);
      return refuse(request, ErrorCode::insufficient_capacity);
    }
  }
  open_allocation(request, *wish, *seat, reserved);
}

// RFC 8656 §5: what every request on an existing allocation must satisfy.
std::optional<ErrorCode> Relay::find_mismatch(const Request& request) const {
  if (!request.allocation || !request.allocation->is_open) return ErrorCode::allocation_mismatch;
  if (request.allocation->owner.username != request.identity.username) return ErrorCode::wrong_credentials;
  return std::nullopt;
}

// RFC 8656 §8.2. On a dual allocation REQUESTED-ADDRESS-FAMILY names the address that is meant.
void Relay::refresh(const Request& request) {
  if (const auto mismatch = find_mobility_mismatch(request)) return refuse(request, *mismatch);
  if (const auto mismatch = find_mismatch(request)) return refuse(request, *mismatch);
  const auto family = requested_address_family(request.message);
  const auto lifetime = lifetime_s(request.message);
  if ((!family && family.error() == AttributeError::malformed) ||
      (!lifetime && lifetime.error() == AttributeError::malformed)) {
    return refuse(request, ErrorCode::bad_request);
  }
  const auto is_meant = [&](IpFamily each) { return !family || family_from_wire(*family) == each; };
  constexpr std::array kFamilies{IpFamily::v4, IpFamily::v6};
  Allocation& allocation = *request.allocation;
  if (std::ranges::none_of(kFamilies, [&](IpFamily each) { return is_meant(each) && allocation.side(each).relay; })) {
    return refuse(request, ErrorCode::peer_address_family_mismatch);
  }

  const std::uint32_t granted_s =
      lifetime == 0u ? 0 : granted_lifetime(lifetime ? std::optional{*lifetime} : std::nullopt);
  if (request.is_elsewhere && granted_s != 0 && !announce_move(request)) {
    return refuse(request, ErrorCode::allocation_quota_reached);
  }
  counters_.requests_accepted += 1;
  stun::Builder builder = begin_answer(request.envelope, stun::Class::success);
  builder.add_be32(stun::Attribute::lifetime, granted_s);
  if (granted_s != 0 && request.message.find(stun::Attribute::mobility_ticket)) {
    builder.add(stun::Attribute::mobility_ticket, allocation.mobility->ticket.wire(ticket_key_));
  }
  finish_answer(builder, request.envelope);
  for (const IpFamily each : kFamilies) {
    auto& side = allocation.side(each);
    if (!is_meant(each) || !side.relay) continue;
    relays_.find(*side.relay)->expires = request.now.mono + std::chrono::seconds{granted_s};
  }
  expire_addresses(request.id, request.now.mono, EndReason::deleted);
}

// Whether a peer at `address` may be reached at all, and how far.
std::optional<Reach> Relay::reach_of(const IpAddress& address) const {
  const bool is_own = address == config_.address_v4 || address == config_.address_v6;
  if (!is_own) return policy_.allows(address) ? std::optional{Reach::anywhere} : std::nullopt;
  if (policy_.denies_explicitly(address)) return std::nullopt;
  return policy_.allows_explicitly(address) ? Reach::own_and_other : Reach::own_relays;
}

// RFC 8656 §10.2: every address is checked before any permission is installed.
void Relay::create_permission(const Request& request) {
  if (const auto mismatch = find_mismatch(request)) return refuse(request, *mismatch);
  Allocation& allocation = *request.allocation;
  const auto check = [&](Bytes value) -> std::optional<ErrorCode> {
    const auto peer = stun::decode_xor_address(value, request.envelope.id);
    if (!peer) return ErrorCode::bad_request;
    if (!allocation.side(peer->address.family()).relay) return ErrorCode::peer_address_family_mismatch;
    if (!reach_of(peer->address)) return ErrorCode::forbidden;
    return std::nullopt;
  };
  std::size_t count = 0;
  for (const stun::AttributeView attribute : request.message.attributes()) {
    if (attribute.type != stun::Attribute::xor_peer_address) continue;
    count += 1;
    if (const auto error = check(attribute.value)) {
      if (*error == ErrorCode::forbidden) counters_.peers_denied += 1;
      return refuse(request, *error);
    }
  }
  if (count == 0) return refuse(request, ErrorCode::bad_request);

  for (const stun::AttributeView attribute : request.message.attributes()) {
    if (attribute.type != stun::Attribute::xor_peer_address) continue;
    const IpAddress address = stun::decode_xor_address(attribute.value, request.envelope.id)->address;
    if (!allocation.permissions.install(address, *reach_of(address), config_.limits.max_permissions,
                                        request.now.mono)) {
      return refuse(request, ErrorCode::insufficient_capacity);
    }
  }
  succeed(request);
}

// RFC 8656 §12.2
void Relay::channel_bind(const Request& request) {
  if (const auto mismatch = find_mismatch(request)) return refuse(request, *mismatch);
  Allocation& allocation = *request.allocation;
  if (allocation.protocol == RelayProtocol::tcp) return refuse(request, ErrorCode::bad_request);
  const auto wire = channel_number(request.message);
  const auto peer = xor_peer_address(request.message);
  const auto number = wire ? ChannelNumber::from_wire(*wire) : std::nullopt;
  if (!number || !peer) return refuse(request, ErrorCode::bad_request);
  const auto relay = allocation.side(peer->address.family()).relay;
  if (!relay) return refuse(request, ErrorCode::peer_address_family_mismatch);
  const auto reach = reach_of(peer->address);
  if (!reach || (*reach != Reach::anywhere && policy_.is_listener(*peer))) {
    counters_.peers_denied += 1;
    return refuse(request, ErrorCode::forbidden);
  }

  const TimePoint now = request.now.mono;
  expire_channels(allocation, now);
  using Verdict = ChannelBindings::Verdict;
  const Verdict verdict = allocation.channels.judge(*number, *peer, config_.limits.max_channels);
  if (verdict == Verdict::conflicts) return refuse(request, ErrorCode::bad_request);
  if (verdict == Verdict::too_many ||
      !allocation.permissions.install(peer->address, *reach, config_.limits.max_permissions, now)) {
    return refuse(request, ErrorCode::insufficient_capacity);
  }
  allocation.channels.bind(*number, *peer, *reach, now);
  schedule(request.id);
  succeed(request);
  if (verdict == Verdict::is_new) effects_.emplace_back(RouteAdded{allocation.client, *number, *relay, *peer});
}

}  // namespace plntry::turn
