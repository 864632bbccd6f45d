// A post of a client without WebSocket (docs/protocol.md §12), and events made of whatever it holds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

#include "net/event_text.hpp"
#include "net/websocket_frame.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plntry::net;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (is_utf8(text)) {  // as every frame is
    const std::string event = print_frame_event(text);
    require(event.find('\r') == std::string::npos && event.find("\n\n") == event.size() - 2);
    require(boost::json::parse(std::string_view{event}.substr(6)).as_string() ==
            boost::json::string_view{text.data(), size});
    for (std::size_t from = 0; from <= event.size(); ++from) {
      require(end_of_begun_event(event, from) == (from == 0 ? 0 : event.size()));
    }
  }
  const auto post = Post::parse(text);
  if (!post) return 0;
  require(!post->token().empty() && post->number() > 0 && post->frames().size() <= kPostFramesMax);
  std::size_t bytes = 0;
  for (const std::string_view frame : post->frames()) {
    require(!frame.empty() && is_utf8(frame));
    bytes += frame.size();
  }
  require(text.ends_with(post->frames().empty() ? "\n" : post->frames().back()));
  require(bytes < size);
  return 0;
}
