// Joining and sending over real sockets; the rules themselves are tested in tests/signaling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/harness.hpp"

namespace plntry::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

const std::string kAnn = secret(1);
const std::string kBob = secret(2);
const std::string kCat = secret(3);

std::string to(const std::string& secret, std::string_view body) {
  return R"({"type":"send","to":")" + id_of(secret) + "\"}\n" + std::string{body};
}

std::string from(const std::string& secret, std::string_view body) {
  return R"({"type":"message","from":")" + id_of(secret) + "\"}\n" + std::string{body};
}

class Join : public testing::Test {
 protected:
  Participant join(const std::string& secret, std::string_view more = {}) {
    return {server_, "abc-def", join_request(secret, more)};
  }

  TestServer server_;
};

TEST_F(Join, welcome_comes_in_the_same_flight_as_the_upgrade) {
  RawClient client(server_.port());
  client.send(upgrade_request(server_, "abc-def", join_protocols(join_request(kAnn))));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 101 "), HasSubstr("Sec-WebSocket-Protocol: plntry.v1\r\n"),
                          HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")));  // RFC 6455 §1.3
  EXPECT_THAT(client.read_exactly(200), HasSubstr(R"({"type":"welcome","you":")" + id_of(kAnn)));
}

TEST_F(Join, connection_in_the_lobby_is_told_the_ice_servers_and_nothing_else) {
  RawClient client(server_.port());
  client.send(upgrade_request(server_, "abc-def", join_protocols(join_request(kAnn, R"(,"wait":true)"))));
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(client.read_until(R"("iceLifetime":)"),
              HasSubstr(R"({"type":"ice","iceServers":[{"urls":["stun:localhost:)"));
  client.read_until("}");
  client.send(client_frame(0x89, "x"));
  EXPECT_EQ(client.read_exactly(3), "\x8A\x01x") << "nothing before the answer to the ping";
  client.send(client_frame(0x81, R"({"type":"join"})"));
  EXPECT_THAT(client.read_exactly(60), HasSubstr(R"({"type":"welcome","you":")" + id_of(kAnn)));
}

TEST_F(Join, welcome_names_the_servers_own_stun_under_the_pages_host) {
  Participant ann = join(kAnn);
  EXPECT_THAT(ann.read(), Optional(HasSubstr(R"("iceServers":[{"urls":["stun:localhost:)" +
                                             std::to_string(server_.port()) + "\"]}")));
}

TEST_F(Join, messages_pass_untouched_between_participants) {
  Participant ann = join(kAnn);
  ann.read();
  Participant bob = join(kBob);
  EXPECT_THAT(bob.read(), Optional(HasSubstr(id_of(kAnn))));
  EXPECT_THAT(ann.read(), Optional(StartsWith(R"({"type":"joined")")));
  for (const std::string& body : {std::string{"é\n{\"x\": 1 }"}, std::string(60'000, 'x'), std::string{}}) {
    ann.send(to(kBob, body));
    EXPECT_EQ(bob.read(), from(kAnn, body));
    bob.send(to(kAnn, body));
    EXPECT_EQ(ann.read(), from(kBob, body));
  }
}

TEST_F(Join, what_was_held_follows_the_welcome) {
  Participant ann = join(kAnn);
  ann.read();
  const std::string link(16, 'L');
  ann.send(R"({"type":"hold","link":")" + link + R"(","seq":1,"base":1})" + "\noffer");
  ann.send(R"({"type":"hold","link":")" + link + R"(","seq":2,"base":1})" + "\ncandidate");
  ann.send(R"({"type":"hold","link":")" + link + R"(","seq":4,"base":1})" + "\n");
  EXPECT_THAT(ann.read(), Optional(HasSubstr("bad_sequence")));  // so the first two have arrived
  Participant bob = join(kBob);
  EXPECT_THAT(bob.read(), Optional(HasSubstr(R"("held":2)")));
  EXPECT_EQ(bob.read(), from(kAnn, "offer"));
  EXPECT_EQ(bob.read(), from(kAnn, "candidate"));
}

TEST_F(Join, dropped_participant_is_away_and_comes_back) {
  Participant ann = join(kAnn);
  ann.read();
  Participant bob = join(kBob);
  bob.read();
  ann.read();
  bob.vanish();
  EXPECT_THAT(ann.read(), Optional(StartsWith(R"({"type":"away")")));
  Participant again = join(kBob, R"(,"resume":{"known":[")" + id_of(kAnn) + R"("]})");
  EXPECT_THAT(again.read(), Optional(HasSubstr(R"("resumed":true)")));
  EXPECT_THAT(ann.read(), Optional(StartsWith(R"({"type":"back")")));
}

TEST_F(Join, newer_connection_of_a_participant_takes_over) {
  Participant first = join(kAnn);
  first.read();
  Participant second = join(kAnn, R"(,"resume":{"known":[]})");
  EXPECT_THAT(second.read(), Optional(HasSubstr(R"("resumed":true)")));
  EXPECT_THAT(first.read(), Optional(HasSubstr(R"("code":"taken_over")")));
  EXPECT_EQ(first.read_close().code, 4003);
}

TEST_F(Join, third_person_is_refused_with_words) {
  Participant ann = join(kAnn);
  Participant bob = join(kBob);
  ann.read();
  bob.read();
  Participant cat = join(kCat);
  EXPECT_THAT(cat.read(), Optional(HasSubstr(R"("code":"room_full")")));
  EXPECT_EQ(cat.read_close().code, 4002);
}

TEST_F(Join, leaving_closes_normally) {
  Participant ann = join(kAnn);
  ann.read();
  ann.send(R"({"type":"leave"})");
  EXPECT_EQ(ann.read_close().code, 1000);
}

TEST_F(Join, clients_close_is_answered) {
  Participant ann = join(kAnn);
  ann.read();
  ann.close();
  EXPECT_TRUE(eventually([&] { return server_->metrics().websockets_open.value() == 0; }));
}

TEST_F(Join, bad_requests_are_answered_on_the_websocket) {
  Participant name(server_, "-bad-", join_request(kAnn));
  EXPECT_THAT(name.read(), Optional(HasSubstr(R"("code":"room_name")")));
  EXPECT_EQ(name.read_close().code, 4009);
  Participant request(server_, "abc-def", "{}");
  EXPECT_THAT(request.read(), Optional(HasSubstr(R"("code":"bad_request")")));
  EXPECT_EQ(request.read_close().code, 4000);
}

TEST_F(Join, unknown_version_is_told_so) {
  RawClient client(server_.port());
  client.send(upgrade_request(server_, "abc-def", "plntry.v9, join.e30"));
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Sec-WebSocket-Protocol: plntry.v9\r\n"));
  EXPECT_THAT(client.read_until("\x88"), HasSubstr("unsupported_version"));
  EXPECT_EQ(client.read_exactly(3).substr(1), "\x0F\xA1");  // 4001
}

TEST_F(Join, page_of_another_origin_is_refused) {
  const auto status = [&](const std::string& origin) {
    RawClient client(server_.port());
    client.send(upgrade_request(server_, "abc-def", join_protocols(join_request(kAnn)), "Origin: " + origin + "\r\n"));
    return read_answer(client).status;
  };
  EXPECT_EQ(status("http://evil.example"), 403);
  EXPECT_EQ(status("null"), 403);
  EXPECT_EQ(status("http://" + server_.authority()), 101);
  EXPECT_EQ(server_->metrics().origins_refused.value(), 2);
}

TEST(JoinOrigin, can_be_allowed) {
  TestServer server([](app::Config& config) { config.http.allowed_origins = {"https://friend.example"}; });
  RawClient client(server.port());
  client.send(
      upgrade_request(server, "abc-def", join_protocols(join_request(kAnn)), "Origin: https://friend.example\r\n"));
  EXPECT_EQ(read_answer(client).status, 101);
}

TEST(JoinDrain, everyone_is_told_to_come_back) {
  TestServer server;
  Participant ann(server, "abc-def", join_request(kAnn));
  ann.read();
  server->drain();
  EXPECT_THAT(ann.read(), Optional(StartsWith(R"({"type":"come_back","after":)")));
  EXPECT_EQ(ann.read_close().code, 1012);
  EXPECT_TRUE(eventually([&] { return server->is_drained(); }));
  EXPECT_TRUE(eventually([&] {
    try {
      RawClient late(server.port());
      return late.read_all().empty();  // one that waited to be accepted is closed
    } catch (const boost::system::system_error&) {
      return true;
    }
  }));
}

TEST(JoinLoops, sessions_of_many_loops_share_rooms) {
  TestServer server([](app::Config& config) { config.threads = 4; });
  for (int i = 0; i < 20; ++i) {
    const std::string room = "room-" + std::to_string(i);
    Participant ann(server, room, join_request(kAnn));
    ann.read();
    Participant bob(server, room, join_request(kBob));
    bob.read();
    ann.read();
    ann.send(to(kBob, "hello"));
    EXPECT_EQ(bob.read(), from(kAnn, "hello"));
  }
  EXPECT_TRUE(eventually([&] { return server->metrics().websockets_open.value() == 0; }));
}

}  // namespace
}  // namespace plntry::test
