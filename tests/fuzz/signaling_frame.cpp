// A client's frame (docs/protocol.md §1, §3, §4): refused, or what it says is well formed and its body untouched.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "signaling/message.hpp"

using namespace plntry::signaling;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto message = parse_client_frame(std::string{input});
  if (!message) {
    require(message.error() == ErrorCode::bad_request);
    return 0;
  }
  const std::size_t line_end = input.find('\n');
  require(std::min(line_end, size) <= kMaxHeaderBytes);
  if (const auto* send = std::get_if<SendMessage>(&*message)) {
    require(ParticipantId::parse(send->to.text()) == send->to);
    require(send->body.view() == input.substr(line_end + 1));
  }
  if (const auto* hold = std::get_if<HoldMessage>(&*message)) {
    require(LinkId::parse(hold->link.text()) == hold->link);
    require(hold->base >= 1 && hold->base <= hold->seq && hold->seq < std::uint64_t{1} << 53);
    require(hold->body.view() == input.substr(line_end + 1));
  }
  return 0;
}
