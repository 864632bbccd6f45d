// ChannelData messages (RFC 8656 §12.4): four octets before the application data.
#pragma once

#include <compare>
#include <optional>

#include "base/bytes.hpp"

namespace plntry::turn {

inline constexpr std::size_t kChannelDataHeaderSize = 4;

// An invalid channel number cannot be represented.
class ChannelNumber {
 public:
  static constexpr std::optional<ChannelNumber> from_wire(std::uint16_t value) {
    // RFC 8656 §12 ends them at 0x4FFF, RFC 5766 §11 at 0x7FFF. Clients of the latter draw theirs from all of it, and
    // on a TURN server's port the difference collides with nothing (docs/adr/0010).
    if (value < 0x4000 || value > 0x7FFF) return std::nullopt;
    return ChannelNumber{value};
  }
  constexpr std::uint16_t wire() const { return value_; }

  friend constexpr auto operator<=>(const ChannelNumber&, const ChannelNumber&) = default;

 private:
  explicit constexpr ChannelNumber(std::uint16_t value) : value_(value) {}
  std::uint16_t value_;
};

struct ChannelData {
  ChannelNumber number;
  Bytes data;
};

// A datagram may be longer than its message: padding is allowed over UDP (RFC 8656 §12.5). Borrows `datagram`.
inline std::optional<ChannelData> parse_channel_data(Bytes datagram) {
  if (datagram.size() < kChannelDataHeaderSize) return std::nullopt;
  const auto number = ChannelNumber::from_wire(load_be16(datagram, 0));
  const std::size_t size = load_be16(datagram, 2);
  if (!number || size > datagram.size() - kChannelDataHeaderSize) return std::nullopt;
  return ChannelData{*number, datagram.subspan(kChannelDataHeaderSize, size)};
}

}  // namespace plntry::turn
