// A TCP or TLS stream cut into pieces: the first three octets say how, the rest is the stream. Whatever the cutting,
// the framer finds the same messages, in order, one behind the other, none longer than its limit, and gives up or not
// (of two errors the pieces decide which shows first); and it never holds more than one message and one read.
#include "stun/stream_framer.hpp"

#include <algorithm>
#include <cstdlib>

#include "stun/types.hpp"

namespace {

using namespace plntry;
using namespace plntry::stun;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Found {
  std::size_t messages = 0;
  std::size_t octets = 0;
  bool gave_up = false;

  bool operator==(const Found&) const = default;
};

// `step` is how much arrives at a time, at most.
Found cut(Bytes stream, const StreamFramer::Config& config, std::size_t step) {
  StreamFramer framer{config};
  Found found;
  std::size_t given = 0;
  while (given < stream.size()) {
    const MutableBytes space = framer.space();
    require(!space.empty() && space.size() <= std::max({config.max_message_size, config.read_size, kHeaderSize}));
    const std::size_t size = std::min({step, stream.size() - given, space.size()});
    std::ranges::copy(stream.subspan(given, size), space.begin());
    given += size;
    framer.commit(size);
    for (;;) {
      const auto message = framer.next();
      if (!message) {
        found.gave_up = true;
        require(!framer.next());  // an error is final
        return found;
      }
      if (!*message) break;
      require((*message)->size() <= config.max_message_size);
      require(std::ranges::equal(**message, stream.subspan(found.octets, (*message)->size())));
      found.messages += 1;
      found.octets += (*message)->size();
      require(found.octets <= given);
    }
    require(framer.is_mid_message() == (found.octets < given));
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const StreamFramer::Config config{
      .max_message_size = 20 + std::size_t{data[0]} * 4,
      .read_size = std::size_t{data[1]} + 1,
      .framing = (data[2] & 1) != 0 ? Framing::stun_and_channel_data : Framing::stun,
  };
  const Bytes stream{data + 3, size - 3};
  const Found at_once = cut(stream, config, stream.size());
  require(cut(stream, config, 1 + data[2] / 2U) == at_once);
  require(cut(stream, config, 1) == at_once);
  return 0;
}
