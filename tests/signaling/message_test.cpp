#include "signaling/message.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

std::expected<JoinRequest, ErrorCode> parse_join(std::string_view json, std::string_view room = "green-room") {
  return parse_join_request(room, base64url_encode(as_bytes(json)));
}

std::string json_string(std::string_view text) { return '"' + std::string{text} + '"'; }

const std::string kSecret = R"("secret":)" + json_string(secret_of("alice"));
const std::string kBob = json_string(id_of("bob").text());
const std::string kCarol = json_string(id_of("carol").text());

// §2
TEST(JoinRequest, a_secret_is_enough) {
  const auto request = parse_join("{" + kSecret + "}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->room.text(), "green-room");
  EXPECT_EQ(request->participant, id_of("alice"));
  EXPECT_FALSE(request->resume);
  EXPECT_TRUE(request->replaces.empty());
}

TEST(JoinRequest, resume_names_whom_it_was_in_the_call_with) {
  const auto request = parse_join("{" + kSecret + R"(,"resume":{"known":[)" + kBob + "," + kCarol + "]}}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->resume, (std::vector{id_of("bob"), id_of("carol")}));
  EXPECT_TRUE(parse_join("{" + kSecret + R"(,"resume":{"known":[]}})")->resume);
}

TEST(JoinRequest, its_own_id_and_repetitions_in_known_say_nothing) {
  const auto request = parse_join("{" + kSecret + R"(,"resume":{"known":[)" + kBob + "," +
                                  json_string(id_of("alice").text()) + "," + kBob + "]}}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->resume, std::vector{id_of("bob")});
}

TEST(JoinRequest, replaces_is_a_secret_too) {
  const auto request = parse_join("{" + kSecret + R"(,"replaces":)" + json_string(secret_of("bob")) + "}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->replaces, std::vector{id_of("bob")});
}

TEST(JoinRequest, replaces_may_be_several) {
  const std::string alice = json_string(secret_of("alice"));
  const std::string bob = json_string(secret_of("bob"));
  const std::string carol = json_string(secret_of("carol"));
  const auto replaces = [](const std::string& list) {
    return parse_join("{" + kSecret + R"(,"replaces":[)" + list + "]}");
  };
  EXPECT_EQ(replaces(bob + "," + carol)->replaces, (std::vector{id_of("bob"), id_of("carol")}));
  EXPECT_EQ(replaces(bob + "," + bob + "," + alice)->replaces, std::vector{id_of("bob")});
  EXPECT_TRUE(replaces("")->replaces.empty());
  EXPECT_FALSE(replaces(bob + "," + bob + "," + bob + "," + bob + "," + bob));
  EXPECT_FALSE(replaces(bob + ",1"));
  EXPECT_FALSE(replaces("[" + bob + "]"));
}

TEST(JoinRequest, attempt_is_a_positive_integer) {
  EXPECT_EQ(parse_join("{" + kSecret + "}")->attempt, 0u);
  EXPECT_EQ(parse_join("{" + kSecret + R"(,"attempt":7})")->attempt, 7u);
  for (const std::string_view attempt : {"0", "-1", "1.5", "\"1\"", "null"}) {
    EXPECT_FALSE(parse_join("{" + kSecret + R"(,"attempt":)" + std::string{attempt} + "}")) << attempt;
  }
}

// §1: unknown header fields are ignored.
TEST(JoinRequest, unknown_fields_are_ignored) {
  EXPECT_TRUE(parse_join("{" + kSecret + R"(,"colour":{"of":["hair",1,null,true]}})"));
}

TEST(JoinRequest, what_the_page_does_not_say_is_a_bad_request) {
  const std::string replaces = R"(,"replaces":)" + json_string(secret_of("bob"));
  std::string eight;
  for (int i = 0; i < 8; ++i) eight += (i > 0 ? "," : "") + json_string(id_of(std::to_string(i)).text());
  for (const std::string& json : {
           std::string{},
           std::string{"[]"},
           std::string{"{}"},
           std::string{"{"},
           std::string{"null"},
           "{" + kSecret + "} x",
           std::string{R"({"secret":1})"},
           std::string{R"({"secret":"short"})"},
           R"({"secret":)" + json_string(std::string(43, 'B')) + "}",  // trailing bits
           "{" + kSecret + R"(,"resume":null})",
           "{" + kSecret + R"(,"resume":{}})",
           "{" + kSecret + R"(,"resume":[]})",
           "{" + kSecret + R"(,"resume":{"known":"x"}})",
           "{" + kSecret + R"(,"resume":{"known":[1]}})",
           "{" + kSecret + R"(,"resume":{"known":["x"]}})",
           "{" + kSecret + R"(,"resume":{"known":[)" + eight + "]}}",
           "{" + kSecret + R"(,"replaces":null})",
           "{" + kSecret + R"(,"replaces":"x"})",
           "{" + kSecret + R"(,"resume":{"known":[]})" + replaces + "}",  // never together
           "{" + kSecret + R"(,"deep":[[[[[[[[[[]]]]]]]]]]})",
           "{" + kSecret + ",\"text\":\"\xFF\"}",
       }) {
    const auto request = parse_join(json);
    ASSERT_FALSE(request) << json;
    EXPECT_EQ(request.error(), ErrorCode::bad_request) << json;
  }
}

TEST(JoinRequest, must_be_base64url_within_bounds) {
  EXPECT_EQ(parse_join_request("green-room", "").error(), ErrorCode::bad_request);
  EXPECT_EQ(parse_join_request("green-room", "e30=").error(), ErrorCode::bad_request);
  EXPECT_EQ(parse_join_request("green-room", "!!!!").error(), ErrorCode::bad_request);
  const std::string padded = "{" + kSecret + std::string(kMaxJoinRequestBytes, ' ') + "}";
  EXPECT_EQ(parse_join(padded).error(), ErrorCode::bad_request);
}

TEST(JoinRequest, a_room_that_is_none_has_its_own_error) {
  for (const std::string_view room : {"", "ab", "Green-Room", "green room", "-room", "r%6Fom"}) {
    EXPECT_EQ(parse_join("{" + kSecret + "}", room).error(), ErrorCode::room_name) << room;
  }
}

// §2: Sec-WebSocket-Protocol: plntry.v1, join.<request>
TEST(JoinOffer, is_a_version_and_a_request) {
  const auto offer = parse_join_offer("plntry.v1, join.e30");
  ASSERT_TRUE(offer);
  EXPECT_TRUE(offer->supported);
  EXPECT_EQ(offer->version, "plntry.v1");
  EXPECT_EQ(offer->request, "e30");
  EXPECT_EQ(parse_join_offer("join.e30 ,\tplntry.v2,plntry.v1")->version, "plntry.v1");
}

TEST(JoinOffer, without_a_request_is_left_to_the_request_parser) {
  const auto offer = parse_join_offer("plntry.v1");
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->request, "");
}

// §6 unsupported_version: a browser fails a connection whose 101 selects nothing, so one of its own is echoed.
TEST(JoinOffer, of_other_versions_only_is_answered_in_the_first_of_them) {
  const auto offer = parse_join_offer("plntry.v7, plntry.v8, join.e30");
  ASSERT_TRUE(offer);
  EXPECT_FALSE(offer->supported);
  EXPECT_EQ(offer->version, "plntry.v7");
}

TEST(JoinOffer, of_no_version_is_none) {
  for (const std::string_view header :
       {"", ",", "join.e30", "chat, superchat", "plntry.v", "plntry.vx", "plntry.v12345", "plntry.v1x", "xplntry.v1"}) {
    EXPECT_FALSE(parse_join_offer(header)) << header;
  }
  std::string many;
  for (int i = 0; i < 20; ++i) many += "chat,";
  EXPECT_FALSE(parse_join_offer(many + "plntry.v1"));
}

// §3
TEST(ClientFrame, send_carries_its_body_byte_for_byte) {
  const std::string body = "{\"a\":\n \"\\u0000 \xF0\x9F\x98\x80\"}\n\n";
  const auto message = parse_client_frame(R"({"type":"send","to":)" + kBob + "}\n" + body);
  ASSERT_TRUE(message);
  const auto* send = std::get_if<SendMessage>(&*message);
  ASSERT_NE(send, nullptr);
  EXPECT_EQ(send->to, id_of("bob"));
  EXPECT_EQ(send->body.view(), body);
}

TEST(ClientFrame, a_body_may_be_empty_but_not_missing) {
  const std::string header = R"({"type":"send","to":)" + kBob + "}";
  const auto message = parse_client_frame(header + "\n");
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<SendMessage>(*message).body.view(), "");
  EXPECT_FALSE(parse_client_frame(std::string{header}));
}

// §4
TEST(ClientFrame, hold_has_link_seq_and_base) {
  const auto message = parse_client_frame(R"({"type":"hold","link":"kkkkkkkkkkkkkkkk","seq":4,"base":2})"
                                          "\nbody");
  ASSERT_TRUE(message);
  const auto* hold = std::get_if<HoldMessage>(&*message);
  ASSERT_NE(hold, nullptr);
  EXPECT_EQ(hold->link.text(), link('k'));
  EXPECT_EQ(hold->seq, 4u);
  EXPECT_EQ(hold->base, 2u);
  EXPECT_EQ(hold->body.view(), "body");
}

TEST(ClientFrame, leave_needs_nothing_more) {
  EXPECT_TRUE(std::holds_alternative<LeaveMessage>(*parse_client_frame(R"({"type":"leave"})")));
}

TEST(ClientFrame, unknown_header_fields_are_ignored) {
  EXPECT_TRUE(parse_client_frame(R"({"type":"leave","why":{"not":[1,2.5,"x"]}})"));
}

TEST(ClientFrame, what_the_page_does_not_say_is_a_bad_request) {
  const auto hold = [](std::string_view fields) { return R"({"type":"hold",)" + std::string{fields} + "}\nbody"; };
  for (const std::string& frame : {
           std::string{},
           std::string{"\n"},
           std::string{"body only"},
           std::string{"{}\n"},
           std::string{"[]\n"},
           std::string{"\"leave\"\n"},
           std::string{R"({"type":1})"},
           std::string{R"({"type":"dance"})"},
           std::string{R"({"type":"welcome"})"},
           std::string{"{\"type\":\n\"leave\"}"},  // the header is one line
           std::string{"{\"type\":\"send\"}\nbody"},
           std::string{"{\"type\":\"send\",\"to\":7}\nbody"},
           std::string{"{\"type\":\"send\",\"to\":\"bob\"}\nbody"},
           hold(R"("seq":1,"base":1)"),
           hold(R"("link":"short","seq":1,"base":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","base":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":0,"base":0)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":-1,"base":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":1.5,"base":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":"1","base":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":1,"base":2)"),  // below its own base
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":9007199254740992,"base":1)"),
           hold(R"("link":"kkkkkkkkkkkkkkkk","seq":18446744073709551615,"base":1)"),
           std::string{R"({"type":"leave","deep":[[[[[[[[[[]]]]]]]]]]})"},
           R"({"type":"leave","long":)" + json_string(std::string(kMaxHeaderBytes, 'x')) + "}",
           std::string(60'000, '['),
       }) {
    const auto message = parse_client_frame(std::string{frame});
    ASSERT_FALSE(message) << frame.substr(0, 200);
    EXPECT_EQ(message.error(), ErrorCode::bad_request);
  }
}

}  // namespace
}  // namespace plntry::signaling
