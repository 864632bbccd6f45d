// Rate limits by source address in constant memory: each source falls into one of many buckets by a seeded hash. Two
// sources may share a bucket; nobody can choose whose to share, and nothing is stored for a stranger.
#pragma once

#include <vector>

#include "base/endpoint.hpp"
#include "base/token_bucket.hpp"

namespace plntry::turn {

// Whoever holds one address of an IPv6 /64 holds them all: limits and quotas count the network.
IpAddress network_of(const IpAddress& address);

class SourceBudget {
 public:
  SourceBudget(Rate rate, std::size_t buckets, std::uint64_t seed, TimePoint now)
      : seed_(seed), buckets_(buckets, TokenBucket{rate, now}) {}

  bool take(const IpAddress& source, TimePoint now) { return bucket(source).take(1, now); }
  bool is_exhausted(const IpAddress& source, TimePoint now) {
    return bucket(source).until_available(1, now) > Duration::zero();
  }

 private:
  TokenBucket& bucket(const IpAddress& source) { return buckets_[hash(network_of(source), seed_) % buckets_.size()]; }

  std::uint64_t seed_;
  std::vector<TokenBucket> buckets_;
};

}  // namespace plntry::turn
