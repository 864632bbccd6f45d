// How the answer to a request is made: what outlives the datagram it came in.
#pragma once

#include <optional>

#include "stun/types.hpp"
#include "turn/credentials.hpp"
#include "turn/five_tuple.hpp"

namespace plntry::turn {

struct Envelope {
  FiveTuple to;
  stun::Method method;
  stun::TransactionId id;
  std::optional<IntegrityKey> key;  // none: the request was not authenticated
  bool sha256_integrity = false;
  bool fingerprint = false;
};

}  // namespace plntry::turn
