#include "doctor/turn_client.hpp"

#include <array>
#include <cassert>

#include "stun/builder.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "turn/attributes.hpp"

namespace plntry::doctor {
namespace {

using stun::Attribute;
using stun::Class;
using stun::MessageView;
using stun::Method;

constexpr unsigned kStaleMax = 2;  // a server whose nonces do not even live for a round trip

}  // namespace

Bytes TurnClient::request(MutableBytes out, Method method, std::span<const Attribute32> attributes,
                          const IpAddress* peer) {
  random_.fill(id_);
  stun::Builder builder{out, {method, Class::request}, id_};
  for (const Attribute32& each : attributes) builder.add_be32(each.type, each.value);
  if (peer) builder.add_xor_address(Attribute::xor_peer_address, {*peer, 0});
  is_signed_ = !nonce_.empty() && method != Method::binding;
  if (is_signed_) {
    builder.add_text(Attribute::username, account_.username);
    builder.add_text(Attribute::realm, realm_);
    builder.add_text(Attribute::nonce, nonce_);
    builder.add_integrity(stun::long_term_key_md5(account_.username, realm_, account_.password));
  }
  const auto message = builder.finish();
  return message.value_or(Bytes{});  // a name or nonce longer than any server's: nothing is sent, nothing answers
}

Bytes TurnClient::binding(MutableBytes out) { return request(out, Method::binding, {}, nullptr); }

Bytes TurnClient::allocate(MutableBytes out, IpFamily family) {
  const std::array wish{
      Attribute32{Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24},
      Attribute32{Attribute::requested_address_family, std::uint32_t{turn::to_wire(family)} << 24},
  };
  // Browsers leave the family out, and not every server knows it: IPv4 is what that means (RFC 8656 §7.1).
  return request(out, Method::allocate, std::span{wish}.first(family == IpFamily::v4 ? 1 : 2), nullptr);
}

Bytes TurnClient::permit(MutableBytes out, const IpAddress& peer) {
  return request(out, Method::create_permission, {}, &peer);
}

Bytes TurnClient::release(MutableBytes out) {
  const std::array none{Attribute32{Attribute::lifetime, 0}};
  return request(out, Method::refresh, none, nullptr);
}

Bytes TurnClient::send(MutableBytes out, const Endpoint& peer, Bytes data) {
  stun::TransactionId id;
  random_.fill(id);
  stun::Builder builder{out, {Method::send, Class::indication}, id};
  builder.add_xor_address(Attribute::xor_peer_address, peer);
  builder.add(Attribute::data, data);
  return builder.finish().value_or(Bytes{});
}

std::optional<Outcome> TurnClient::handle(Bytes message) {
  const auto answer = MessageView::parse(message);
  if (!answer || answer->transaction_id() != id_) return std::nullopt;
  if (answer->message_class() == Class::success) {
    const auto relayed = stun::decode(*answer, Attribute::xor_relayed_address, [&](Bytes value) {
      return stun::decode_xor_address(value, answer->transaction_id());
    });
    if (relayed) relayed_ = *relayed;
    if (const auto mapped = answer->xor_mapped_address()) mapped_ = *mapped;
    return Outcome{.kind = Outcome::Kind::success, .code = 0, .phrase = {}};
  }
  if (answer->message_class() != Class::error) return std::nullopt;
  if (const auto realm = answer->realm()) realm_ = *realm;
  if (const auto nonce = answer->nonce()) nonce_ = *nonce;
  const auto error = answer->error_code();
  if (!error) return Outcome{.kind = Outcome::Kind::error, .code = 0, .phrase = "an error without a code"};
  if (error->code == stun::ErrorCode::stale_nonce) stale_ += 1;
  return Outcome{.kind = Outcome::Kind::error,
                 .code = static_cast<std::uint16_t>(error->code),
                 .phrase = std::string{stun::reason(error->code)}};
}

bool TurnClient::is_challenge(const Outcome& outcome) const {
  if (outcome.kind != Outcome::Kind::error || nonce_.empty() || realm_.empty()) return false;
  const auto code = static_cast<stun::ErrorCode>(outcome.code);
  return (code == stun::ErrorCode::unauthenticated && !is_signed_) ||
         (code == stun::ErrorCode::stale_nonce && stale_ <= kStaleMax);
}

std::optional<std::pair<Endpoint, Bytes>> TurnClient::data_in(Bytes message) {
  const auto view = MessageView::parse(message);
  if (!view || view->method() != Method::data || view->message_class() != Class::indication) return std::nullopt;
  const auto peer = turn::xor_peer_address(*view);
  const auto data = view->find(Attribute::data);
  if (!peer || !data) return std::nullopt;
  return std::pair{*peer, *data};
}

}  // namespace plntry::doctor
