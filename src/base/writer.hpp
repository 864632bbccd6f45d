// Writing into a caller's buffer, front to back. The first write that does not fit makes the writer fail for good:
// check `ok()` once, at the end.
#pragma once

#include <algorithm>

#include "base/bytes.hpp"

namespace plntry {

class Writer {
 public:
  explicit Writer(MutableBytes buffer) : buffer_(buffer) {}

  void u8(std::uint8_t value) {
    if (const MutableBytes to = claim(1); !to.empty()) to[0] = value;
  }
  void be16(std::uint16_t value) {
    if (const MutableBytes to = claim(2); !to.empty()) store_be16(to, 0, value);
  }
  void be32(std::uint32_t value) {
    if (const MutableBytes to = claim(4); !to.empty()) store_be32(to, 0, value);
  }
  void be64(std::uint64_t value) {
    if (const MutableBytes to = claim(8); !to.empty()) store_be64(to, 0, value);
  }
  void bytes(Bytes value) {
    const MutableBytes to = claim(value.size());
    std::ranges::copy(value.first(to.size()), to.begin());
  }
  void zeros(std::size_t count) { std::ranges::fill(claim(count), std::uint8_t{0}); }

  bool ok() const { return ok_; }
  // What was written so far; borrows the caller's buffer.
  MutableBytes written() const { return buffer_.first(size_); }

 private:
  MutableBytes claim(std::size_t size) {
    if (size > buffer_.size() - size_) ok_ = false;
    if (!ok_) return {};
    const MutableBytes claimed = buffer_.subspan(size_, size);
    size_ += size;
    return claimed;
  }

  MutableBytes buffer_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace plntry
