#include "net/websocket_frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace plntry::net {
namespace {

constexpr std::size_t kMaskSize = 4;
constexpr std::size_t kControlMax = 125;  // RFC 6455 §5.5

bool is_control(Opcode opcode) { return (static_cast<std::uint8_t>(opcode) & 0x8) != 0; }

bool is_known(std::uint8_t opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

void unmask(MutableBytes payload, Bytes mask) {
  std::uint32_t word_mask;
  std::memcpy(&word_mask, mask.data(), sizeof word_mask);
  std::size_t i = 0;
  for (; i + sizeof word_mask <= payload.size(); i += sizeof word_mask) {
    std::uint32_t word;
    std::memcpy(&word, payload.data() + i, sizeof word);
    word ^= word_mask;
    std::memcpy(payload.data() + i, &word, sizeof word);
  }
  for (; i < payload.size(); ++i) payload[i] ^= mask[i % kMaskSize];
}

// RFC 6455 §5.5.1 and §7.4: nothing, or a code that may stand on the wire and a reason in UTF-8.
bool is_close_payload(std::string_view payload) {
  if (payload.empty()) return true;
  if (payload.size() < 2) return false;
  const std::uint16_t code = load_be16(as_bytes(payload), 0);
  const bool defined = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006);
  return (defined || (code >= 3000 && code <= 4999)) && is_utf8(payload.substr(2));
}

}  // namespace

std::expected<std::optional<Frame>, FrameError> FrameDecoder::next(MutableBytes& input) {
  release_delivered();
  for (;;) {
    // The frame to look at: one that an earlier input began, or the front of this one.
    const bool begun = partial_ && !partial_->frame.empty();
    const MutableBytes bytes =
        begun ? MutableBytes{reinterpret_cast<std::uint8_t*>(partial_->frame.data()), partial_->frame.size()} : input;
    const auto header = parse_header(bytes);
    if (!header) return std::unexpected(header.error());
    const std::size_t whole = *header ? (*header)->size + (*header)->payload_size : bytes.size() + 1;

    if (bytes.size() < whole) {
      if (input.empty()) return std::nullopt;
      const std::size_t count = begun ? std::min(whole - bytes.size(), input.size()) : input.size();
      partial().frame.append(as_text(input.first(count)));
      input = input.subspan(count);
      continue;
    }
    if (begun) {
      partial_->frame_delivered = true;
    } else {
      input = input.subspan(whole);
    }
    auto frame = take(**header, bytes.first(whole));
    if (!frame || *frame) return frame;
    release_delivered();
  }
}

std::expected<std::optional<FrameDecoder::Header>, FrameError> FrameDecoder::parse_header(Bytes bytes) const {
  if (bytes.size() < 2) return std::nullopt;
  const std::uint8_t opcode_bits = bytes[0] & 0x0F;
  const bool reserved = (bytes[0] & 0x70) != 0;  // no extension was negotiated (§5.2)
  const bool masked = (bytes[1] & 0x80) != 0;    // every client frame is (§5.1)
  if (reserved || !masked || !is_known(opcode_bits)) return std::unexpected(FrameError::malformed);

  Header header{static_cast<Opcode>(opcode_bits), (bytes[0] & 0x80) != 0, 2 + kMaskSize, bytes[1] & 0x7FU};
  if (is_control(header.opcode) && (!header.final || header.payload_size > kControlMax)) {
    return std::unexpected(FrameError::malformed);
  }
  if (header.payload_size == 126) {
    header.size += 2;
    if (bytes.size() < 4) return std::nullopt;
    header.payload_size = load_be16(bytes, 2);
  } else if (header.payload_size == 127) {
    header.size += 8;
    if (bytes.size() < 10) return std::nullopt;
    header.payload_size = load_be64(bytes, 2);
  }
  const std::size_t before = partial_ && !is_control(header.opcode) ? partial_->message.size() : 0;
  if (header.payload_size > message_max_ - before) return std::unexpected(FrameError::too_large);
  if (bytes.size() < header.size) return std::nullopt;
  return header;
}

std::expected<std::optional<Frame>, FrameError> FrameDecoder::take(const Header& header, MutableBytes frame) {
  const MutableBytes payload = frame.subspan(header.size);
  unmask(payload, frame.subspan(header.size - kMaskSize, kMaskSize));
  const std::string_view text = as_text(payload);
  if (header.opcode == Opcode::close && !is_close_payload(text)) return std::unexpected(FrameError::malformed);
  if (is_control(header.opcode)) return Frame{header.opcode, text};

  const bool continues = header.opcode == Opcode::continuation;
  if (continues != (partial_ && partial_->fragmented)) return std::unexpected(FrameError::malformed);  // §5.4
  if (!continues && header.final) return check(Frame{header.opcode, text});

  if (!continues) partial().fragmented = header.opcode;
  partial_->message.append(text);
  if (!header.final) return std::nullopt;
  partial_->message_delivered = true;
  return check(Frame{*partial_->fragmented, partial_->message});
}

std::expected<std::optional<Frame>, FrameError> FrameDecoder::check(Frame frame) {
  if (frame.opcode == Opcode::text && !is_utf8(frame.payload)) return std::unexpected(FrameError::not_utf8);
  return frame;
}

FrameDecoder::Partial& FrameDecoder::partial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

void FrameDecoder::release_delivered() {
  if (!partial_) return;
  if (std::exchange(partial_->frame_delivered, false)) partial_->frame.clear();
  if (std::exchange(partial_->message_delivered, false)) {
    partial_->message.clear();
    partial_->fragmented.reset();
  }
  if (partial_->frame.empty() && !partial_->fragmented) partial_.reset();
}

FrameHeader frame_header(Opcode opcode, std::size_t payload_size) {
  FrameHeader header;
  header.bytes[0] = static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(opcode));
  if (payload_size < 126) {
    header.bytes[1] = static_cast<std::uint8_t>(payload_size);
    header.size = 2;
  } else if (payload_size <= 0xFFFF) {
    header.bytes[1] = 126;
    store_be16(header.bytes, 2, static_cast<std::uint16_t>(payload_size));
    header.size = 4;
  } else {
    header.bytes[1] = 127;
    store_be64(header.bytes, 2, payload_size);
    header.size = 10;
  }
  return header;
}

// RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  std::size_t i = 0;
  while (i < bytes.size()) {
    if (bytes.size() - i >= 8) {  // eight ASCII letters at a time: nearly all that is sent here
      std::uint64_t word;
      std::memcpy(&word, bytes.data() + i, sizeof word);
      if ((word & 0x8080808080808080) == 0) {
        i += sizeof word;
        continue;
      }
    }
    const std::uint8_t lead = bytes[i];
    if (lead < 0x80) {
      i += 1;
      continue;
    }
    const std::size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : (lead & 0xF0) == 0xE0        ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
    if (size == 0 || bytes.size() - i < size) return false;
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (bytes[i + 1] < low || bytes[i + 1] > high) return false;
    for (std::size_t k = 2; k < size; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return false;
    }
    i += size;
  }
  return true;
}

}  // namespace plntry::net
