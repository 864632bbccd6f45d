#include "stun/stream_framer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/stun_messages.hpp"

namespace plntry::stun {
namespace {

using test::attribute;
using test::binding_request;

// Feeds `stream` in pieces no longer than `piece` and returns what came out of it, or the error that ended it.
std::expected<std::vector<std::vector<std::uint8_t>>, FrameError> cut(StreamFramer& framer, Bytes stream,
                                                                      std::size_t piece) {
  std::vector<std::vector<std::uint8_t>> messages;
  while (!stream.empty()) {
    const MutableBytes space = framer.space();
    EXPECT_FALSE(space.empty());
    const std::size_t size = std::min({piece, stream.size(), space.size()});
    std::ranges::copy(stream.first(size), space.begin());
    stream = stream.subspan(size);
    framer.commit(size);
    for (;;) {
      const auto message = framer.next();
      if (!message) return std::unexpected(message.error());
      if (!*message) break;
      messages.emplace_back((*message)->begin(), (*message)->end());
    }
  }
  return messages;
}

std::optional<FrameError> error_of(Bytes stream, StreamFramer::Config config = {}) {
  StreamFramer framer{config};
  const auto messages = cut(framer, stream, stream.size());
  return messages ? std::nullopt : std::optional{messages.error()};
}

TEST(StreamFramer, finds_the_same_messages_however_the_stream_is_cut) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& texts) {
    std::vector<std::vector<std::uint8_t>> sent;
    std::vector<std::uint8_t> stream;
    for (const auto& text : texts) {
      sent.push_back(binding_request({attribute(Attribute::software, text)}));
      stream.insert(stream.end(), sent.back().begin(), sent.back().end());
    }
    StreamFramer framer{{.max_message_size = 4096, .read_size = *rc::gen::inRange<std::size_t>(1, 300)}};
    const auto received = cut(framer, stream, *rc::gen::inRange<std::size_t>(1, 300));
    RC_ASSERT(received.has_value());
    RC_ASSERT(*received == sent);
    RC_ASSERT(!framer.is_mid_message());
  }));
}

TEST(StreamFramer, grows_for_a_message_longer_than_a_read) {
  const auto request = binding_request({attribute(Attribute::software, std::string(700, 'a'))});
  StreamFramer framer{{.max_message_size = 1000, .read_size = 16}};
  EXPECT_THAT(*cut(framer, request, 1000), ::testing::ElementsAre(request));
}

TEST(StreamFramer, knows_whether_a_message_is_under_way) {
  const auto request = binding_request();
  StreamFramer framer{{}};
  EXPECT_FALSE(framer.is_mid_message());
  EXPECT_TRUE(cut(framer, Bytes{request}.first(1), 1)->empty());
  EXPECT_TRUE(framer.is_mid_message());
  EXPECT_EQ(cut(framer, Bytes{request}.subspan(1), 100)->size(), 1u);
  EXPECT_FALSE(framer.is_mid_message());
}

// RFC 8489 §6.2.2: nothing but STUN is on this stream; another protocol is told by its first octet.
TEST(StreamFramer, refuses_another_protocol_at_its_first_octet) {
  EXPECT_EQ(error_of(as_bytes("G")), FrameError::not_stun);
  EXPECT_EQ(error_of(as_bytes("\x80")), FrameError::not_stun);
}

TEST(StreamFramer, refuses_a_wrong_cookie_as_soon_as_it_shows) {
  auto request = binding_request();
  request[4] ^= 1;
  EXPECT_EQ(error_of(Bytes{request}.first(4)), std::nullopt);
  EXPECT_EQ(error_of(Bytes{request}.first(5)), FrameError::not_stun);
}

TEST(StreamFramer, refuses_a_length_that_no_message_has) {
  auto request = binding_request();
  request[3] = 2;
  EXPECT_EQ(error_of(request), FrameError::bad_length);
}

TEST(StreamFramer, refuses_a_message_over_its_limit_by_its_header_alone) {
  const auto request = binding_request({attribute(Attribute::software, std::string(100, 'a'))});
  const StreamFramer::Config fits{.max_message_size = request.size()};
  const StreamFramer::Config smaller{.max_message_size = request.size() - 4};
  EXPECT_EQ(error_of(request, fits), std::nullopt);
  EXPECT_EQ(error_of(Bytes{request}.first(4), smaller), FrameError::too_long);
}

std::vector<std::uint8_t> channel_data(std::string_view text) {
  std::vector<std::uint8_t> bytes(4 + (text.size() + 3) / 4 * 4);
  store_be16(bytes, 0, 0x4000);
  store_be16(bytes, 2, static_cast<std::uint16_t>(text.size()));
  std::ranges::copy(text, bytes.begin() + 4);
  return bytes;
}

// RFC 8656 §12.5: over a stream ChannelData is padded to a multiple of four, and the length does not count the padding.
TEST(StreamFramer, finds_channel_data_between_messages_where_it_is_expected) {
  const std::vector<std::vector<std::uint8_t>> sent{binding_request(), channel_data("hello"), channel_data(""),
                                                    binding_request(), channel_data("four")};
  std::vector<std::uint8_t> stream;
  for (const auto& each : sent) stream.insert(stream.end(), each.begin(), each.end());
  for (std::size_t piece = 1; piece < 30; ++piece) {
    StreamFramer framer{{.read_size = 16, .framing = Framing::stun_and_channel_data}};
    EXPECT_EQ(cut(framer, stream, piece), sent) << piece;
  }
}

TEST(StreamFramer, refuses_channel_data_as_the_first_message_or_where_it_is_not_expected) {
  EXPECT_EQ(error_of(channel_data("hello"), {.framing = Framing::stun_and_channel_data}), FrameError::not_stun);
  auto stream = binding_request();
  const auto data = channel_data("hello");
  stream.insert(stream.end(), data.begin(), data.end());
  EXPECT_EQ(error_of(stream), FrameError::not_stun);
}

TEST(StreamFramer, refuses_channel_data_over_its_limit_by_its_header_alone) {
  auto stream = binding_request();
  const auto data = channel_data(std::string(100, 'd'));
  stream.insert(stream.end(), data.begin(), data.begin() + 4);
  EXPECT_EQ(error_of(stream, {.max_message_size = 100, .framing = Framing::stun_and_channel_data}),
            FrameError::too_long);
}

TEST(StreamFramer, an_error_is_final) {
  StreamFramer framer{{}};
  EXPECT_FALSE(cut(framer, as_bytes("GET /"), 5));
  EXPECT_EQ(framer.next().error(), FrameError::not_stun);
  const auto request = binding_request();
  EXPECT_FALSE(cut(framer, request, 100));
}

}  // namespace
}  // namespace plntry::stun
