// Randomness as an argument: cores draw from the source they are given. The system's source lives in `net`.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace plntry {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;

  std::uint64_t u64() {
    std::array<std::uint8_t, 8> bytes;
    fill(bytes);
    return load_be64(bytes, 0);
  }

  // Uniform in [0, bound); `bound` is positive.
  std::uint64_t below(std::uint64_t bound) {
    assert(bound > 0);
    const std::uint64_t biased = (0 - bound) % bound;  // the 2^64 mod bound lowest draws would be favoured
    for (;;) {
      if (const std::uint64_t draw = u64(); draw >= biased) return draw % bound;
    }
  }
};

// The same sequence for the same seed, on every machine (SplitMix64). For tests and simulations: predictable.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(MutableBytes out) override {
    while (!out.empty()) {
      std::uint64_t word = next();
      const std::size_t count = out.size() < 8 ? out.size() : 8;
      for (std::size_t i = 0; i < count; ++i, word >>= 8) out[i] = static_cast<std::uint8_t>(word);
      out = out.subspan(count);
    }
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace plntry
