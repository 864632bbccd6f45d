#include "signaling/frames.hpp"

#include <array>
#include <memory>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

const ParticipantId kAlice = id_of("alice");
const std::string kAliceText{kAlice.text()};
const LinkId kLink = *LinkId::parse("kkkkkkkkkkkkkkkk");

IceOffer offer(std::optional<std::chrono::seconds> lifetime = {}) {
  return {std::make_shared<const std::string>(R"([{"urls":["stun:call.example.org:8080"]}])"), lifetime};
}

// §2, the example of the page.
TEST(Frames, welcome_says_it_all) {
  const std::array others{WelcomeEntry{id_of("bob"), true, kLink, 3}, WelcomeEntry{id_of("carol"), false, {}, 0}};
  const Welcome welcome{kAlice, "abc-defg-hij",        false,
                        others, WelcomeHold{kLink, 4}, IpAddress::parse("::ffff:198.51.100.7")};
  const auto expected = boost::json::parse(
      R"({"type":"welcome","you":")" + kAliceText +
      R"(","room":"abc-defg-hij","resumed":false,"capacity":2,"address":"198.51.100.7",
      "participants":[{"id":")" +
      std::string{id_of("bob").text()} + R"(","state":"present","link":"kkkkkkkkkkkkkkkk","held":3},{"id":")" +
      std::string{id_of("carol").text()} +
      R"(","state":"away"}],"hold":{"link":"kkkkkkkkkkkkkkkk","seq":4},
      "iceServers":[{"urls":["stun:call.example.org:8080"]}],"iceLifetime":600,"resumeWindow":120,
      "limits":{"messageBytes":65536,"heldMessages":64,"heldBytes":262144,"messagesPerSecond":50}})");
  const std::string printed = print_welcome(welcome, offer(std::chrono::seconds{600}), Config{});
  EXPECT_EQ(boost::json::parse(printed), expected) << printed;
  EXPECT_EQ(printed.find('\n'), std::string::npos);
}

TEST(Frames, welcome_leaves_out_what_there_is_not) {
  const auto printed = print_welcome({kAlice, "abc", true, {}, {}, {}}, offer(), Config{});
  const auto welcome = boost::json::parse(printed).as_object();
  EXPECT_TRUE(welcome.at("resumed").as_bool());
  EXPECT_FALSE(welcome.contains("hold"));
  EXPECT_FALSE(welcome.contains("address"));
  EXPECT_FALSE(welcome.contains("iceLifetime"));
  EXPECT_TRUE(welcome.at("participants").as_array().empty());
}

TEST(Frames, presence) {
  EXPECT_EQ(print_joined(kAlice, {}), R"({"type":"joined","id":")" + kAliceText + R"("})");
  EXPECT_EQ(print_joined(kAlice, kLink), R"({"type":"joined","id":")" + kAliceText + R"(","link":"kkkkkkkkkkkkkkkk"})");
  EXPECT_EQ(print_away(kAlice), R"({"type":"away","id":")" + kAliceText + R"("})");
  EXPECT_EQ(print_back(kAlice), R"({"type":"back","id":")" + kAliceText + R"("})");
  const auto gone = [](std::string_view reason) {
    return R"({"type":"gone","id":")" + kAliceText + R"(","reason":")" + std::string{reason} + R"("})";
  };
  EXPECT_EQ(print_gone(kAlice, GoneReason::left), gone("left"));
  EXPECT_EQ(print_gone(kAlice, GoneReason::timeout), gone("timeout"));
  EXPECT_EQ(print_gone(kAlice, GoneReason::replaced), gone("replaced"));
}

// §3
TEST(Frames, message_is_a_header_line_and_the_body) {
  EXPECT_EQ(print_message(kAlice, "body\n\"x\""), R"({"type":"message","from":")" + kAliceText + "\"}\nbody\n\"x\"");
}

// §5
TEST(Frames, ice_and_come_back) {
  EXPECT_EQ(print_ice(offer(std::chrono::seconds{600})),
            R"({"type":"ice","iceServers":[{"urls":["stun:call.example.org:8080"]}],"iceLifetime":600})");
  EXPECT_EQ(print_come_back(1500ms), R"({"type":"come_back","after":1500})");
  EXPECT_EQ(print_come_back(1ns), R"({"type":"come_back","after":1})") << "rounded up";
}

// §6
TEST(Frames, every_error_is_json_with_words) {
  for (const ErrorDescription& error : kErrors) {
    const boost::json::object expected{
        {"type", "error"}, {"code", error.name}, {"text", error.text}, {"retryAfter", 800}, {"to", kAliceText}};
    EXPECT_EQ(boost::json::parse(print_error(error.code, 800ms, kAlice)), boost::json::value(expected));
  }
  const auto bare = boost::json::parse(print_error(ErrorCode::room_full)).as_object();
  EXPECT_FALSE(bare.contains("retryAfter"));
  EXPECT_FALSE(bare.contains("to"));
}

// §6: the table.
TEST(Frames, errors_close_as_the_page_says) {
  EXPECT_EQ(close_code(ErrorCode::bad_request), 4000);
  EXPECT_EQ(close_code(ErrorCode::unsupported_version), 4001);
  EXPECT_EQ(close_code(ErrorCode::room_full), 4002);
  EXPECT_EQ(close_code(ErrorCode::taken_over), 4003);
  EXPECT_EQ(close_code(ErrorCode::too_large), 1009);
  EXPECT_EQ(close_code(ErrorCode::slow_consumer), 4005);
  EXPECT_EQ(close_code(ErrorCode::rate_limited), 0);
  EXPECT_EQ(close_code(ErrorCode::flooding), 4006);
  EXPECT_EQ(close_code(ErrorCode::too_many_connections), 4007);
  EXPECT_EQ(close_code(ErrorCode::server_full), 4008);
  EXPECT_EQ(close_code(ErrorCode::room_name), 4009);
  EXPECT_EQ(close_code(ErrorCode::unknown_participant), 0);
  EXPECT_EQ(close_code(ErrorCode::bad_sequence), 0);
  EXPECT_EQ(close_code(ErrorCode::held_too_much), 0);
}

}  // namespace
}  // namespace plntry::signaling
