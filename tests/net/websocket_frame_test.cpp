#include "net/websocket_frame.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/harness.hpp"

namespace plntry::net {
namespace {

using test::client_frame;

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint32_t kMax = 1000;

struct Decoded {
  std::vector<std::pair<Opcode, std::string>> frames;
  std::optional<FrameError> error;
};

// Feeds `stream` in pieces of `piece` bytes.
Decoded decode(std::string stream, std::size_t piece) {
  FrameDecoder decoder(kMax);
  Decoded decoded;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const std::size_t size = std::min(piece, stream.size() - at);
    std::vector<std::uint8_t> copy(stream.begin() + static_cast<std::ptrdiff_t>(at),
                                   stream.begin() + static_cast<std::ptrdiff_t>(at + size));
    MutableBytes input{copy};
    for (;;) {
      const auto frame = decoder.next(input);
      if (!frame) {
        decoded.error = frame.error();
        return decoded;
      }
      if (!*frame) break;
      decoded.frames.emplace_back((*frame)->opcode, (*frame)->payload);
    }
  }
  return decoded;
}

std::optional<FrameError> error_of(const std::string& stream) { return decode(stream, stream.size()).error; }

TEST(FrameDecoder, gives_the_same_messages_however_the_stream_is_cut) {
  const std::string stream = client_frame(kFinal | 1, "hello") + client_frame(kFinal | 9, "ping") +
                             client_frame(kFinal | 1, std::string(300, 'x')) + client_frame(1, "frag") +
                             client_frame(kFinal | 10, "") + client_frame(0, "men") + client_frame(kFinal | 0, "ted") +
                             client_frame(kFinal | 2, "\xFF") +
                             client_frame(kFinal | 8,
                                          "\x03\xE8"
                                          "bye");
  const std::vector<std::pair<Opcode, std::string>> expected{{Opcode::text, "hello"},
                                                             {Opcode::ping, "ping"},
                                                             {Opcode::text, std::string(300, 'x')},
                                                             {Opcode::pong, ""},
                                                             {Opcode::text, "fragmented"},
                                                             {Opcode::binary, "\xFF"},
                                                             {Opcode::close,
                                                              "\x03\xE8"
                                                              "bye"}};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    const Decoded decoded = decode(stream, piece);
    EXPECT_EQ(decoded.frames, expected) << piece;
    EXPECT_FALSE(decoded.error);
  }
}

TEST(FrameDecoder, unmasks) {  // RFC 6455 §5.7, the masked "Hello"
  const std::string stream = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
  EXPECT_EQ(decode(stream, 3).frames.front().second, "Hello");
}

TEST(FrameDecoder, refuses_what_rfc_6455_forbids) {
  EXPECT_EQ(error_of("\x81\x05Hello"), FrameError::malformed) << "unmasked, §5.1";
  EXPECT_EQ(error_of(client_frame(kFinal | 0x40 | 1, "x")), FrameError::malformed) << "reserved bit, §5.2";
  EXPECT_EQ(error_of(client_frame(kFinal | 3, "x")), FrameError::malformed) << "reserved opcode, §5.2";
  EXPECT_EQ(error_of(client_frame(9, "x")), FrameError::malformed) << "fragmented ping, §5.5";
  EXPECT_EQ(error_of(client_frame(kFinal | 9, std::string(126, 'x'))), FrameError::malformed) << "long ping, §5.5";
  EXPECT_EQ(error_of(client_frame(kFinal | 0, "x")), FrameError::malformed) << "continues nothing, §5.4";
  EXPECT_EQ(error_of(client_frame(1, "x") + client_frame(kFinal | 1, "x")), FrameError::malformed)
      << "a message inside of a message, §5.4";
  EXPECT_EQ(error_of(client_frame(kFinal | 8, "\x03")), FrameError::malformed) << "half a close code, §5.5.1";
  EXPECT_EQ(error_of(client_frame(kFinal | 8, "\x03\xED")), FrameError::malformed) << "code 1005, §7.4.1";
  EXPECT_EQ(error_of(client_frame(kFinal | 8, "\x03\xE8\xFF")), FrameError::malformed) << "reason not UTF-8";
}

TEST(FrameDecoder, bounds_a_message_before_its_payload_has_come) {
  const std::string header = client_frame(kFinal | 1, std::string(kMax + 1, 'x')).substr(0, 4);
  EXPECT_EQ(error_of(header), FrameError::too_large);
  EXPECT_EQ(error_of(client_frame(kFinal | 1, std::string(kMax, 'x'))), std::nullopt);
  const std::string huge{"\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10};
  EXPECT_EQ(error_of(huge), FrameError::too_large);
}

TEST(FrameDecoder, bounds_the_sum_of_fragments) {
  const std::string fragment(600, 'x');
  EXPECT_EQ(error_of(client_frame(1, fragment) + client_frame(0, fragment)), FrameError::too_large);
  EXPECT_EQ(error_of(client_frame(1, fragment) + client_frame(kFinal | 9, "p")), std::nullopt);
}

TEST(FrameDecoder, text_is_utf8) {
  EXPECT_EQ(error_of(client_frame(kFinal | 1, "\xC3\x28")), FrameError::not_utf8);
  EXPECT_EQ(error_of(client_frame(1, "\xC3") + client_frame(kFinal | 0, "\xA9")), std::nullopt)
      << "a letter may be cut by a fragment";
}

TEST(Utf8, follows_rfc_3629) {
  for (const char* good : {"", "plain", "é", "€", "😀", "\x7F", "\xEF\xBF\xBF", "12345678é"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "1234567\xC3", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(FrameHeader, uses_the_shortest_length) {  // RFC 6455 §5.2
  EXPECT_EQ(frame_header(Opcode::text, 125).size, 2);
  EXPECT_EQ(frame_header(Opcode::text, 126).size, 4);
  EXPECT_EQ(frame_header(Opcode::text, 65'535).size, 4);
  EXPECT_EQ(frame_header(Opcode::text, 65'536).size, 10);
  EXPECT_EQ(frame_header(Opcode::ping, 0).bytes[0], 0x89);
}

}  // namespace
}  // namespace plntry::net
