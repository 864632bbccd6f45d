// The ports that relayed transport addresses are made from. Claims are random, so that nobody can foretell where a
// client will be reached (RFC 8656 §7.2, RFC 6056).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"

namespace plntry::turn {

// RFC 8656 §7.2: what kind of port a client asks for.
enum class PortWish : std::uint8_t { any, even, even_with_next_reserved };

class PortPool {
 public:
  // Both ends belong to the pool; `first` is at most `last` and not 0.
  PortPool(std::uint16_t first, std::uint16_t last);

  std::optional<std::uint16_t> claim(Random& random);
  std::optional<std::uint16_t> claim_even(Random& random);
  // An even port whose successor is claimed as well.
  std::optional<std::uint16_t> claim_pair(Random& random);
  // The port must have been claimed.
  void release(std::uint16_t port);

  std::size_t claimed() const { return claimed_; }

 private:
  // Tries every port that is `step` apart, from a random one on, and claims the first whose `count` ports are free.
  std::optional<std::uint16_t> claim(Random& random, std::uint16_t step, std::uint16_t count);

  std::uint16_t first_;
  std::vector<bool> taken_;
  std::size_t claimed_ = 0;
};

}  // namespace plntry::turn
