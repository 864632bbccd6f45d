#include "net/client_http.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <ctime>
#include <vector>

#include <time.h>

#include "net/clock.hpp"

namespace plntry::net {
namespace {

constexpr std::size_t kAnswerMax = 64 * 1024;
constexpr std::string_view kEnd = "\r\n\r\n";

bool read_more(ClientSocket& socket, std::string& text, TimePoint until) {
  std::array<std::uint8_t, 4096> chunk;
  if (text.size() > kAnswerMax) return false;
  const auto size = socket.receive(chunk, until);
  if (size) text.append(reinterpret_cast<const char*>(chunk.data()), *size);
  return size.has_value();
}

bool is_same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string ClientAnswer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_same_name(line.substr(0, colon), name)) continue;
    const std::size_t begin = line.find_first_not_of(' ', colon + 1);
    return begin == std::string_view::npos ? std::string{} : std::string{line.substr(begin)};
  }
  return {};
}

std::optional<ClientAnswer> ask(ClientSocket& socket, std::string_view host, std::string_view target,
                                std::string_view fields, TimePoint until) {
  const std::string request =
      "GET " + std::string{target} + " HTTP/1.1\r\nHost: " + std::string{host} + "\r\n" + std::string{fields} + "\r\n";
  if (!socket.send(as_bytes(request))) return std::nullopt;
  std::string text;
  std::size_t end = std::string::npos;
  while ((end = text.find(kEnd)) == std::string::npos) {
    if (!read_more(socket, text, until)) return std::nullopt;
  }
  ClientAnswer answer{.status = 0, .head = text.substr(0, end), .body = text.substr(end + kEnd.size())};
  constexpr std::string_view kStart = "HTTP/1.1 ";
  if (!text.starts_with(kStart) && !text.starts_with("HTTP/1.0 ")) return std::nullopt;
  std::from_chars(text.data() + kStart.size(), text.data() + kStart.size() + 3, answer.status);
  std::size_t length = 0;
  const std::string field = answer.header("Content-Length");
  std::from_chars(field.data(), field.data() + field.size(), length);
  while (answer.status != 101 && answer.body.size() < std::min(length, kAnswerMax)) {
    if (!read_more(socket, answer.body, until)) break;
  }
  return answer;
}

std::optional<FirstFrame> read_frame(ClientSocket& socket, std::string received, TimePoint until) {
  const auto fill = [&](std::size_t size) {
    while (received.size() < size) {
      if (!read_more(socket, received, until)) return false;
    }
    return true;
  };
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(received[at]); };
  for (;;) {  // RFC 6455 §5.2; a server's frames are not masked, and plntry fragments none
    if (!fill(2)) return std::nullopt;
    const std::uint8_t opcode = byte(0) & 0x0F;
    std::size_t size = byte(1) & 0x7F;
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (!fill(2 + more)) return std::nullopt;
    if (more > 0) size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(2 + i);
    if (size > kAnswerMax || !fill(2 + more + size)) return std::nullopt;
    const std::string payload = received.substr(2 + more, size);
    received.erase(0, 2 + more + size);
    if (opcode == 0x1) return FirstFrame{true, payload};
    if (opcode == 0x8) return FirstFrame{false, payload.size() > 2 ? payload.substr(2) : std::string{}};
  }
}

void answer_pings(ClientSocket& socket) {
  constexpr std::size_t kControlMax = 125;  // RFC 6455 §5.5
  std::array<std::uint8_t, 4096> buffer;
  while (const auto size = socket.receive(buffer, now().mono + 1ms)) {
    const std::size_t length = *size > 1 ? buffer[1] : 0;
    if (buffer[0] != 0x89 || length > kControlMax || *size < 2 + length) continue;
    std::vector<std::uint8_t> pong{0x8A, static_cast<std::uint8_t>(0x80 | length), 0, 0, 0, 0};  // masked with zeros
    pong.insert(pong.end(), buffer.begin() + 2, buffer.begin() + 2 + static_cast<std::ptrdiff_t>(length));
    socket.send(pong);
  }
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  std::tm parts{};
  const std::string owned{text};
  const char* end = ::strptime(owned.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (!end || *end != '\0') return std::nullopt;
  return WallTime{std::chrono::seconds{::timegm(&parts)}};
}

}  // namespace plntry::net
