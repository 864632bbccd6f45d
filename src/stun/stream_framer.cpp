#include "stun/stream_framer.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "stun/types.hpp"

namespace plntry::stun {
namespace {

constexpr std::array<std::uint8_t, 4> kCookie{0x21, 0x12, 0xA4, 0x42};
constexpr std::uint8_t kFirstChannel = 0x40;  // RFC 5766 §11: channels 0x4000 to 0x7FFF (docs/adr/0010)
constexpr std::uint8_t kLastChannel = 0x7F;

}  // namespace

// Says no at the first byte that cannot be STUN's, so that another protocol is not waited for.
std::expected<std::optional<std::size_t>, FrameError> frame_size(Bytes buffered, Framing framing) {
  const bool is_channel_data = !buffered.empty() && buffered[0] >= kFirstChannel && buffered[0] <= kLastChannel;
  if (is_channel_data && framing == Framing::stun_and_channel_data) {
    if (buffered.size() < 4) return std::nullopt;
    return 4 + (load_be16(buffered, 2) + std::size_t{3}) / 4 * 4;  // RFC 8656 §12.5: padded, and not counted
  }
  if (!buffered.empty() && (buffered[0] & 0xC0) != 0) return std::unexpected(FrameError::not_stun);
  if (buffered.size() < 4) return std::nullopt;
  const std::size_t length = load_be16(buffered, 2);
  if (length % 4 != 0) return std::unexpected(FrameError::bad_length);
  const Bytes cookie = buffered.subspan(4, std::min<std::size_t>(4, buffered.size() - 4));
  if (!std::ranges::equal(cookie, Bytes{kCookie}.first(cookie.size()))) return std::unexpected(FrameError::not_stun);
  return kHeaderSize + length;
}

MutableBytes StreamFramer::space() {
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t size = std::max({config_.read_size, wanted_, kHeaderSize});
  if (buffer_.size() < size) buffer_.resize(size);
  return MutableBytes{buffer_}.subspan(end_);
}

void StreamFramer::rest() {
  if (is_mid_message()) return;
  std::vector<std::uint8_t>{}.swap(buffer_);
  begin_ = end_ = 0;
}

std::vector<std::uint8_t> StreamFramer::take_rest() {
  const Bytes rest = Bytes{buffer_}.subspan(begin_, end_ - begin_);
  begin_ = end_ = 0;
  return {rest.begin(), rest.end()};
}

void StreamFramer::commit(std::size_t size) {
  assert(begin_ == 0 && size <= buffer_.size() - end_);
  end_ += size;
}

std::expected<std::optional<Bytes>, FrameError> StreamFramer::next() {
  if (error_) return std::unexpected(*error_);
  const Bytes buffered = Bytes{buffer_}.subspan(begin_, end_ - begin_);
  const auto size = frame_size(buffered, is_first_ ? Framing::stun : config_.framing);
  if (!size) return std::unexpected(*(error_ = size.error()));
  wanted_ = size->value_or(0);
  if (wanted_ > config_.max_message_size) return std::unexpected(*(error_ = FrameError::too_long));
  if (wanted_ == 0 || buffered.size() < wanted_) return std::nullopt;
  is_first_ = false;
  begin_ += wanted_;
  return buffered.first(std::exchange(wanted_, 0));
}

}  // namespace plntry::stun
