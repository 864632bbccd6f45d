// What goes over the wire where there is no WebSocket (docs/protocol.md §12): events down, posts up. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plntry::net {

// One server-sent event. `data` is one line.
std::string print_event(std::string_view name, std::string_view data);
// A frame, whatever lines it has: its data is the frame as a JSON string.
std::string print_frame_event(std::string_view frame);

// Where the last whole event of `events` from `from` on ends, if one has begun before `from`; else `from`. An event
// holds no empty line but the one that ends it.
std::size_t end_of_begun_event(std::string_view events, std::size_t from);

constexpr std::size_t kPostLineMax = 1'024;  // bytes of its first line
constexpr std::size_t kPostFramesMax = 64;

// `<token> <number> <length> …\n<frames>`: the frames stand behind the line without anything between them, each as many
// bytes long as its length says. Borrows the text.
class Post {
 public:
  // Nothing unless all of it is as it must be, the frames in UTF-8 and none of them empty.
  static std::optional<Post> parse(std::string_view text);

  std::string_view token() const { return token_; }
  std::uint64_t number() const { return number_; }  // from 1
  std::span<const std::string_view> frames() const { return std::span{frames_}.first(count_); }

 private:
  std::string_view token_;
  std::uint64_t number_ = 0;
  std::array<std::string_view, kPostFramesMax> frames_;
  std::size_t count_ = 0;
};

}  // namespace plntry::net
