// RFC 6455 framing: however a stream is cut, the same frames come out, within the bounds. The first byte of the input
// says where to cut.
#include "net/websocket_frame.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace plntry;
using namespace plntry::net;

constexpr std::uint32_t kMessageMax = 4096;

struct Decoded {
  std::vector<std::pair<Opcode, std::string>> frames;
  int error = -1;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(Bytes stream, std::size_t piece) {
  FrameDecoder decoder(kMessageMax);
  Decoded decoded;
  for (; !stream.empty(); stream = stream.subspan(std::min(piece, stream.size()))) {
    const Bytes part = stream.first(std::min(piece, stream.size()));
    std::vector<std::uint8_t> copy(part.begin(), part.end());
    MutableBytes input{copy};
    for (;;) {
      const auto frame = decoder.next(input);
      if (!frame) {
        decoded.error = static_cast<int>(frame.error());
        return decoded;
      }
      if (!*frame) break;
      if ((*frame)->payload.size() > kMessageMax) std::abort();
      if ((*frame)->opcode == Opcode::text && !is_utf8((*frame)->payload)) std::abort();
      decoded.frames.emplace_back((*frame)->opcode, (*frame)->payload);
    }
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes stream{data + 1, size - 1};
  if (decode(stream, data[0] + 1U) != decode(stream, size)) std::abort();
  return 0;
}
