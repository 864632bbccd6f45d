// TLS on the port that everything has: what was plain works inside of it, and whoever breaks it harms nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tls_client.hpp"
#include "stun/message.hpp"

namespace plntry::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kAnn = secret(1);
const std::string kBob = secret(2);
const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

void self_signed(app::Config& config) { config.tls.self_signed = true; }

TlsClient secure_join(const TestServer& server, const std::string& secret, int version = TLS1_3_VERSION) {
  TlsClient client(server, {.version = version});
  client.send(upgrade_request(server, "abc-def", join_protocols(join_request(secret))));
  client.read_until("}}");  // the end of the welcome
  return client;
}

std::string message_to(const std::string& secret, std::string_view body) {
  return client_frame(0x81, R"({"type":"send","to":")" + id_of(secret) + "\"}\n" + std::string{body});
}

class TlsOf : public testing::TestWithParam<int> {
 protected:
  TestServer server_{self_signed};
};
INSTANTIATE_TEST_SUITE_P(Version, TlsOf, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& each) { return each.param == TLS1_2_VERSION ? "v1_2" : "v1_3"; });

TEST_P(TlsOf, page_is_served_and_the_connection_kept) {
  TlsClient client(server_, {.version = GetParam()});
  ASSERT_TRUE(client.is_secured());
  EXPECT_EQ(client.version(), GetParam());
  for (int i = 0; i < 3; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: " + server_.authority() + "\r\n\r\n");
    const Answer page = read_answer(client);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body, get(server_, "/").body);
  }
}

// Only there is the certificate known to be good for the name that the page came by.
TEST_P(TlsOf, browsers_are_told_of_the_relay_over_tls) {
  const IdentityFiles files;
  files.renew();
  TestServer server([&](app::Config& config) {
    config.tls.certificate_file = files.certificate();
    config.tls.key_file = files.key();
    config.public_addresses = {IpAddress::v4(127, 0, 0, 1)};
  });
  TlsClient client(server, {.version = GetParam()});
  client.send(upgrade_request(server, "abc-def", join_protocols(join_request(kAnn))));
  EXPECT_THAT(client.read_until("}}"), HasSubstr("turns:localhost:" + std::to_string(server.port())));
  RawClient plain(server.port());
  plain.send(upgrade_request(server, "abc-def", join_protocols(join_request(kBob))));
  EXPECT_THAT(plain.read_until("}}"), testing::Not(HasSubstr("turns:")));
}

// Nobody can click a warning away there.
TEST_P(TlsOf, browsers_are_told_of_no_relay_that_they_would_refuse) {
  TestServer server([](app::Config& config) {
    config.tls.self_signed = true;
    config.public_addresses = {IpAddress::v4(127, 0, 0, 1)};
  });
  TlsClient client(server, {.version = GetParam()});
  client.send(upgrade_request(server, "abc-def", join_protocols(join_request(kAnn))));
  EXPECT_THAT(client.read_until("}}"), testing::AllOf(HasSubstr("turn:"), testing::Not(HasSubstr("turns:"))));
}

// HTTP is served on every loop, WebSockets on one: of eight connections some move, with their TLS.
TEST_P(TlsOf, websockets_move_to_the_hub_and_carry_messages) {
  TlsClient ann = secure_join(server_, kAnn, GetParam());
  for (std::uint8_t i = 0; i < 8; ++i) {
    TlsClient bob = secure_join(server_, kBob, GetParam());
    bob.send(message_to(kAnn, "from bob " + std::to_string(i)));
    EXPECT_THAT(ann.read_until("from bob " + std::to_string(i)), HasSubstr(id_of(kBob)));
    ann.send(message_to(kBob, "from ann"));
    EXPECT_THAT(bob.read_until("from ann"), HasSubstr(id_of(kAnn)));
  }
}

TEST_P(TlsOf, stun_is_answered_with_and_without_alpn) {
  const std::string request(
      "\x00\x01\x00\x00\x21\x12\xA4\x42"
      "abcdefghijkl",
      20);
  for (const std::vector<std::string>& protocols :
       {std::vector<std::string>{}, {"stun.nat-discovery"}, {"stun.turn"}}) {
    TlsClient client(server_, {.version = GetParam(), .protocols = protocols});
    client.send(request);
    const std::string head = client.read_exactly(20);
    ASSERT_THAT(head, StartsWith(std::string("\x01\x01", 2)));
    const std::string answer = head + client.read_exactly(load_be16(as_bytes(head), 2));
    EXPECT_TRUE(stun::MessageView::parse(as_bytes(answer)));
  }
}

TEST_P(TlsOf, sessions_are_resumed) {
  TlsClient first(server_, {.version = GetParam()});
  first.send(kGet);
  EXPECT_EQ(read_answer(first).status, 200);
  const auto session = first.session();
  TlsClient second(server_, {.version = GetParam(), .resume = session.get()});
  EXPECT_TRUE(second.is_resumed());
  second.send(kGet);
  EXPECT_EQ(read_answer(second).status, 200);
}

TEST_P(TlsOf, large_messages_arrive_whole_however_late_they_are_read) {
  TestServer server([](app::Config& config) {
    config.tls.self_signed = true;
    config.websocket.outbox_bytes_max = 64 << 20;
    config.websocket.ping_interval = 10min;
    config.signaling.messages = {.capacity = 1e6, .per_second = 1e6};
  });
  TlsClient ann = secure_join(server, kAnn, GetParam());
  TlsClient bob = secure_join(server, kBob, GetParam());
  constexpr int kMessages = 200;  // of 60 kB: far more than two sockets hold
  for (int i = 0; i < kMessages; ++i) bob.send(message_to(kAnn, std::string(60'000, 'x') + std::to_string(i) + '.'));
  EXPECT_TRUE(eventually([&] { return server->metrics().messages_received.value() == kMessages; }));
  for (int i = 0; i < kMessages; ++i) {
    const std::string end = std::string(1'000, 'x') + std::to_string(i) + '.';
    ASSERT_TRUE(ann.read_until(end).ends_with(end)) << i;
  }
}

// RFC 7301 §3.2, RFC 7443.
TEST(Tls, alpn_chooses_among_what_is_offered_and_refuses_what_is_unknown) {
  TestServer server(self_signed);
  EXPECT_EQ(TlsClient(server, {.protocols = {"h2", "http/1.1"}}).protocol(), "http/1.1");
  EXPECT_EQ(TlsClient(server, {.protocols = {"stun.turn"}}).protocol(), "stun.turn");
  EXPECT_EQ(TlsClient(server, {.protocols = {"stun.nat-discovery", "stun.turn"}}).protocol(), "stun.turn");
  EXPECT_FALSE(TlsClient(server, {.protocols = {"h2"}}).is_secured());
  EXPECT_EQ(TlsClient(server).protocol(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().tls_failures.value() == 1; }));
}

TEST(Tls, versions_before_1_2_are_refused) {
  TestServer server(self_signed);
  EXPECT_FALSE(TlsClient(server, {.version = TLS1_1_VERSION}).is_secured());
}

TEST(TlsHostile, half_a_handshake_is_dropped_at_the_deadline) {
  TestServer server([](app::Config& config) {
    config.tls.self_signed = true;
    config.front_door.request_timeout = 100ms;
  });
  RawClient slow(server.port());
  slow.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  EXPECT_EQ(slow.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_expired.value() == 1; }));
  EXPECT_TRUE(eventually([&] { return server->metrics().tls_failures.value() == 1; }));
}

TEST(TlsHostile, silence_after_the_handshake_is_dropped_at_the_deadline) {
  TestServer server([](app::Config& config) {
    config.tls.self_signed = true;
    config.front_door.request_timeout = 300ms;
  });
  TlsClient silent(server);
  ASSERT_TRUE(silent.is_secured());
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_expired.value() == 1; }));
  EXPECT_EQ(server->metrics().tls_failures.value(), 0);
}

TEST(TlsHostile, what_is_no_handshake_is_told_so_and_counted) {
  TestServer server(self_signed);
  RawClient garbage(server.port());
  garbage.send("\x16" + std::string(600, 'x'));
  EXPECT_LE(garbage.read_all().size(), 7) << "an alert at most";
  EXPECT_TRUE(eventually([&] { return server->metrics().tls_failures.value() == 1; }));
}

TEST(TlsHostile, garbage_and_tls_inside_of_tls_are_closed_and_counted) {
  TestServer server(self_signed);
  for (const std::string& bytes : {std::string{"\xFF\xFF\xFF"}, std::string{"\x16\x03\x01\x02"}}) {
    TlsClient client(server);
    client.send(bytes);
    EXPECT_EQ(client.read_all(), "");
  }
  EXPECT_TRUE(eventually([&] { return server->metrics().connections_unknown.value() == 2; }));
}

TEST(TlsHostile, broken_record_ends_a_session_and_nobody_elses) {
  TestServer server(self_signed);
  TlsClient ann = secure_join(server, kAnn);
  TlsClient bob = secure_join(server, kBob);
  bob.send_raw(std::string(100, '\x17'));
  EXPECT_EQ(bob.read_all(), "");
  EXPECT_THAT(ann.read_until("away"), HasSubstr("joined"));
}

TEST(TlsHostile, connection_that_ends_without_a_word_is_noticed) {
  TestServer server(self_signed);
  TlsClient ann = secure_join(server, kAnn);
  EXPECT_EQ(server->metrics().websockets_open.value(), 1);
  ann.vanish();
  EXPECT_TRUE(eventually([&] { return server->metrics().websockets_open.value() == 0; }));
}

// Browsers give the camera to https and to this machine; and a proxy knows best what it does.
TEST(TlsPage, plain_http_from_elsewhere_is_sent_to_https) {
  TestServer server(self_signed);
  const auto ask = [&](const std::string& path, const std::string& headers) {
    RawClient client(server.port());
    client.send("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n");
    return read_answer(client);
  };
  const Answer redirect = ask("/abc-def?x", "Host: calls.example:8080\r\n");
  EXPECT_EQ(redirect.status, 308);
  EXPECT_EQ(redirect.header("Location"), "https://calls.example:8080/abc-def?x");
  EXPECT_EQ(ask("/", "Host: localhost:8080\r\n").status, 200);
  EXPECT_EQ(ask("/", "Host: 127.0.0.1\r\n").status, 200);
  EXPECT_EQ(ask("/", "Host: [::1]:8080\r\n").status, 200);
  EXPECT_EQ(ask("/", "Host: calls.example\r\nX-Forwarded-Proto: https\r\n").status, 200);
  EXPECT_EQ(ask("/healthz", "Host: calls.example\r\n").status, 200);

  TestServer plain;
  EXPECT_EQ(get(plain, "/").status, 200);
}

TEST(TlsPage, page_that_came_without_tls_is_another_origin) {
  TestServer server(self_signed);
  const auto join = [&](const std::string& scheme) {
    TlsClient client(server);
    client.send(upgrade_request(server, "abc-def", join_protocols(join_request(kAnn)),
                                "Origin: " + scheme + server.authority() + "\r\n"));
    return read_answer(client).status;
  };
  EXPECT_EQ(join("http://"), 403);
  EXPECT_EQ(join("https://"), 101);
}

class TlsFiles : public testing::Test {
 protected:
  net::Tls::Config config() const { return {.certificate_file = files_.certificate(), .key_file = files_.key()}; }
  std::string refusal() const {
    try {
      net::Tls tls(config());
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }
  IdentityFiles files_;
};

TEST_F(TlsFiles, certificate_that_cannot_serve_is_refused_in_words) {
  EXPECT_EQ(refusal(), "");
  files_.renew_key_only();
  EXPECT_THAT(refusal(), HasSubstr("is not that of the first certificate"));
  files_.encrypt_key();
  EXPECT_THAT(refusal(), HasSubstr("without a password"));
  files_.write_certificate("nothing");
  EXPECT_THAT(refusal(), HasSubstr("holds no certificate in PEM"));
  std::filesystem::remove(files_.certificate());
  EXPECT_THAT(refusal(), HasSubstr("certificate.pem cannot be read: No such file"));
}

TEST_F(TlsFiles, new_certificate_is_for_new_connections_and_ends_no_session) {
  TestServer server([&](app::Config& serving) { serving.tls = config(); });
  TlsClient ann = secure_join(server, kAnn);
  const std::string fresh = files_.renew();
  EXPECT_NE(ann.fingerprint(), fresh);
  ASSERT_TRUE(server->tls().reload());
  TlsClient bob = secure_join(server, kBob);
  EXPECT_EQ(bob.fingerprint(), fresh);
  bob.send(message_to(kAnn, "still there?"));
  EXPECT_THAT(ann.read_until("still there?"), HasSubstr(id_of(kBob)));
}

TEST_F(TlsFiles, bad_files_leave_the_certificate_that_was) {
  TestServer server([&](app::Config& serving) { serving.tls = config(); });
  const std::string before = TlsClient(server).fingerprint();
  files_.renew_key_only();
  const auto reloaded = server->tls().reload();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error(), HasSubstr("is not that of the first certificate"));
  EXPECT_EQ(TlsClient(server).fingerprint(), before);
}

TEST_F(TlsFiles, change_is_seen_once_both_files_have_settled) {
  net::Tls tls(config());
  EXPECT_FALSE(tls.is_stale());
  files_.renew();
  EXPECT_FALSE(tls.is_stale()) << "may still be being written";
  EXPECT_TRUE(tls.is_stale());
  ASSERT_TRUE(tls.reload());
  EXPECT_FALSE(tls.is_stale());
  files_.write_certificate("nothing");
  EXPECT_FALSE(tls.is_stale());
  EXPECT_TRUE(tls.is_stale());
  EXPECT_FALSE(tls.reload());
  EXPECT_FALSE(tls.is_stale()) << "tried in vain, and not again before the next change";
}

}  // namespace
}  // namespace plntry::test
