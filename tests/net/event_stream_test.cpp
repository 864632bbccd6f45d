// docs/protocol.md §12: the same sessions and guarantees where no WebSocket gets through.
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/event_client.hpp"
#include "net/tls_client.hpp"

namespace plntry::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::StartsWith;

const std::string kAnn = secret(1);
const std::string kBob = secret(2);
const std::string kCat = secret(3);
const std::string kLeave = R"({"type":"leave"})";

std::string to(const std::string& secret, std::string_view body) {
  return R"({"type":"send","to":")" + id_of(secret) + "\"}\n" + std::string{body};
}

std::string from(const std::string& secret, std::string_view body) {
  return R"({"type":"message","from":")" + id_of(secret) + "\"}\n" + std::string{body};
}

class EventStream : public testing::Test {
 protected:
  EventClient join(const std::string& secret, std::string_view more = {}) {
    return {server_, "abc-def", join_request(secret, more)};
  }
  std::uint64_t open() const { return (*server_).metrics().event_streams_open.value(); }

  mutable TestServer server_;
};

TEST_F(EventStream, nothing_on_the_way_may_keep_events_back) {
  EventClient ann = join(kAnn);
  EXPECT_THAT(ann.head(), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Type: text/event-stream\r\n"),
                                HasSubstr("Cache-Control: no-store, no-transform\r\n"),
                                HasSubstr("X-Accel-Buffering: no\r\n"), HasSubstr("Connection: close\r\n"),
                                Not(HasSubstr("Content-Length")), Not(HasSubstr("Access-Control"))));
  EXPECT_EQ(ann.token().size(), 32);
  EXPECT_THAT(ann.frame(), StartsWith(R"({"type":"welcome","you":")" + id_of(kAnn)));
}

TEST_F(EventStream, messages_pass_untouched_between_it_and_a_websocket) {
  EventClient ann = join(kAnn);
  ann.frame();
  Participant bob(server_, "abc-def", join_request(kBob));
  EXPECT_THAT(bob.read(), Optional(HasSubstr(id_of(kAnn))));
  EXPECT_THAT(ann.frame(), StartsWith(R"({"type":"joined")"));
  for (const std::string& body : {std::string{"é\r\n\n{\"x\": 1 }\t\\"}, std::string(60'000, '"'), std::string{}}) {
    EXPECT_EQ(ann.post({to(kBob, body)}), 204);
    EXPECT_EQ(bob.read(), from(kAnn, body));
    bob.send(to(kAnn, body));
    EXPECT_EQ(ann.frame(), from(kBob, body));
  }
}

TEST_F(EventStream, frames_of_a_post_and_posts_keep_their_order) {
  EventClient ann = join(kAnn);
  ann.frame();
  EventClient bob = join(kBob);
  bob.frame();
  EXPECT_EQ(bob.post({to(kAnn, "1"), to(kAnn, "2")}), 204);
  EXPECT_EQ(bob.post(3, {to(kAnn, "4")}), 409) << "2 is missing";
  EXPECT_EQ(bob.post({to(kAnn, "3")}), 204);
  EXPECT_EQ(bob.post(2, {to(kAnn, "3")}), 204) << "somebody on the way sent it again";
  EXPECT_EQ(bob.post(3, {to(kAnn, "4")}), 204);
  ann.frame();  // joined
  for (const char* body : {"1", "2", "3", "4"}) EXPECT_EQ(ann.frame(), from(kBob, body));
}

TEST_F(EventStream, waits_in_the_lobby_like_a_websocket) {
  EventClient ann = join(kAnn, R"(,"wait":true)");
  EXPECT_THAT(ann.frame(), StartsWith(R"({"type":"ice")"));
  EXPECT_EQ(ann.post({R"({"type":"join"})"}), 204);
  EXPECT_THAT(ann.frame(), StartsWith(R"({"type":"welcome")"));
}

TEST_F(EventStream, only_the_token_opens_it_to_posts) {
  EventClient ann = join(kAnn);
  ann.frame();
  std::string token = ann.token();
  token.back() = token.back() == 'A' ? 'B' : 'A';
  const Answer wrong = post(server_, "/api/frames", post_text(token, 1, {kLeave}));
  EXPECT_EQ(wrong.status, 404);
  EXPECT_THAT(wrong.body, HasSubstr("not open here"));
  EXPECT_EQ(post(server_, "/api/frames", post_text(ann.token().substr(0, 8), 1, {kLeave})).status, 404);
  EXPECT_EQ(post(server_, "/api/frames", post_text("unknown", 1, {kLeave})).status, 404);
  EXPECT_EQ(post(server_, "/api/frames", "nonsense").status, 400);
  EXPECT_EQ(post(server_, "/api/frames", "").status, 400);
  EXPECT_EQ(ann.post({}), 204) << "it has heard of none of that";
}

TEST_F(EventStream, leaving_ends_it) {
  EventClient ann = join(kAnn);
  ann.frame();
  EXPECT_EQ(ann.post({kLeave}), 204);
  EXPECT_EQ(ann.frame(), "");
  EXPECT_EQ(ann.close_code(), 1000);
  EXPECT_EQ(ann.stream().read_all(), "");
  EXPECT_EQ(ann.post({}), 404);
  EXPECT_TRUE(eventually([&] { return open() == 0; }));
}

TEST_F(EventStream, refusals_are_told_on_it) {
  const auto refusal = [&](const std::string& room, const std::string& request) {
    EventClient client(server_, room, request);
    const std::string error = client.frame();
    EXPECT_EQ(client.frame(), "");
    return std::pair{error, client.close_code()};
  };
  EXPECT_THAT(refusal("-bad-", join_request(kAnn)), testing::Pair(HasSubstr(R"("code":"room_name")"), 4009));
  EXPECT_THAT(refusal("abc-def", "{}"), testing::Pair(HasSubstr(R"("code":"bad_request")"), 4000));
  EXPECT_EQ(post(server_, "/api/rooms/abc-def/events", "join.e30").status, 400);
  const Answer get_it = get(server_, "/api/rooms/abc-def/events");
  EXPECT_EQ(get_it.status, 405);
  EXPECT_EQ(get_it.header("Allow"), "POST");
}

TEST_F(EventStream, malformed_frame_ends_with_bad_request) {
  EventClient ann = join(kAnn);
  ann.frame();
  EXPECT_EQ(ann.post({"{\"type\":", kLeave}), 204);
  EXPECT_THAT(ann.frame(), HasSubstr(R"("code":"bad_request")"));
  EXPECT_EQ(ann.frame(), "");
  EXPECT_EQ(ann.close_code(), 4000);
}

TEST_F(EventStream, oversized_frame_ends_with_too_large) {
  EventClient ann = join(kAnn);
  ann.frame();
  EXPECT_EQ(ann.post({to(kBob, std::string(65'536, 'x'))}), 204);
  EXPECT_THAT(ann.frame(), HasSubstr(R"("code":"too_large")"));
  EXPECT_EQ(ann.frame(), "");
  EXPECT_EQ(ann.close_code(), 1009);
}

TEST_F(EventStream, oversized_post_is_refused_unread) {
  RawClient client(server_.port());
  client.send("POST /api/frames HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 413);
  RawClient chunked(server_.port());
  chunked.send("POST /api/frames HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 8; ++i) chunked.send("4000\r\n" + std::string(0x4000, 'x') + "\r\n");
  EXPECT_EQ(read_answer(chunked).status, 413);
}

TEST_F(EventStream, chunked_post_is_taken) {
  EventClient ann = join(kAnn);
  ann.frame();
  const std::string text = post_text(ann.token(), 1, {kLeave});
  RawClient client(server_.port());
  client.send("POST /api/frames HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char letter : text) client.send("1\r\n" + std::string{letter} + "\r\n");
  client.send("0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 204);
  EXPECT_EQ(read_answer(client).body, "ok\n") << "the connection is kept";
  EXPECT_EQ(ann.frame(), "");
  EXPECT_EQ(ann.close_code(), 1000);
}

TEST_F(EventStream, page_of_another_origin_is_refused) {
  const std::string evil = "Origin: http://evil.example\r\n";
  EXPECT_EQ(post(server_, "/api/rooms/abc-def/events", join_protocols(join_request(kAnn)), evil).status, 403);
  EventClient ann = join(kAnn);
  EXPECT_EQ(post(server_, "/api/frames", post_text(ann.token(), 1, {kLeave}), evil).status, 403);
  EXPECT_EQ((*server_).metrics().origins_refused.value(), 2);
  EXPECT_EQ(ann.post({}), 204);
}

TEST(EventStreamOrigin, page_that_was_allowed_may_read_the_answers) {
  TestServer server([](app::Config& config) { config.http.allowed_origins = {"https://friend.example"}; });
  const std::string friendly = "Origin: https://friend.example\r\n";
  EventClient ann(server, "abc-def", join_request(kAnn), friendly);
  EXPECT_THAT(ann.head(), HasSubstr("Access-Control-Allow-Origin: https://friend.example\r\n"));
  const Answer answer = post(server, "/api/frames", post_text(ann.token(), 1, {}), friendly);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://friend.example");
}

// §2: whichever way a participant comes, the newest connection wins, and nobody else sees more than `back`.
TEST_F(EventStream, websocket_takes_over_from_it_and_it_from_a_websocket) {
  Participant bob(server_, "abc-def", join_request(kBob));
  bob.read();
  EventClient stream = join(kAnn, R"(,"attempt":1)");
  stream.frame();
  EXPECT_THAT(bob.read(), Optional(StartsWith(R"({"type":"joined")")));
  Participant socket(server_, "abc-def", join_request(kAnn, R"(,"attempt":2,"resume":{"known":[]})"));
  EXPECT_THAT(socket.read(), Optional(HasSubstr(R"("resumed":true)")));
  EXPECT_THAT(stream.frame(), HasSubstr(R"("code":"taken_over")"));
  EXPECT_EQ(stream.frame(), "");
  EXPECT_EQ(stream.close_code(), 4003);
  EventClient again = join(kAnn, R"(,"attempt":3,"resume":{"known":[]})");
  EXPECT_THAT(again.frame(), HasSubstr(R"("resumed":true)"));
  EXPECT_EQ(socket.read_close().code, 4003);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(bob.read(), Optional(StartsWith(R"({"type":"back")")));
}

TEST_F(EventStream, who_vanished_is_away) {
  EventClient ann = join(kAnn);
  ann.frame();
  EventClient bob = join(kBob);
  ann.frame();
  bob.stream().vanish();
  EXPECT_THAT(ann.frame(), StartsWith(R"({"type":"away")"));
  EXPECT_TRUE(eventually([&] { return open() == 1; }));
}

TEST_F(EventStream, room_is_shared_by_many_at_a_time_over_all_loops) {
  TestServer server([](app::Config& config) { config.threads = 4; });
  std::vector<std::pair<std::unique_ptr<EventClient>, std::unique_ptr<EventClient>>> pairs;
  for (int i = 0; i < 25; ++i) {
    const std::string room = "room-" + std::to_string(i);
    auto ann = std::make_unique<EventClient>(server, room, join_request(kAnn));
    auto bob = std::make_unique<EventClient>(server, room, join_request(kBob));
    pairs.emplace_back(std::move(ann), std::move(bob));
  }
  for (auto& [ann, bob] : pairs) EXPECT_EQ(ann->post({to(kBob, "hello"), to(kBob, "again")}), 204);
  for (auto& [ann, bob] : pairs) {
    EXPECT_THAT(bob->frame(), StartsWith(R"({"type":"welcome")"));
    EXPECT_EQ(bob->frame(), from(kAnn, "hello"));
    EXPECT_EQ(bob->frame(), from(kAnn, "again"));
  }
  pairs.clear();
  EXPECT_TRUE(eventually([&] { return server->metrics().event_streams_open.value() == 0; }));
}

TEST_F(EventStream, messages_are_limited_as_on_a_websocket) {
  TestServer server([](app::Config& config) {
    config.signaling.messages = {.capacity = 2, .per_second = 0.001};
    config.signaling.refusals = {.capacity = 1, .per_second = 0.001};
  });
  EventClient ann(server, "abc-def", join_request(kAnn));
  ann.frame();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ann.post({to(kBob, "x")}), 204);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(ann.frame(), HasSubstr("unknown_participant"));
  EXPECT_THAT(ann.frame(), HasSubstr("rate_limited"));
  EXPECT_EQ(ann.post({to(kBob, "x"), to(kBob, "x")}), 204);
  EXPECT_THAT(ann.frame(), HasSubstr("flooding"));
  EXPECT_EQ(ann.frame(), "");
  EXPECT_EQ(ann.close_code(), 4006);
}

TEST(EventStreamLimits, over_a_limit_it_is_told_so) {
  TestServer server([](app::Config& config) { config.limits.per_address_max = 1; });
  EventClient ann(server, "abc-def", join_request(kAnn));
  ann.frame();
  EventClient bob(server, "abc-def", join_request(kBob));
  EXPECT_THAT(bob.frame(), HasSubstr("too_many_connections"));
  EXPECT_EQ(bob.frame(), "");
  EXPECT_EQ(bob.close_code(), 4007);
}

TEST(EventStreamLimits, client_that_does_not_read_is_a_slow_consumer) {
  TestServer server([](app::Config& config) {
    config.websocket.outbox_bytes_max = 100'000;
    config.websocket.close_timeout = 200ms;
    config.signaling.messages = {.capacity = 1e6, .per_second = 1e6};
  });
  EventClient ann(server, "abc-def", join_request(kAnn));
  ann.stream().shrink_receive_buffer();
  Participant bob(server, "abc-def", join_request(kBob));
  bob.read();
  const std::string message = to(kAnn, std::string(60'000, 'x'));
  for (int i = 0; i < 1'000 && server->metrics().slow_consumers.value() == 0; ++i) bob.send(message);
  EXPECT_GE(server->metrics().slow_consumers.value(), 1);
  EXPECT_THAT(bob.read(), Optional(HasSubstr("away")));
  EXPECT_TRUE(eventually([&] { return server->metrics().event_streams_open.value() == 0; }));
}

TEST(EventStreamSilence, client_that_posts_after_each_ping_stays) {
  TestServer server([](app::Config& config) { config.websocket.ping_interval = 30ms; });
  EventClient ann(server, "abc-def", join_request(kAnn));
  ann.frame();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ann.event(), "event: ping\ndata: {}");
    EXPECT_EQ(ann.post({}), 204);
  }
  EXPECT_EQ(server->metrics().event_streams_dead.value(), 0);
}

TEST(EventStreamSilence, half_open_connection_is_noticed) {
  TestServer server([](app::Config& config) {
    config.websocket.ping_interval = 50ms;
    config.websocket.pong_timeout = 50ms;
  });
  EventClient ann(server, "abc-def", join_request(kAnn));  // it may read, but posts nothing
  EXPECT_TRUE(eventually([&] { return server->metrics().event_streams_dead.value() == 1; }));
  EXPECT_TRUE(eventually([&] { return server->metrics().event_streams_open.value() == 0; }));
  EXPECT_EQ(ann.post({}), 404);
}

TEST(EventStreamDrain, everyone_is_told_to_come_back) {
  TestServer server;
  EventClient ann(server, "abc-def", join_request(kAnn));
  ann.frame();
  server->drain();
  EXPECT_THAT(ann.frame(), StartsWith(R"({"type":"come_back","after":)"));
  EXPECT_EQ(ann.frame(), "");
  EXPECT_EQ(ann.close_code(), 1012);
  EXPECT_TRUE(eventually([&] { return server->is_drained(); }));
}

TEST(EventStreamTls, events_come_encrypted) {
  TestServer server([](app::Config& config) { config.tls.self_signed = true; });
  TlsClient client(server);
  const std::string body = join_protocols(join_request(kAnn));
  client.send("POST /api/rooms/abc-def/events HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body);
  EXPECT_THAT(client.read_until("}}"), HasSubstr(R"({\"type\":\"welcome\")"));
}

}  // namespace
}  // namespace plntry::test
