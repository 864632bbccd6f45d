// docs/protocol.md §12: events as text, and posts.
#include "net/event_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plntry::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EventText, frame_is_one_line_whatever_lines_it_has) {
  EXPECT_EQ(print_frame_event("{\"type\":\"x\"}\n\r\nbody"), "data: \"{\\\"type\\\":\\\"x\\\"}\\n\\r\\nbody\"\n\n");
  EXPECT_EQ(print_event("ping", "{}"), "event: ping\ndata: {}\n\n");
}

TEST(EventText, what_has_begun_ends_with_its_empty_line) {
  const std::string events = "one\n\ntwo\n\nthree\n\n";
  EXPECT_EQ(end_of_begun_event(events, 0), 0);
  EXPECT_EQ(end_of_begun_event(events, 1), 5);
  EXPECT_EQ(end_of_begun_event(events, 4), 5) << "between the two line ends";
  EXPECT_EQ(end_of_begun_event(events, 5), 5) << "none has begun";
  EXPECT_EQ(end_of_begun_event(events, 6), 10);
}

TEST(Post, frames_stand_one_behind_the_other) {
  const auto post = Post::parse("token 7 5 3\nfirst\n\r\n");
  ASSERT_TRUE(post);
  EXPECT_EQ(post->token(), "token");
  EXPECT_EQ(post->number(), 7);
  EXPECT_THAT(post->frames(), ElementsAre("first", "\n\r\n"));
}

TEST(Post, without_frames_is_a_sign_of_life) {
  const auto post = Post::parse("token 1\n");
  ASSERT_TRUE(post);
  EXPECT_THAT(post->frames(), IsEmpty());
}

TEST(Post, anything_else_is_refused_whole) {
  for (const char* bad : {"", "\n", "token\n", "token 0\n", "token 1", " 1\n", "token -1\n", "token 1 0\n",
                          "token 1 x\n", "token 1 3\nab", "token 1 3\nabcd", "token 1\nabc", "token 1 2\n\xC3(",
                          "token 1  2\nab", "token 18446744073709551616\n", "token 1 18446744073709551615\nab"}) {
    EXPECT_FALSE(Post::parse(bad)) << bad;
  }
  std::string many = "token 1";
  for (std::size_t i = 0; i <= kPostFramesMax; ++i) many += " 1";
  EXPECT_FALSE(Post::parse(many + '\n' + std::string(kPostFramesMax + 1, 'x')));
  EXPECT_FALSE(Post::parse(std::string(kPostLineMax, 't') + " 1\n"));
}

}  // namespace
}  // namespace plntry::net
