// Clients that are broken, slow, silent or too many: each gets a clear end, and nobody else notices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/harness.hpp"

namespace plntry::test {
namespace {

using testing::HasSubstr;
using testing::Optional;

const std::string kAnn = secret(1);
const std::string kBob = secret(2);

// A joined participant of which every byte is ours.
RawClient raw_join(const TestServer& server, const std::string& secret) {
  RawClient client(server.port());
  client.send(upgrade_request(server, "abc-def", join_protocols(join_request(secret))));
  client.read_until("}}");  // the end of the welcome
  return client;
}

// The code in the close frame that comes next, after any text.
unsigned close_code(RawClient& client) {
  const std::string rest = client.read_all();
  const std::size_t at = rest.rfind('\x88');
  if (at == std::string::npos || at + 4 > rest.size()) return 0;
  return static_cast<unsigned>(static_cast<unsigned char>(rest[at + 2]) << 8 |
                               static_cast<unsigned char>(rest[at + 3]));
}

class Hostile : public testing::Test {
 protected:
  TestServer server_{[](app::Config& config) { config.websocket.close_timeout = 200ms; }};
};

TEST_F(Hostile, malformed_json_ends_with_bad_request) {
  Participant ann(server_, "abc-def", join_request(kAnn));
  ann.read();
  ann.send("{\"type\":");
  EXPECT_THAT(ann.read(), Optional(HasSubstr(R"("code":"bad_request")")));
  EXPECT_EQ(ann.read_close().code, 4000);
}

TEST_F(Hostile, binary_message_ends_with_bad_request) {
  Participant ann(server_, "abc-def", join_request(kAnn));
  ann.read();
  ann.send_binary("bytes");
  EXPECT_THAT(ann.read(), Optional(HasSubstr(R"("code":"bad_request")")));
  EXPECT_EQ(ann.read_close().code, 4000);
}

TEST_F(Hostile, oversized_message_ends_with_too_large_before_it_has_come) {
  RawClient ann = raw_join(server_, kAnn);
  ann.send(client_frame(0x81, std::string(65'537, 'x')).substr(0, 20));
  EXPECT_EQ(close_code(ann), 1009);
}

TEST_F(Hostile, broken_frames_end_with_the_codes_of_rfc_6455) {
  RawClient unmasked = raw_join(server_, kAnn);
  unmasked.send("\x81\x05Hello");
  EXPECT_EQ(close_code(unmasked), 1002);
  RawClient not_utf8 = raw_join(server_, kBob);
  not_utf8.send(client_frame(0x81, "\xC3\x28"));
  EXPECT_EQ(close_code(not_utf8), 1007);
}

TEST_F(Hostile, others_in_the_room_are_not_affected) {
  Participant ann(server_, "abc-def", join_request(kAnn));
  ann.read();
  {
    RawClient bob = raw_join(server_, kBob);
    bob.send("\xFF\xFF\xFF");
    EXPECT_EQ(close_code(bob), 1002);
  }
  EXPECT_THAT(ann.read(), Optional(HasSubstr("joined")));
  EXPECT_THAT(ann.read(), Optional(HasSubstr("away")));
  ann.send(R"({"type":"leave"})");
  EXPECT_EQ(ann.read_close().code, 1000);
}

TEST_F(Hostile, ping_is_answered_with_its_payload) {
  RawClient ann = raw_join(server_, kAnn);
  ann.send(client_frame(0x89, "are you there"));
  EXPECT_EQ(ann.read_exactly(15),
            "\x8A\x0D"
            "are you there");
}

// RFC 6455 §5.5.3: what the kernel does not take is one pong, however many pings there were.
TEST_F(Hostile, who_pings_and_reads_nothing_queues_one_pong) {
  RawClient ann = raw_join(server_, kAnn);
  constexpr std::size_t kPings = 150'000;  // their pongs are far more than two sockets hold
  const std::string ping = client_frame(0x89, std::string(125, 'p'));
  std::string pings;
  for (std::size_t i = 0; i < kPings; ++i) pings += ping;
  ann.send(pings);
  ann.send(client_frame(0x88, std::string("\x03\xE8", 2)));
  EXPECT_LT(ann.read_all().size(), kPings * 127 / 2);
}

TEST_F(Hostile, what_comes_with_a_bad_message_is_not_looked_at) {
  RawClient ann = raw_join(server_, kAnn);
  std::string junk;
  for (int i = 0; i < 1'000; ++i) junk += client_frame(0x81, "{}");
  ann.send(junk);
  EXPECT_EQ(close_code(ann), 4000);
  EXPECT_EQ(server_->metrics().messages_received.value(), 1);
}

TEST_F(Hostile, client_that_does_not_read_is_a_slow_consumer) {
  TestServer server([](app::Config& config) {
    config.websocket.outbox_bytes_max = 100'000;
    config.websocket.close_timeout = 200ms;
    config.signaling.messages = {.capacity = 1e6, .per_second = 1e6};
  });
  RawClient ann = raw_join(server, kAnn);
  ann.shrink_receive_buffer();
  Participant bob(server, "abc-def", join_request(kBob));
  bob.read();
  const std::string message = R"({"type":"send","to":")" + id_of(kAnn) + "\"}\n" + std::string(60'000, 'x');
  for (int i = 0; i < 1'000 && server->metrics().slow_consumers.value() == 0; ++i) bob.send(message);
  EXPECT_GE(server->metrics().slow_consumers.value(), 1);
  EXPECT_THAT(bob.read(), Optional(HasSubstr("away")));
  EXPECT_TRUE(eventually([&] { return server->metrics().websockets_open.value() == 1; }));
}

TEST(HostileSilence, half_open_connection_is_noticed) {
  TestServer server([](app::Config& config) {
    config.websocket.ping_interval = 50ms;
    config.websocket.pong_timeout = 50ms;
  });
  RawClient ann = raw_join(server, kAnn);  // reads nothing more, answers nothing
  EXPECT_TRUE(eventually([&] { return server->metrics().websockets_dead.value() == 1; }));
  EXPECT_TRUE(eventually([&] { return server->metrics().websockets_open.value() == 0; }));
}

// What comes in is no answer to a ping that cannot go out.
TEST(HostileSilence, client_that_sends_but_takes_nothing_is_dead) {
  TestServer server([](app::Config& config) {
    config.websocket.ping_interval = 50ms;
    config.websocket.pong_timeout = 200ms;
    config.websocket.outbox_bytes_max = 64 << 20;
    config.signaling.messages = {.capacity = 1e6, .per_second = 1e6};
  });
  RawClient ann = raw_join(server, kAnn);
  ann.shrink_receive_buffer();
  Participant bob(server, "abc-def", join_request(kBob));
  bob.read();
  const std::string message = R"({"type":"send","to":")" + id_of(kAnn) + "\"}\n" + std::string(60'000, 'x');
  for (int i = 0; i < 300; ++i) bob.send(message);
  EXPECT_TRUE(eventually([&] {
    ann.send(client_frame(0x8A, ""));
    return server->metrics().websockets_dead.value() == 1;
  }));
}

TEST(HostileSilence, client_that_answers_pings_stays) {
  TestServer server([](app::Config& config) { config.websocket.ping_interval = 30ms; });
  RawClient ann = raw_join(server, kAnn);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ann.read_exactly(2), std::string("\x89\0", 2));
    ann.send(client_frame(0x8A, ""));
  }
  EXPECT_EQ(server->metrics().websockets_dead.value(), 0);
}

TEST(HostileSilence, slow_request_is_dropped_at_the_deadline) {
  TestServer server([](app::Config& config) { config.front_door.request_timeout = 100ms; });
  RawClient silent(server.port());
  RawClient slow(server.port());
  slow.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(slow.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_expired.value() == 2; }));
}

TEST(HostileSilence, idle_connection_is_dropped_at_the_deadline) {
  TestServer server([](app::Config& config) { config.http.idle_timeout = 100ms; });
  RawClient client(server.port());
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 200);
  EXPECT_EQ(client.read_all(), "");
}

TEST(HostileCrowd, too_many_connections_from_an_address_are_told_so) {
  TestServer server([](app::Config& config) {
    config.limits.per_address_max = 2;
    config.limits.refusals_max = 1;
  });
  RawClient first(server.port());
  RawClient second(server.port());
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_accepted.value() == 2; }));
  {
    RawClient third(server.port());
    third.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const Answer answer = read_answer(third);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "10");
    EXPECT_EQ(third.read_all(), "");
  }
  const auto joined = [&] {
    RawClient fourth(server.port());
    fourth.send(upgrade_request(server, "abc-def", join_protocols(join_request(kAnn))));
    const std::string told = fourth.read_until("\x88");
    return told.contains("too_many_connections") && told.contains("retryAfter");
  };
  EXPECT_TRUE(eventually(joined));  // once the place of the third is free
  EXPECT_GE(server->metrics().connections_refused.value(), 2);
}

TEST(HostileCrowd, connections_beyond_are_closed_unheard_and_places_come_back) {
  TestServer server([](app::Config& config) {
    config.limits.total_max = 1;
    config.limits.refusals_max = 0;
  });
  auto first = std::make_unique<RawClient>(server.port());
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_accepted.value() == 1; }));
  EXPECT_EQ(RawClient(server.port()).read_all(), "");
  first.reset();
  EXPECT_TRUE(eventually([&] { return get(server, "/healthz").status == 200; }));
}

TEST(HostileCrowd, flood_of_messages_is_told_so) {
  TestServer server;
  Participant ann(server, "abc-def", join_request(kAnn));
  ann.read();
  const std::string message = R"({"type":"send","to":")" + id_of(kBob) + "\"}\n";
  for (int i = 0; i < 400; ++i) ann.send(message);
  std::optional<std::string> told;
  do {
    told = ann.read();
  } while (told && !told->contains("rate_limited"));
  EXPECT_THAT(told, Optional(HasSubstr("retryAfter")));
}

TEST(HostilePort, garbage_is_closed_and_counted) {
  TestServer server;
  RawClient tls(server.port());
  tls.send("\x16\x03\x01\x02\x00");
  EXPECT_EQ(tls.read_all(), "");
  RawClient garbage(server.port());
  garbage.send("\xFF\xFF\xFF\xFF");
  EXPECT_EQ(garbage.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_tls.value() == 1; }));
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_unknown.value() == 1; }));
}

}  // namespace
}  // namespace plntry::test
