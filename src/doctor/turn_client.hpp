// A TURN client's side of RFC 8656, pure: it makes requests and reads what comes back. Whoever drives it sends, waits
// and sends again; a nonce that a 401 or 438 brings is for the next request.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/random.hpp"
#include "doctor/facts.hpp"
#include "stun/types.hpp"

namespace plntry::doctor {

struct Account {
  std::string username;
  std::string password;
};

class TurnClient {
 public:
  static constexpr std::size_t kMaxSize = 2'048;  // of a message

  TurnClient(Account account, Random& random) : account_(std::move(account)), random_(random) {}

  // Requests, written into `out`, which they borrow.
  Bytes binding(MutableBytes out);
  Bytes allocate(MutableBytes out, IpFamily family);
  Bytes permit(MutableBytes out, const IpAddress& peer);
  Bytes release(MutableBytes out);
  // An indication.
  Bytes send(MutableBytes out, const Endpoint& peer, Bytes data);

  // Takes the answer to the last request; nothing if `message` is something else.
  std::optional<Outcome> handle(Bytes message);
  // Whether that outcome asks for the same request again, with the realm and nonce that it brought.
  bool is_challenge(const Outcome& outcome) const;

  const std::optional<Endpoint>& mapped() const { return mapped_; }
  const std::optional<Endpoint>& relayed() const { return relayed_; }

  // What came from a peer; borrows `message`. Nothing if it is something else.
  static std::optional<std::pair<Endpoint, Bytes>> data_in(Bytes message);

 private:
  struct Attribute32 {
    stun::Attribute type;
    std::uint32_t value;
  };
  Bytes request(MutableBytes out, stun::Method method, std::span<const Attribute32> attributes, const IpAddress* peer);

  Account account_;
  Random& random_;
  stun::TransactionId id_{};
  std::string realm_;
  std::string nonce_;
  bool is_signed_ = false;  // the last request was
  unsigned stale_ = 0;
  std::optional<Endpoint> mapped_;
  std::optional<Endpoint> relayed_;
};

}  // namespace plntry::doctor
