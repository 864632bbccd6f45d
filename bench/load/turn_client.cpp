#include "load/turn_client.hpp"

#include "load/fail.hpp"
#include "stun/builder.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"

namespace plntry::bench {
namespace {

constexpr std::uint32_t kUdp = 17U << 24;

stun::Parsed<Endpoint> relayed_address(const stun::MessageView& message) {
  return stun::decode(message, stun::Attribute::xor_relayed_address,
                      [&](Bytes value) { return stun::decode_xor_address(value, message.transaction_id()); });
}

}  // namespace

Bytes TurnClient::request(MutableBytes out, const Endpoint& peer, bool with_channel) {
  const auto method = !relayed_      ? stun::Method::allocate
                      : with_channel ? stun::Method::channel_bind
                                     : stun::Method::create_permission;
  random_.fill(id_);
  stun::Builder builder(out, {method, stun::Class::request}, id_);
  if (method == stun::Method::allocate) builder.add_be32(stun::Attribute::requested_transport, kUdp);
  if (method == stun::Method::channel_bind) builder.add_be32(stun::Attribute::channel_number, kChannel << 16U);
  if (method != stun::Method::allocate) builder.add_xor_address(stun::Attribute::xor_peer_address, peer);
  if (!nonce_.empty()) {
    builder.add_text(stun::Attribute::username, account_.user);
    builder.add_text(stun::Attribute::realm, realm_);
    builder.add_text(stun::Attribute::nonce, nonce_);
    builder.add_integrity(key_);
  }
  const auto message = builder.finish();
  if (!message) fail("a request does not fit its buffer");
  return *message;
}

bool TurnClient::handle(Bytes message) {
  const auto answer = stun::MessageView::parse(message);
  if (!answer || answer->transaction_id() != id_) return false;
  if (answer->message_class() == stun::Class::success) {
    if (relayed_) {
      is_open_ = true;
      return true;
    }
    const auto relayed = relayed_address(*answer);
    if (!relayed) fail("an allocation without an address");
    relayed_ = *relayed;
    return true;
  }
  const auto error = answer->error_code();
  if (!error || error->code != stun::ErrorCode::unauthenticated || !nonce_.empty()) {
    fail("the server refused a request: " +
         (error ? std::to_string(static_cast<int>(error->code)) + " " + std::string(error->reason) : "malformed"));
  }
  realm_ = answer->realm().value_or("");
  nonce_ = answer->nonce().value_or("");
  if (realm_.empty() || nonce_.empty()) fail("a 401 without realm or nonce");
  key_ = stun::long_term_key_md5(account_.user, realm_, account_.password);
  return true;
}

}  // namespace plntry::bench
