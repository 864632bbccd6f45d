// Bounds-checked reading of borrowed bytes, front to back. A read that does not fit returns nothing and moves nothing.
#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace plntry {

class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  std::optional<std::uint8_t> u8() {
    if (rest_.empty()) return std::nullopt;
    return take(1)[0];
  }
  std::optional<std::uint16_t> be16() {
    if (rest_.size() < 2) return std::nullopt;
    return load_be16(take(2), 0);
  }
  std::optional<std::uint32_t> be32() {
    if (rest_.size() < 4) return std::nullopt;
    return load_be32(take(4), 0);
  }
  std::optional<std::uint64_t> be64() {
    if (rest_.size() < 8) return std::nullopt;
    return load_be64(take(8), 0);
  }
  std::optional<Bytes> bytes(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    return take(size);
  }

  Bytes rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }

 private:
  Bytes take(std::size_t size) {
    const Bytes front = rest_.first(size);
    rest_ = rest_.subspan(size);
    return front;
  }

  Bytes rest_;
};

}  // namespace plntry
