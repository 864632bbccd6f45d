#include "net/event_client.hpp"

#include <boost/json.hpp>

#include "base/bytes.hpp"

namespace plntry::test {

EventClient::EventClient(const TestServer& server, const std::string& room, const std::string& request,
                         std::string_view headers)
    : server_(server), stream_(server.port()) {
  const std::string body = join_protocols(request);
  stream_.send("POST /api/rooms/" + room + "/events HTTP/1.1\r\nHost: " + server.authority() + "\r\n" +
               std::string{headers} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  head_ = stream_.read_until("\r\n\r\n");
  stream_.read_until("\n\n");  // padding
  constexpr std::string_view kOpen = R"({"token":")";
  const std::string open = event();
  const std::size_t at = open.find(kOpen);
  if (at != std::string::npos) token_ = open.substr(at + kOpen.size(), 32);
}

std::string EventClient::event() {
  std::string event = stream_.read_until("\n\n");
  if (event.ends_with("\n\n")) event.resize(event.size() - 2);
  return event;
}

std::string EventClient::frame() {
  constexpr std::string_view kData = "data: ";
  constexpr std::string_view kClose = "event: close\ndata: {\"code\":";
  for (;;) {
    const std::string next = event();
    if (next.starts_with(kData)) return std::string{boost::json::parse(next.substr(kData.size())).as_string()};
    if (next.starts_with(kClose)) close_code_ = static_cast<unsigned>(std::stoul(next.substr(kClose.size())));
    if (!next.starts_with("event: ping")) return {};
  }
}

unsigned EventClient::post(const std::vector<std::string>& frames) { return post(++posts_, frames); }

unsigned EventClient::post(std::uint64_t number, const std::vector<std::string>& frames) {
  return test::post(server_, "/api/frames", post_text(token_, number, frames)).status;
}

std::string post_text(std::string_view token, std::uint64_t number, const std::vector<std::string>& frames) {
  std::string text = std::string{token} + ' ' + std::to_string(number);
  for (const std::string& frame : frames) text += ' ' + std::to_string(frame.size());
  text += '\n';
  for (const std::string& frame : frames) text += frame;
  return text;
}

Answer post(const TestServer& server, std::string_view target, std::string_view body, std::string_view headers) {
  RawClient client(server.port());
  client.send("POST " + std::string{target} + " HTTP/1.1\r\nHost: " + server.authority() + "\r\n" +
              std::string{headers} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  client.send(body);
  return read_answer(client);
}

}  // namespace plntry::test
