// The server's side of the long-term credential mechanism (RFC 8489 §9.2.4).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "stun/builder.hpp"
#include "stun/message.hpp"
#include "turn/credentials.hpp"
#include "turn/five_tuple.hpp"
#include "turn/nonce.hpp"

namespace plntry::turn {

// Who made a request, and how its answer is protected.
struct Identity {
  std::string_view username;  // borrowed from the message, or from the credentials for a USERHASH
  stun::PasswordAlgorithm algorithm = stun::PasswordAlgorithm::md5;
  IntegrityKey key;
  // RFC 8489 §9.2.4: answers carry MESSAGE-INTEGRITY-SHA256 if and only if the client chose an algorithm.
  bool sha256_integrity = false;
};

// Whom an allocation was made for. Later requests on it are checked with the same key, so that it outlives the expiry
// of ephemeral credentials: a call must not die because its credentials were short-lived.
struct Owner {
  std::string username;
  stun::PasswordAlgorithm algorithm = stun::PasswordAlgorithm::md5;
  IntegrityKey key;
};

struct Refusal {
  stun::ErrorCode code;
  bool with_challenge;  // REALM, NONCE and PASSWORD-ALGORITHMS belong into the answer
  bool is_guess;        // credentials were given and are wrong
};

class Authenticator {
 public:
  Authenticator(Credentials::Config credentials, const Nonces::Secret& secret, Duration nonce_lifetime)
      : credentials_(std::move(credentials)), nonces_(secret, nonce_lifetime) {}

  // `owner` is that of the allocation on the request's 5-tuple, or null.
  std::expected<Identity, Refusal> authenticate(const stun::MessageView& request, const FiveTuple& from,
                                                const Owner* owner, WallTime now) const;

  // What a challenge may carry beyond REALM and NONCE; left out as far as an answer must stay small.
  struct Detail {
    bool features;  // the nonce cookie and PASSWORD-ALGORITHMS
    bool reason;    // the error's reason phrase
  };
  void add_challenge(stun::Builder& builder, stun::ErrorCode code, const FiveTuple& to, Detail detail,
                     WallTime now) const;

 private:
  SecurityFeatures features() const {
    return {.password_algorithms = true, .username_anonymity = credentials_.knows_userhashes()};
  }

  Credentials credentials_;
  Nonces nonces_;
};

}  // namespace plntry::turn
