// Whether bytes are well-formed UTF-8 (RFC 3629 §4): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <algorithm>

#include "base/bytes.hpp"

namespace plntry {

constexpr bool is_utf8(Bytes bytes) {
  constexpr auto continues = [](std::uint8_t byte) { return (byte & 0xC0) == 0x80; };
  while (!bytes.empty()) {
    const std::uint8_t lead = bytes[0];
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size == 0 || bytes.size() < size) return false;
    if (!std::ranges::all_of(bytes.subspan(1, size - 1), continues)) return false;
    if (lead == 0xE0 && bytes[1] < 0xA0) return false;  // overlong
    if (lead == 0xED && bytes[1] > 0x9F) return false;  // surrogate
    if (lead == 0xF0 && bytes[1] < 0x90) return false;  // overlong
    if (lead == 0xF4 && bytes[1] > 0x8F) return false;  // above U+10FFFF
    bytes = bytes.subspan(size);
  }
  return true;
}

}  // namespace plntry
