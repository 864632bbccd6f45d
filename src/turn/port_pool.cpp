#include "turn/port_pool.hpp"

#include <algorithm>
#include <cassert>

namespace plntry::turn {

PortPool::PortPool(std::uint16_t first, std::uint16_t last)
    : first_(first), taken_(static_cast<std::size_t>(last - first) + 1) {
  assert(first != 0 && first <= last);
}

std::optional<std::uint16_t> PortPool::claim(Random& random) { return claim(random, 1, 1); }
std::optional<std::uint16_t> PortPool::claim_even(Random& random) { return claim(random, 2, 1); }
std::optional<std::uint16_t> PortPool::claim_pair(Random& random) { return claim(random, 2, 2); }

std::optional<std::uint16_t> PortPool::claim(Random& random, std::uint16_t step, std::uint16_t count) {
  const std::size_t offset = step == 2 ? first_ % 2U : 0U;  // to the first even port
  if (taken_.size() < offset + count) return std::nullopt;
  const std::size_t candidates = (taken_.size() - offset - count) / step + 1;
  const std::size_t start = random.below(candidates);
  for (std::size_t i = 0; i < candidates; ++i) {
    const std::size_t at = offset + (start + i) % candidates * step;
    const auto begin = taken_.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + count;
    if (std::find(begin, end, true) != end) continue;
    std::fill(begin, end, true);
    claimed_ += count;
    return static_cast<std::uint16_t>(first_ + at);
  }
  return std::nullopt;
}

void PortPool::release(std::uint16_t port) {
  assert(port >= first_ && taken_[port - first_]);
  taken_[port - first_] = false;
  claimed_ -= 1;
}

}  // namespace plntry::turn
