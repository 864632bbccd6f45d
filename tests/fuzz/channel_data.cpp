// Any datagram at all as ChannelData (RFC 8656 §12.4): what is read of it lies inside it, is written again alike, and
// is the same message that a stream's framer would cut out.
#include "turn/channel_data.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "stun/stream_framer.hpp"

namespace {

using namespace plntry;
using namespace plntry::turn;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_refused(Bytes datagram) {
  if (datagram.size() < kChannelDataHeaderSize) return;
  const auto number = ChannelNumber::from_wire(load_be16(datagram, 0));
  require(!number || kChannelDataHeaderSize + load_be16(datagram, 2) > datagram.size());
}

void check_accepted(Bytes datagram, const ChannelData& message) {
  require(message.number.wire() >= 0x4000 && message.number.wire() <= 0x7FFF);
  require(message.data.data() == datagram.data() + kChannelDataHeaderSize);
  require(message.data.size() <= datagram.size() - kChannelDataHeaderSize);

  std::vector<std::uint8_t> again(kChannelDataHeaderSize + message.data.size());
  store_be16(again, 0, message.number.wire());
  store_be16(again, 2, static_cast<std::uint16_t>(message.data.size()));
  std::ranges::copy(message.data, again.begin() + kChannelDataHeaderSize);
  require(std::ranges::equal(again, datagram.first(again.size())));

  // RFC 8656 §12.5: over a stream the same message is padded to a multiple of four.
  const auto framed = stun::frame_size(datagram, stun::Framing::stun_and_channel_data);
  require(framed && *framed && **framed % 4 == 0);
  require(**framed >= again.size() && **framed < again.size() + 4);
  require(!stun::frame_size(datagram, stun::Framing::stun));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes datagram{data, size};
  const auto message = parse_channel_data(datagram);
  message ? check_accepted(datagram, *message) : check_refused(datagram);
  return 0;
}
