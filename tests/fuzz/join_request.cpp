// A join request and the header that it travels in (docs/protocol.md §2). The input is a room name, a line end, and
// what stands in the header — which is also tried as the JSON itself, so that fuzzing need not invent base64url.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "signaling/message.hpp"

using namespace plntry;
using namespace plntry::signaling;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void parse(std::string_view room, std::string_view encoded) {
  const auto request = parse_join_request(room, encoded);
  require(RoomName::parse(room).has_value() == (request || request.error() == ErrorCode::bad_request));
  if (!request) return;
  require(request->room.text() == room);
  require(request->replaces.size() <= kMaxReplaced);
  require(request->replaces.empty() || !request->resume);
  require(std::ranges::find(request->replaces, request->participant) == request->replaces.end());
  if (!request->resume) return;
  require(request->resume->size() <= kMaxKnown);
  require(std::ranges::find(*request->resume, request->participant) == request->resume->end());
}

void parse_header(std::string_view header) {
  const auto offer = parse_join_offer(header);
  if (!offer) return;
  require(offer->version.starts_with("plntry.v") && offer->supported == (offer->version == kVersion));
  require(header.find(offer->version) != std::string_view::npos);  // a browser accepts only what it offered
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t line_end = std::min(input.find('\n'), input.size());
  const std::string_view rest = input.substr(std::min(line_end + 1, input.size()));
  parse(input.substr(0, line_end), rest);
  parse("green-room", base64url_encode(as_bytes(rest)));
  parse_header(rest);
  return 0;
}
