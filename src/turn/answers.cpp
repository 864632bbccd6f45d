// What the relay answers: signed where the client has proven itself, small and budgeted where it has not.
#include <array>
#include <cassert>

#include "stun/binding.hpp"
#include "turn/relay.hpp"

namespace plntry::turn {

using stun::Attribute;
using stun::Builder;
using stun::Class;
using stun::ErrorCode;
using stun::MessageView;

Builder Relay::begin_answer(const Envelope& envelope, Class message_class) {
  Reply& reply = std::get<Reply>(effects_.emplace_back(Reply{.to = envelope.to, .size = 0, .buffer = {}}));
  return {reply.buffer, {envelope.method, message_class}, envelope.id};
}

void Relay::finish_answer(Builder& builder, const Envelope& envelope) {
  // RFC 8656 §5: Allocate and Refresh responses SHOULD name the software.
  const bool names_software = envelope.method == stun::Method::allocate || envelope.method == stun::Method::refresh;
  if (envelope.key) {
    if (names_software && !config_.software.empty()) builder.add_text(Attribute::software, config_.software);
    if (envelope.sha256_integrity) {
      builder.add_integrity_sha256(envelope.key->bytes());
    } else {
      builder.add_integrity(envelope.key->bytes());
    }
  }
  if (envelope.fingerprint) builder.add_fingerprint();
  const auto built = builder.finish();
  assert(built);
  std::get<Reply>(effects_.back()).size = static_cast<std::uint16_t>(built->size());
}

void Relay::answer_binding(const FiveTuple& from, const MessageView& message, TimePoint now) {
  if (!proves_source(from.transport) && !unproven_answers_.take(from.client.address, now)) {
    return void(drop(Drop::unproven_budget));
  }
  counters_.bindings += 1;
  if (answer_discovery(from, message)) return;
  Reply& reply = std::get<Reply>(effects_.emplace_back(Reply{.to = from, .size = 0, .buffer = {}}));
  reply.size = static_cast<std::uint16_t>(stun::answer_binding(message, from.client, reply.buffer).size());
}

// RFC 5780, over UDP and at its four endpoints. False: an ordinary Binding.
bool Relay::answer_discovery(const FiveTuple& from, const MessageView& message) {
  if (from.transport != Transport::udp) return false;
  for (const stun::NatDiscovery& discovery : nat_discovery_) {
    const auto at = discovery.find(from.server);
    if (!at) continue;
    std::array<std::uint8_t, stun::NatDiscovery::kMaxAnswerSize> buffer;
    const auto answer = discovery.answer(message, from.client, *at, buffer);
    effects_.emplace_back(DiscoveryReply{.to = {answer.to, discovery.bound(answer.from), from.transport},
                                         .bytes = {answer.bytes.begin(), answer.bytes.end()}});
    return true;
  }
  return false;
}

void Relay::handle_discovery(const FiveTuple& from, Bytes datagram, TimePoint now) {
  const auto request = stun::parse_binding(datagram);
  if (request) return answer_binding(from, *request, now);
  using stun::Ignored;
  const Ignored why = request.error();
  drop(why == Ignored::not_stun            ? Drop::not_turn
       : why == Ignored::malformed         ? Drop::malformed
       : why == Ignored::wrong_fingerprint ? Drop::wrong_fingerprint
                                           : Drop::unexpected_message);
}

// Over UDP the source may be forged. So the answer says as much as fits into what may be answered (RFC 8489 leaves
// both the reason phrase and the offer of algorithms to the server), and no more than so many go to one source.
void Relay::refuse_unauthenticated(const FiveTuple& from, const MessageView& message, Refusal refusal, Now now) {
  const bool is_proven = proves_source(from.transport);
  if (!is_proven && !unproven_answers_.take(from.client.address, now.mono)) return void(drop(Drop::unproven_budget));
  counters_.requests_refused += 1;
  if (refusal.with_challenge) counters_.challenges += 1;
  if (refusal.is_guess) {
    counters_.wrong_credentials += 1;
    wrong_credentials_.take(from.client.address, now.mono);
  }

  const Envelope envelope{
      from, message.method(), message.transaction_id(), {}, false, message.fingerprint().has_value()};
  const auto fits = [&] {
    const std::size_t size = std::get<Reply>(effects_.back()).size;
    return is_proven || size <= stun::max_answer_size(message.bytes().size(), from.client.address.unmapped().family());
  };
  // Whatever is shorter than REQUESTED-TRANSPORT alone cannot be an Allocate, nor sent by whoever had a challenge.
  constexpr std::size_t kShortestAllocate = stun::kHeaderSize + 8;
  if (refusal.with_challenge && !is_proven && message.bytes().size() < kShortestAllocate) {
    refusal = {ErrorCode::bad_request, false, false};
  }
  if (refusal.with_challenge) {
    using Detail = Authenticator::Detail;
    constexpr Detail kLeast{.features = false, .reason = false};
    for (const Detail detail : {Detail{true, true}, Detail{true, false}, Detail{false, true}, kLeast}) {
      Builder builder = begin_answer(envelope, Class::error);
      authenticator_.add_challenge(builder, refusal.code, from, detail, now.wall);
      finish_answer(builder, envelope);
      // The least is sent even so: a realm of more than 12 bytes costs a few bytes over the bound.
      if (fits() || (!detail.features && !detail.reason)) return;
      effects_.pop_back();
    }
  }
  answer_error(envelope, refusal.code);
  if (fits()) return;
  effects_.pop_back();
  Builder builder = begin_answer(envelope, Class::error);
  builder.add_error_code(refusal.code, "");
  finish_answer(builder, envelope);
}

void Relay::answer_error(const Envelope& envelope, ErrorCode code) {
  Builder builder = begin_answer(envelope, Class::error);
  builder.add_error_code(code);
  finish_answer(builder, envelope);
}

void Relay::succeed(const Request& request) {
  counters_.requests_accepted += 1;
  Builder builder = begin_answer(request.envelope, Class::success);
  finish_answer(builder, request.envelope);
}

void Relay::refuse(const Request& request, ErrorCode code) {
  counters_.requests_refused += 1;
  if (code == ErrorCode::allocation_quota_reached) counters_.quota_refusals += 1;
  answer_error(request.envelope, code);
}

void Relay::refuse_unknown(const Request& request, const stun::UnknownAttributes& unknown) {
  counters_.requests_refused += 1;
  Builder builder = begin_answer(request.envelope, Class::error);
  builder.add_error_code(ErrorCode::unknown_attribute);
  builder.add_unknown_attributes(unknown.list());
  finish_answer(builder, request.envelope);
}

// RFC 8656 §7.2, "the success response contains".
void Relay::answer_allocated(const Allocation& allocation) {
  Builder builder = begin_answer(allocation.allocate, Class::success);
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const auto& side = allocation.side(family);
    if (side.relay) builder.add_xor_address(Attribute::xor_relayed_address, relays_.find(*side.relay)->address);
    if (side.error) {
      const auto number = static_cast<unsigned>(*side.error);
      const auto family_octet = std::uint32_t{family == IpFamily::v4 ? 0x01U : 0x02U};
      builder.add_be32(Attribute::address_error_code, family_octet << 24 | number / 100 << 8 | number % 100);
    }
  }
  builder.add_be32(Attribute::lifetime, allocation.lifetime_s);
  if (allocation.reservation_token) {
    std::array<std::uint8_t, 8> token;
    store_be64(token, 0, *allocation.reservation_token);
    builder.add(Attribute::reservation_token, token);
  }
  if (allocation.mobility) builder.add(Attribute::mobility_ticket, allocation.mobility->ticket.wire(ticket_key_));
  builder.add_xor_address(Attribute::xor_mapped_address,
                          {allocation.client.client.address.unmapped(), allocation.client.client.port});
  finish_answer(builder, allocation.allocate);
}

}  // namespace plntry::turn
