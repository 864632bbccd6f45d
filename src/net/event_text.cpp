#include "net/event_text.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "net/websocket_frame.hpp"

namespace plntry::net {
namespace {

constexpr std::string_view kEnd = "\n\n";

std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<std::uint64_t> take_number(std::string_view& line) {
  const std::string_view word = take_word(line);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

std::string print_event(std::string_view name, std::string_view data) {
  std::string event = "event: ";
  event.append(name).append("\ndata: ").append(data).append(kEnd);
  return event;
}

std::string print_frame_event(std::string_view frame) {
  std::string event = "data: ";
  event += boost::json::serialize(boost::json::string_view{frame.data(), frame.size()});
  return event.append(kEnd);
}

std::size_t end_of_begun_event(std::string_view events, std::size_t from) {
  if (from == 0 || events.substr(0, from).ends_with(kEnd)) return from;
  const std::size_t at = events.find(kEnd, from - 1);
  return at == std::string_view::npos ? events.size() : at + kEnd.size();
}

std::optional<Post> Post::parse(std::string_view text) {
  const std::size_t line_end = text.substr(0, kPostLineMax).find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, line_end);
  std::string_view rest = text.substr(line_end + 1);
  Post post;
  post.token_ = take_word(line);
  const auto number = take_number(line);
  if (post.token_.empty() || !number) return std::nullopt;
  post.number_ = *number;
  while (!line.empty()) {
    const auto length = take_number(line);
    if (!length || *length > rest.size() || post.count_ == kPostFramesMax) return std::nullopt;
    const std::string_view frame = rest.substr(0, *length);
    if (!is_utf8(frame)) return std::nullopt;
    post.frames_[post.count_++] = frame;
    rest.remove_prefix(*length);
  }
  return rest.empty() ? std::optional{post} : std::nullopt;
}

}  // namespace plntry::net
