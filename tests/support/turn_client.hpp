// A client that speaks TURN as RFC 8656 and 8489 tell it to, whatever carries its messages.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stun/builder.hpp"
#include "stun/integrity.hpp"
#include "turn/attributes.hpp"

namespace plntry::test {

using stun::Attribute;
using stun::Builder;
using stun::Class;
using stun::ErrorCode;
using stun::MessageView;
using stun::Method;
using stun::PasswordAlgorithm;

inline Endpoint endpoint(std::string_view text) { return Endpoint::parse(text).value(); }

// A response that a client got; owns its bytes.
struct Response {
  std::vector<std::uint8_t> bytes;

  MessageView view() const { return MessageView::parse(bytes).value(); }
  bool is_success() const { return view().message_class() == Class::success; }
  // 0 for a success.
  int code() const { return is_success() ? 0 : static_cast<int>(view().error_code()->code); }
  std::optional<Endpoint> xor_address(Attribute type) const {
    const auto value = view().find(type);
    return value ? stun::decode_xor_address(*value, view().transaction_id()) : std::nullopt;
  }
  Endpoint relayed() const { return xor_address(Attribute::xor_relayed_address).value(); }
  std::uint32_t lifetime() const { return turn::lifetime_s(view()).value(); }
};

class TurnClient {
 public:
  using Fill = std::function<void(Builder&)>;

  virtual ~TurnClient() = default;

  // One message and what answers it, nothing if nothing does.
  virtual std::optional<Response> send_raw(Bytes message) = 0;

  // `fill` adds the method's attributes.
  std::optional<Response> send_request(Method method, const Fill& fill, bool authenticated = true) {
    std::array<std::uint8_t, 2048> buffer;
    if (!repeat_transaction) next_transaction();
    Builder builder{buffer, {method, Class::request}, transaction_};
    fill(builder);
    if (authenticated) add_credentials(builder);
    const Bytes built = builder.finish().value();
    last_request.assign(built.begin(), built.end());
    return send_raw(last_request);
  }
  // As a client does: with credentials if it has a nonce, again if it is challenged.
  std::optional<Response> request(Method method, const Fill& fill) {
    auto response = send_request(method, fill, !nonce.empty());
    if (response && (response->code() == 401 || response->code() == 438) && learn(*response)) {
      response = send_request(method, fill);
    }
    return response;
  }

  bool learn(const Response& challenge) {
    const auto given = challenge.view().nonce();
    const auto given_realm = challenge.view().realm();
    if (!given || !given_realm) return false;
    nonce = *given;
    realm = *given_realm;
    offers_algorithms = challenge.view().password_algorithms().has_value();
    return true;
  }

  std::optional<Response> allocate(const Fill& more = [](Builder&) {}) {
    return request(Method::allocate, [&](Builder& builder) {
      builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24);
      more(builder);
    });
  }
  std::optional<Response> refresh(std::optional<std::uint32_t> lifetime = std::nullopt) {
    return request(Method::refresh, [&](Builder& builder) {
      if (lifetime) builder.add_be32(Attribute::lifetime, *lifetime);
    });
  }
  std::optional<Response> permit(const std::vector<Endpoint>& peers) {
    return request(Method::create_permission, [&](Builder& builder) {
      for (const Endpoint& peer : peers) builder.add_xor_address(Attribute::xor_peer_address, peer);
    });
  }
  std::optional<Response> bind(std::uint16_t number, const Endpoint& peer) {
    return request(Method::channel_bind, [&](Builder& builder) {
      builder.add_be32(Attribute::channel_number, std::uint32_t{number} << 16);
      builder.add_xor_address(Attribute::xor_peer_address, peer);
    });
  }

  Sha256 key_sha256() const { return stun::long_term_key_sha256(username, realm, password); }
  Md5 key_md5() const { return stun::long_term_key_md5(username, realm, password); }

  // What stands before the integrity value of a request that a server accepts.
  void add_identity(Builder& builder) const {
    if (use_userhash) {
      builder.add(Attribute::userhash, stun::userhash_of(username, realm));
    } else {
      builder.add_text(Attribute::username, username);
    }
    builder.add_text(Attribute::realm, realm);
    builder.add_text(Attribute::nonce, nonce);
  }

  std::string username = "alice";
  std::string password = "secret-a";
  std::string realm;
  std::string nonce;
  std::optional<PasswordAlgorithm> algorithm;  // chosen if it is offered
  bool offers_algorithms = false;
  bool use_userhash = false;
  bool repeat_transaction = false;
  std::vector<std::uint8_t> last_request;

 protected:
  stun::TransactionId next_transaction() {
    store_be32(transaction_, 0, load_be32(transaction_, 0) + 1);
    return transaction_;
  }

  stun::TransactionId transaction_{};

 private:
  void add_credentials(Builder& builder) {
    add_identity(builder);
    if (!algorithm || !offers_algorithms) return builder.add_integrity(key_md5());
    builder.add_password_algorithms(std::array{PasswordAlgorithm::sha256, PasswordAlgorithm::md5});
    builder.add_password_algorithm(*algorithm);
    if (*algorithm == PasswordAlgorithm::sha256) return builder.add_integrity_sha256(key_sha256());
    builder.add_integrity_sha256(key_md5());
  }
};

inline std::string text(Bytes bytes) { return std::string{as_text(bytes)}; }

}  // namespace plntry::test
