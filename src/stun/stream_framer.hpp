// Cuts a TCP or TLS byte stream into STUN messages (RFC 8489 §6.2.2) and, where it is TURN's, ChannelData messages
// (RFC 8656 §12.5), with memory bounded by the longest message it accepts. Read into `space()`, tell how much with
// `commit()`, then take messages with `next()` until it gives none.
#pragma once

#include <expected>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace plntry::stun {

// Nothing can be found again in a stream that has gone wrong: close the connection.
enum class FrameError : std::uint8_t { not_stun, bad_length, too_long };

enum class Framing : std::uint8_t { stun, stun_and_channel_data };

// How long the frame at the front of `buffered` is, header and padding included; nothing while too little of it is
// there to say.
std::expected<std::optional<std::size_t>, FrameError> frame_size(Bytes buffered, Framing framing);

class StreamFramer {
 public:
  struct Config {
    std::size_t max_message_size = 4096;
    std::size_t read_size = 2048;  // the buffer for as long as no message is longer
    // What may come after the first message. The first is always STUN: nobody has a channel before, and 0x40 to 0x7F
    // are also the letters that other protocols begin with.
    Framing framing = Framing::stun;
  };

  explicit StreamFramer(Config config) : config_(config) {}

  // Where to read to; never empty while `next` has been called until it gave nothing. Ends the life of what `next`
  // has given out.
  MutableBytes space();
  // `size` bytes were read into `space()`.
  void commit(std::size_t size);
  // Messages up to `max_message_size`, read by so much, from now on: whoever has proven itself may say more.
  void allow(std::size_t max_message_size, std::size_t read_size) {
    config_.max_message_size = max_message_size;
    config_.read_size = read_size;
  }
  // Gives the buffer back unless a message is half received. Ends the life of what `next` has given out.
  void rest();
  // What was received and not taken; the framer is done with.
  std::vector<std::uint8_t> take_rest();
  // The next whole message; borrowed until `space` is called. An error is final.
  std::expected<std::optional<Bytes>, FrameError> next();

  // Whether a message has begun and is not whole: what a deadline for slow senders looks at.
  bool is_mid_message() const { return begin_ != end_; }

 private:
  Config config_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;  // what was received and not taken: [begin_, end_)
  std::size_t end_ = 0;
  std::size_t wanted_ = 0;  // the size of the message at the front, when known
  bool is_first_ = true;
  std::optional<FrameError> error_;
};

}  // namespace plntry::stun
