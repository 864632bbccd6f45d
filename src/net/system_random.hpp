// The kernel's random source, drawn in blocks so that small draws cost no system call each. One thread at a time.
#pragma once

#include <array>
#include <cstddef>

#include "base/random.hpp"

namespace plntry::net {

class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override;

 private:
  std::array<std::uint8_t, 256> block_{};  // getrandom(2) never interrupts a request of this size
  std::size_t used_ = block_.size();
};

}  // namespace plntry::net
