#include "net/system_random.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/random.h>

namespace plntry::net {

void SystemRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    if (used_ == block_.size()) {
      if (::getrandom(block_.data(), block_.size(), 0) != static_cast<ssize_t>(block_.size())) std::abort();
      used_ = 0;
    }
    const std::size_t count = std::min(out.size(), block_.size() - used_);
    const MutableBytes drawn = MutableBytes{block_}.subspan(used_, count);
    std::ranges::copy(drawn, out.begin());
    std::ranges::fill(drawn, std::uint8_t{0});  // what was handed out is not kept
    used_ += count;
    out = out.subspan(count);
  }
}

}  // namespace plntry::net
