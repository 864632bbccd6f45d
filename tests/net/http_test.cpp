#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "net/harness.hpp"

namespace plntry::test {
namespace {

class Http : public testing::Test {
 protected:
  TestServer server_;
};

TEST_F(Http, page_is_served_for_the_root_and_for_every_room) {
  const Answer root = get(server_, "/");
  EXPECT_EQ(root.status, 200);
  EXPECT_EQ(root.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(root.header("Cache-Control"), "no-cache");
  EXPECT_EQ(get(server_, "/abc-defg-hij").body, root.body);
  EXPECT_EQ(get(server_, "/abc-defg-hij?x").body, root.body);
}

TEST_F(Http, page_may_do_no_more_than_it_must) {
  const Answer page = get(server_, "/");
  const std::string policy = page.header("Content-Security-Policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self';")) << policy;
  EXPECT_TRUE(policy.contains("frame-ancestors 'none'"));
  EXPECT_FALSE(policy.contains("unsafe"));
  EXPECT_EQ(page.header("Permissions-Policy"), "camera=(self), microphone=(self), display-capture=(self)");
  EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page.header("Cross-Origin-Opener-Policy"), "same-origin");
}

TEST_F(Http, page_comes_compressed_to_who_can_read_that) {
  const Answer plain = get(server_, "/");
  for (const std::string coding : {"br", "gzip"}) {
    const Answer compressed = get(server_, "/", "Accept-Encoding: " + coding + "\r\n");
    EXPECT_EQ(compressed.header("Content-Encoding"), coding);
    EXPECT_LT(compressed.body.size(), plain.body.size());
    EXPECT_EQ(compressed.header("Vary"), "Accept-Encoding");
    EXPECT_NE(compressed.header("ETag"), plain.header("ETag"));
  }
}

TEST_F(Http, known_page_is_not_sent_again) {
  const std::string etag = get(server_, "/").header("ETag");
  const Answer again = get(server_, "/", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.header("ETag"), etag);
  EXPECT_EQ(again.body, "");
}

TEST_F(Http, head_is_get_without_the_body) {
  const Answer page = get(server_, "/");
  const Answer head = get(server_, "/", {}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), page.header("Content-Length"));
  RawClient client(server_.port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\n"));
}

TEST_F(Http, connection_is_kept_for_further_requests) {
  RawClient client(server_.port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(read_answer(client).body, "ok\n");
  }
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(read_answer(client).body, "ok\n") << "pipelined";
  EXPECT_EQ(read_answer(client).body, "ready\n");
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(Http, other_methods_and_bodies_are_refused) {
  const Answer post = get(server_, "/", {}, "POST");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.header("Allow"), "GET, HEAD");
  EXPECT_EQ(get(server_, "/", "Content-Length: 5\r\n").status, 413);
  EXPECT_EQ(get(server_, "/", "Transfer-Encoding: chunked\r\n").status, 413);
  EXPECT_EQ(get(server_, "/", "Transfer-Encoding: identity\r\n").status, 413);
}

TEST_F(Http, unknown_places_are_not_found) {
  EXPECT_EQ(get(server_, "/assets/none-12345678.js").status, 404);
  EXPECT_EQ(get(server_, "/api/rooms").status, 404);
  EXPECT_EQ(get(server_, "/../../etc/passwd").status, 404);
  EXPECT_EQ(get(server_, "/%2e%2e/etc/passwd").status, 404);
}

TEST_F(Http, what_is_no_http_is_told_so) {
  RawClient client(server_.port());
  client.send("GARBAGE\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 400);
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(Http, request_names_one_host) {
  RawClient none(server_.port());
  none.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(read_answer(none).status, 400);
  EXPECT_EQ(get(server_, "/", "Host: other\r\n").status, 400);
}

TEST_F(Http, header_is_bounded) {
  RawClient client(server_.port());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
  EXPECT_EQ(read_answer(client).status, 431);
}

TEST_F(Http, metrics_are_for_this_machine_and_not_through_a_proxy) {
  const Answer metrics = get(server_, "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_TRUE(metrics.body.contains("\nplntry_http_requests_total 1\n")) << metrics.body;
  EXPECT_TRUE(metrics.body.contains("plntry_errors_total{code=\"room_full\"} 0"));
  EXPECT_EQ(get(server_, "/metrics", "X-Forwarded-For: 192.0.2.1\r\n").status, 404);
  EXPECT_EQ(get(server_, "/metrics", "Forwarded: for=192.0.2.1\r\n").status, 404);
}

TEST(HttpMetrics, can_be_off_or_open) {
  TestServer off([](app::Config& config) { config.http.metrics = net::MetricsAccess::off; });
  EXPECT_EQ(get(off, "/metrics").status, 404);
  TestServer all([](app::Config& config) { config.http.metrics = net::MetricsAccess::all; });
  EXPECT_EQ(get(all, "/metrics", "X-Forwarded-For: 192.0.2.1\r\n").status, 200);
}

TEST_F(Http, join_without_an_upgrade_is_refused_with_words) {
  EXPECT_EQ(get(server_, "/api/rooms/abc-def/join").status, 426);
  RawClient old(server_.port());
  std::string request = upgrade_request(server_, "abc-def", "plntry.v1");
  old.send(request.replace(request.find("Version: 13"), 11, "Version: 8"));
  const Answer answer = read_answer(old);
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(answer.header("Sec-WebSocket-Version"), "13");
  RawClient other(server_.port());
  other.send(upgrade_request(server_, "abc-def", "chat"));
  EXPECT_EQ(read_answer(other).status, 400);
}

TEST(HttpWebRoot, serves_files_and_nothing_outside_of_it) {
  namespace fs = std::filesystem;
  const fs::path base = fs::path{testing::TempDir()} / ("plntry-web-root-" + std::to_string(::getpid()));
  fs::create_directories(base / "root" / "assets");
  std::ofstream(base / "root" / "index.html") << "<p>page";
  std::ofstream(base / "root" / "assets" / "x.js") << "1";
  std::ofstream(base / "root" / ".secret") << "secret";
  std::ofstream(base / "outside.txt") << "secret";
  fs::create_symlink(base / "outside.txt", base / "root" / "link.txt");
  fs::create_directory_symlink(base, base / "root" / "up");

  TestServer server([&](app::Config& config) { config.web_root = base / "root"; });
  EXPECT_EQ(get(server, "/some-room").body, "<p>page");
  const Answer script = get(server, "/assets/x.js");
  EXPECT_EQ(script.body, "1");
  EXPECT_EQ(script.header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(get(server, "/assets/x.js", "If-None-Match: " + script.header("ETag") + "\r\n").status, 304);
  for (const char* target : {"/../outside.txt", "/assets/../../outside.txt", "/link.txt", "/up/outside.txt", "/.secret",
                             "/assets/", "/..%2foutside.txt", "//etc/passwd", "/etc/passwd"}) {
    EXPECT_EQ(get(server, target).status, 404) << target;
  }
  std::ofstream(base / "root" / "index.html") << "<p>changed";
  EXPECT_EQ(get(server, "/").body, "<p>changed");
  fs::remove_all(base);

  EXPECT_THROW(TestServer([&](app::Config& config) { config.web_root = base; }), std::runtime_error);
}

TEST(HttpDrain, is_told_to_load_balancers) {
  TestServer server;
  RawClient client(server.port());
  client.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 200);
  server->drain();
  client.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(read_answer(client).status, 503);
}

}  // namespace
}  // namespace plntry::test
