#include "turn/relay.hpp"

#include "base/crypto.hpp"
#include "base/writer.hpp"
#include "stun/binding.hpp"
#include "stun/fingerprint.hpp"
#include "turn/attributes.hpp"

namespace plntry::turn {
namespace {

using stun::Attribute;
using stun::Class;
using stun::MessageView;
using stun::Method;

constexpr std::size_t padding(std::size_t size) { return (4 - size % 4) % 4; }

constexpr std::size_t kMaxIndicationData = 0xFFFF - ToClient::kMaxHeaderSize - 3;

// A nonce belongs to one 5-tuple. For a data connection clients bring that of the control connection along (RFC 6062
// §4.3, "the same method and credentials"), and not all of them try again after a 438.
bool may_use_nonce_of_control(const FiveTuple& from, const MessageView& message, const Allocation* allocation) {
  return message.method() == Method::connection_bind && allocation &&
         allocation->client.client.address == from.client.address;
}

}  // namespace

Relay::Relay(Config config, Ledger& ledger, Random& random, Now now)
    : config_(std::move(config)),
      ledger_(ledger),
      random_(random),
      authenticator_(std::move(config_.credentials), config_.nonce_secret, config_.nonce_lifetime),
      ticket_key_(hmac_sha256(config_.nonce_secret, as_bytes("mobility-ticket"))),
      policy_(config_.peers),
      nat_discovery_(config_.nat_discovery.begin(), config_.nat_discovery.end()),
      by_five_tuple_(0, FiveTupleHash{random.u64()}),
      by_relayed_address_(0, EndpointHash{random.u64()}),
      hosted_elsewhere_(0, FiveTupleHash{random.u64()}),
      unproven_answers_(config_.limits.unproven_answers, config_.limits.source_buckets, random.u64(), now.mono),
      wrong_credentials_(config_.limits.wrong_credentials, config_.limits.source_buckets, random.u64(), now.mono),
      indication_ids_(random.u64()) {}

std::nullopt_t Relay::drop(Drop reason) {
  counters_.drops[static_cast<std::size_t>(reason)] += 1;
  return std::nullopt;
}

AllocationId Relay::id_of(const FiveTuple& client) const {
  const auto found = by_five_tuple_.find(client);
  return found == by_five_tuple_.end() ? AllocationId{} : found->second;
}

std::optional<Usage> Relay::usage(const FiveTuple& client) const {
  const Allocation* allocation = allocations_.find(id_of(client));
  return allocation ? std::optional{allocation->usage} : std::nullopt;
}

std::optional<Effect> Relay::poll_effect() {
  if (next_effect_ == effects_.size()) {
    effects_.clear();
    next_effect_ = 0;
    return std::nullopt;
  }
  return std::move(effects_[next_effect_++]);
}

std::optional<Forward> Relay::handle_client(const FiveTuple& from, Bytes datagram, Now now) {
  if (datagram.empty()) return drop(Drop::not_turn);
  if (!hosted_elsewhere_.empty() && !guest_of_) {
    const auto found = hosted_elsewhere_.find(from);
    if (found != hosted_elsewhere_.end()) return ToLoop{found->second, from, datagram};
  }
  switch (datagram[0] >> 6) {  // RFC 8656 §12, table 3
    case 0:
      return handle_stun(from, datagram, now);
    case 1:
      return relay_channel_data(from, datagram, now.mono);
    default:
      return drop(Drop::not_turn);
  }
}

std::optional<Forward> Relay::relay_channel_data(const FiveTuple& from, Bytes datagram, TimePoint now) {
  const auto frame = parse_channel_data(datagram);
  if (!frame) return drop(Drop::malformed);
  Allocation* allocation = find(from);
  if (!allocation) return drop(Drop::no_allocation);
  const ChannelBinding* channel = allocation->channels.find(frame->number, now);
  if (!channel) return drop(Drop::unbound_channel);
  if (allocation->mobility) note_use(*allocation, from);
  return relay_to_peer(*allocation, channel->reach, channel->peer, frame->data, false, now);
}

std::optional<Forward> Relay::handle_stun(const FiveTuple& from, Bytes datagram, Now now) {
  const auto message = MessageView::parse(datagram);
  if (!message) return drop(message.error() == stun::ParseError::not_stun ? Drop::not_turn : Drop::malformed);
  if (message->message_class() == Class::indication) {
    if (message->method() == Method::send) return relay_send(from, *message, now.mono);
    if (message->method() == Method::binding) return std::nullopt;  // a keep-alive (RFC 8489 §6.3.2)
    return drop(Drop::unexpected_message);
  }
  if (message->message_class() != Class::request) return drop(Drop::unexpected_message);
  return handle_request(from, *message, now);
}

// RFC 8656 §11.2. Indications cannot be answered, so whatever is wrong with one drops it.
std::optional<Forward> Relay::relay_send(const FiveTuple& from, const MessageView& message, TimePoint now) {
  Allocation* allocation = find(from);
  if (!allocation) return drop(Drop::no_allocation);
  if (allocation->protocol == RelayProtocol::tcp) return drop(Drop::unexpected_message);  // RFC 6062 §3: no data here
  if (!message.not_understood(understood_attributes(config_.dont_fragment, config_.tcp_allocations)).empty()) {
    return drop(Drop::unknown_attribute);
  }
  const auto peer = xor_peer_address(message);
  const auto data = message.find(Attribute::data);
  if (!peer || !data) return drop(Drop::malformed);
  if (!allocation->side(peer->address.family()).relay) return drop(Drop::wrong_family);
  const Permission* permission = allocation->permissions.find(peer->address, now);
  if (!permission) return drop(Drop::no_permission);
  if (allocation->mobility) note_use(*allocation, from);
  const bool dont_fragment = message.find(Attribute::dont_fragment).has_value();
  return relay_to_peer(*allocation, permission->reach, *peer, *data, dont_fragment, now);
}

std::optional<Forward> Relay::relay_to_peer(Allocation& allocation, Reach reach, const Endpoint& peer, Bytes data,
                                            bool dont_fragment, TimePoint now) {
  const auto relay = allocation.side(peer.address.family()).relay;
  if (!relay) return drop(Drop::wrong_family);
  RelayId neighbour;
  if (reach != Reach::anywhere) {
    if (policy_.is_listener(peer)) return drop(Drop::own_address);
    const auto found = by_relayed_address_.find(peer);
    if (found != by_relayed_address_.end()) {
      neighbour = found->second;
    } else if (reach == Reach::own_relays && !ledger_.is_relayed(peer.address.family(), peer.port)) {
      return drop(Drop::own_address);
    }
  }
  if (!ledger_.may_send(allocation.seat, data.size(), now)) return drop(Drop::over_bandwidth);

  counters_.packets_to_peer += 1;
  counters_.bytes_to_peer += data.size();
  allocation.usage.packets_to_peer += 1;
  allocation.usage.bytes_to_peer += data.size();
  if (neighbour == RelayId{}) return ToPeer{*relay, peer, data, dont_fragment};

  // The peer is relayed here too: the packet takes the way it would have taken through the kernel, permission check
  // included, without going there.
  const auto delivered = handle_peer(neighbour, relays_.find(*relay)->address, data, now);
  if (!delivered) return std::nullopt;
  counters_.packets_within += 1;
  return *delivered;
}

std::optional<ToClient> Relay::handle_peer(RelayId relay, const Endpoint& from, Bytes datagram, TimePoint now) {
  const RelayedAddress* address = relays_.find(relay);
  Allocation* allocation = address ? allocations_.find(address->owner) : nullptr;
  if (!allocation) return drop(Drop::no_allocation);
  return deliver(*allocation, {from.address.unmapped(), from.port}, datagram, now);
}

// RFC 8656 §11.3: addresses are compared, ports are not.
std::optional<ToClient> Relay::deliver(Allocation& allocation, const Endpoint& from, Bytes data, TimePoint now) {
  if (!allocation.permissions.find(from.address, now)) return drop(Drop::no_permission);
  if (allocation.mobility && allocation.mobility->is_away) return drop(Drop::client_away);
  ToClient message{allocation.client, data};
  if (const ChannelBinding* channel = allocation.channels.find(from, now); channel && data.size() <= 0xFFFF) {
    Writer header{message.header_buffer()};
    header.be16(channel->number.wire());
    header.be16(static_cast<std::uint16_t>(data.size()));
    message.set_header_size(kChannelDataHeaderSize);
    // RFC 8656 §12.5: padded over TCP and TLS, where the next message follows at once.
    if (is_stream(allocation.client.transport)) message.padding = static_cast<std::uint8_t>(padding(data.size()));
  } else {
    if (data.size() > kMaxIndicationData) return drop(Drop::too_large);
    write_data_header(message, from);
  }
  if (!ledger_.may_send(allocation.seat, data.size(), now)) return drop(Drop::over_bandwidth);

  counters_.packets_to_client += 1;
  counters_.bytes_to_client += data.size();
  allocation.usage.packets_to_client += 1;
  allocation.usage.bytes_to_client += data.size();
  return message;
}

// A Data indication up to the value of DATA (RFC 8656 §11.3).
void Relay::write_data_header(ToClient& message, const Endpoint& peer) {
  stun::TransactionId id;
  indication_ids_.fill(id);
  const Bytes address = peer.address.bytes();
  const std::size_t pad = padding(message.data.size());
  const std::size_t before_data = 2 * stun::kAttributeHeaderSize + 4 + address.size();
  Writer header{message.header_buffer()};
  header.be16(stun::to_wire({Method::data, Class::indication}));
  header.be16(static_cast<std::uint16_t>(before_data + message.data.size() + pad));
  header.be32(stun::kMagicCookie);
  header.bytes(id);
  const Endpoint masked = stun::xor_endpoint(peer, id);
  header.be16(static_cast<std::uint16_t>(Attribute::xor_peer_address));
  header.be16(static_cast<std::uint16_t>(4 + address.size()));
  header.be16(peer.address.is_v4() ? 0x01 : 0x02);
  header.be16(masked.port);
  header.bytes(masked.address.bytes());
  header.be16(static_cast<std::uint16_t>(Attribute::data));
  header.be16(static_cast<std::uint16_t>(message.data.size()));
  assert(header.ok());
  message.set_header_size(header.written().size());
  message.padding = static_cast<std::uint8_t>(pad);
}

std::optional<ToClient> Relay::handle_icmp(RelayId relay, const Endpoint& peer, IcmpError error, TimePoint now) {
  const RelayedAddress* address = relays_.find(relay);
  const Allocation* allocation = address ? allocations_.find(address->owner) : nullptr;
  if (!allocation) return drop(Drop::no_allocation);
  const bool is_v4 = peer.address.is_v4();
  // RFC 8656 §11.5: unreachable and time exceeded; for ICMPv6 packet too big as well.
  const bool is_reported = is_v4 ? error.type == 3 || error.type == 11 : error.type >= 1 && error.type <= 3;
  if (!is_reported) return drop(Drop::unexpected_message);
  if (!allocation->permissions.find(peer.address, now)) return drop(Drop::no_permission);
  if (allocation->mobility && allocation->mobility->is_away) return drop(Drop::client_away);
  stun::TransactionId id;
  indication_ids_.fill(id);
  ToClient message{allocation->client, {}};
  stun::Builder builder{message.header_buffer(), {Method::data, Class::indication}, id};
  builder.add_xor_address(Attribute::xor_peer_address, peer);
  std::array<std::uint8_t, 8> icmp{};  // RFC 8656 §18.13: two reserved octets, 7 bits of type, 9 of code, the data
  store_be16(icmp, 2, static_cast<std::uint16_t>(error.type << 9 | error.code));
  store_be32(icmp, 4, error.data);
  builder.add(Attribute::icmp, icmp);
  const auto built = builder.finish();
  assert(built);
  message.set_header_size(built->size());
  return message;
}

Relay::Handler Relay::handler_of(Method method) const {
  // A server that relays for neither family is a STUN server, which knows none of these methods.
  if (!config_.address_v4 && !config_.address_v6) return nullptr;
  switch (method) {
    case Method::allocate:
      return &Relay::allocate;
    case Method::refresh:
      return &Relay::refresh;
    case Method::create_permission:
      return &Relay::create_permission;
    case Method::channel_bind:
      return &Relay::channel_bind;
    case Method::connect:
      return config_.tcp_allocations ? &Relay::connect : nullptr;
    case Method::connection_bind:
      return config_.tcp_allocations ? &Relay::connection_bind : nullptr;
    default:
      return nullptr;
  }
}

std::optional<Forward> Relay::handle_request(const FiveTuple& from, const MessageView& message, Now now) {
  if (check_fingerprint(message) == stun::FingerprintCheck::wrong) return drop(Drop::wrong_fingerprint);
  if (message.method() == Method::binding) return answer_binding(from, message, now.mono), std::nullopt;
  const Handler handler = handler_of(message.method());
  if (!handler) return drop(Drop::unexpected_message);  // RFC 8489 §6.3: silently discarded
  const bool has_credentials = message.message_integrity() || message.message_integrity_sha256();
  if (has_credentials && wrong_credentials_.is_exhausted(from.client.address, now.mono)) return drop(Drop::guessing);

  AllocationId id = id_of(from);
  const bool is_stranger = id == AllocationId{};
  if (is_stranger && message.method() == Method::refresh) id = find_by_ticket(message);
  if (is_stranger && message.method() == Method::connection_bind) {
    if (move_to_connection(from, message)) return std::nullopt;
    id = owner_of_connection(message);
  }
  Allocation* allocation = allocations_.find(id);
  // Who is no guest any more, or never was: its own loop answers, once it knows.
  if (guest_of_ && is_stranger && message.method() != Method::refresh) return drop(Drop::no_allocation);
  auto identity = authenticator_.authenticate(message, from, allocation ? &allocation->owner : nullptr, now.wall);
  const bool is_stale = !identity && identity.error().code == stun::ErrorCode::stale_nonce;
  if (is_stale && may_use_nonce_of_control(from, message, allocation)) {
    identity = authenticator_.authenticate(message, allocation->client, &allocation->owner, now.wall);
  }
  if (const auto loop = allocation ? std::nullopt : loop_of(message); loop && (identity || identity.error().is_guess)) {
    // Only the allocation's relay knows its owner's key; here it counts as a guess if it is not right by itself.
    if (!identity) wrong_credentials_.take(from.client.address, now.mono);
    return pass_on(from, *loop, message.bytes());
  }
  if (!identity) return refuse_unauthenticated(from, message, identity.error(), now), std::nullopt;

  const Request request{
      .message = message,
      .from = from,
      .now = now,
      .identity = *identity,
      .envelope = {.to = from,
                   .method = message.method(),
                   .id = message.transaction_id(),
                   .key = identity->key,
                   .sha256_integrity = identity->sha256_integrity,
                   .fingerprint = message.fingerprint().has_value()},
      .id = id,
      .allocation = allocation,
      .is_elsewhere = is_stranger && allocation,
  };
  const auto unknown = message.not_understood(understood_attributes(config_.dont_fragment, config_.tcp_allocations));
  if (!unknown.empty()) return refuse_unknown(request, unknown), std::nullopt;
  if (allocation && allocation->mobility && !is_stranger) {
    const auto shown = mobility_ticket(message);
    const bool lacks_answer = shown && allocation->mobility->is_previous(*shown);  // that to its move was lost
    if (!lacks_answer) note_use(*allocation, from);
  }
  (this->*handler)(request);
  return std::nullopt;
}

}  // namespace plntry::turn
