// How often one address may join, and how many connections it may have. An IPv6 host owns a /64, so that counts as one.
#pragma once

#include <cstddef>
#include <expected>
#include <unordered_map>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "base/token_bucket.hpp"
#include "signaling/config.hpp"
#include "signaling/errors.hpp"

namespace plntry::signaling {

struct Refusal {
  ErrorCode code{};
  Duration retry_after{};
};

class Admission {
 public:
  explicit Admission(const Config& config) : config_(config), addresses_(0, EndpointHash{config.hash_seed}) {}

  // Counts a join of `from`, refused or not.
  std::expected<void, Refusal> admit(const IpAddress& from, TimePoint now);

  // A connection of `from` that joined; a disconnect for each connect.
  void connect(const IpAddress& from);
  void disconnect(const IpAddress& from);

  std::size_t addresses() const { return addresses_.size(); }

 private:
  struct Usage {
    TokenBucket joins;
    std::size_t connections = 0;
  };

  // Forgets the addresses that are as good as new.
  void sweep(TimePoint now);

  const Config& config_;
  std::unordered_map<IpAddress, Usage, EndpointHash> addresses_;  // at most Config::max_addresses
  TimePoint next_sweep_;
};

}  // namespace plntry::signaling
