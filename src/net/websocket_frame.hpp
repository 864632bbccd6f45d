// RFC 6455 §5 framing, the server's side: bytes in, messages out. Pure, and without a buffer of its own while no
// message is half received, so an idle connection costs nothing here.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace plntry::net {

enum class Opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

enum class FrameError : std::uint8_t {
  malformed,  // breaks RFC 6455: close code 1002
  not_utf8,   // close code 1007
  too_large,  // over `message_max`: close code 1009
};

struct Frame {
  Opcode opcode;             // text, binary, close, ping or pong; a fragmented message comes as one
  std::string_view payload;  // unmasked; for text valid UTF-8. Borrowed until the next call of `next`.
};

class FrameDecoder {
 public:
  // `message_max` bounds a message's payload and so, give or take a header, the memory that a decoder can take.
  explicit FrameDecoder(std::uint32_t message_max) : message_max_(message_max) {}

  // Takes the next message or control frame off the front of `input` (which it unmasks in place), keeping what is
  // not complete yet. Nothing: `input` is used up. After an error the decoder is not to be used again.
  std::expected<std::optional<Frame>, FrameError> next(MutableBytes& input);

 private:
  struct Header {
    Opcode opcode;
    bool final;
    std::size_t size;  // of this header
    std::size_t payload_size;
  };
  struct Partial {
    std::string frame;                 // raw, up to where the input ended
    std::string message;               // the payload of the fragments before it
    std::optional<Opcode> fragmented;  // what those fragments will be
    bool frame_delivered = false;      // handed out by the last call: to be let go by the next
    bool message_delivered = false;
  };
  using Result = std::expected<std::optional<Frame>, FrameError>;

  std::expected<std::optional<Header>, FrameError> parse_header(Bytes bytes) const;
  Result take(const Header& header, MutableBytes frame);
  static Result check(Frame frame);
  Partial& partial();
  void release_delivered();

  std::uint32_t message_max_;
  std::unique_ptr<Partial> partial_;
};

// The header of an unfragmented frame from the server: unmasked (RFC 6455 §5.1).
struct FrameHeader {
  std::array<std::uint8_t, 10> bytes{};
  std::uint8_t size = 0;
};
FrameHeader frame_header(Opcode opcode, std::size_t payload_size);

bool is_utf8(std::string_view text);

}  // namespace plntry::net
