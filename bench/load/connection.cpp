#include "load/connection.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/fail.hpp"

namespace plntry::bench {
namespace {

constexpr std::uint8_t kText = 0x1;
constexpr std::uint8_t kClose = 0x8;
constexpr std::uint8_t kPing = 0x9;
constexpr std::uint8_t kPong = 0xA;
// Servers unmask whatever the key is; that a load generator's is always the same protects and harms nobody.
constexpr std::array<std::uint8_t, 4> kMask{0x37, 0xA5, 0x1C, 0xE9};

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS; }

void mask(std::string& text, std::size_t start, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) text[start + i] = static_cast<char>(text[start + i] ^ kMask[i % kMask.size()]);
}

}  // namespace

std::string upgrade_request(std::string_view target, std::string_view fields) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
  request.append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n");
  return request.append(fields).append("\r\n");
}

Connection::Connection(std::uint16_t port, std::string request)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), outbox_(std::move(request)) {
  if (descriptor_ < 0) fail(std::string("opening a socket: ") + std::strerror(errno) + "; raise ulimit -n");
  const int no_delay = 1;  // as browsers do
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  // At the end reset instead of waiting in TIME_WAIT, so that the next round finds all ports free.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && !would_block()) {
    fail(std::string("connecting: ") + std::strerror(errno));
  }
}

Connection::~Connection() { close(descriptor_); }

void Connection::append_frame(std::uint8_t opcode, std::string_view payload) {
  const auto push = [this](std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
      outbox_.push_back(static_cast<char>(value >> shift & 0xFF));
  };
  push(0x80U | opcode, 1);
  if (payload.size() < 126) {
    push(0x80U | payload.size(), 1);
  } else if (payload.size() <= 0xFFFF) {
    push(0x80U | 126U, 1);
    push(payload.size(), 2);
  } else {
    push(0x80U | 127U, 1);
    push(payload.size(), 8);
  }
  for (const std::uint8_t byte : kMask) outbox_.push_back(static_cast<char>(byte));
  const std::size_t start = outbox_.size();
  outbox_.append(payload);
  mask(outbox_, start, payload.size());
}

void Connection::append_text(std::string_view text) { append_frame(kText, text); }

void Connection::writable() {
  while (sent_ < outbox_.size()) {
    const ssize_t size = send(descriptor_, outbox_.data() + sent_, outbox_.size() - sent_, MSG_NOSIGNAL);
    if (size < 0) {
      if (would_block() || errno == ENOTCONN) return;
      fail(std::string("sending: ") + std::strerror(errno));
    }
    sent_ += static_cast<std::size_t>(size);
  }
  outbox_.clear();
  sent_ = 0;
}

void Connection::readable(const OnText& on_text) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size == 0) fail("the server closed a connection");
    if (size < 0) {
      if (would_block()) return;
      fail(std::string("receiving: ") + std::strerror(errno));
    }
    inbox_.append(buffer.data(), static_cast<std::size_t>(size));
    while (upgraded_ ? take_frame(on_text) : take_response()) {
    }
    inbox_.erase(0, taken_);
    taken_ = 0;
    if (static_cast<std::size_t>(size) < buffer.size()) return;
  }
}

bool Connection::take_response() {
  const std::size_t end = inbox_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  if (!inbox_.starts_with("HTTP/1.1 101 ")) fail("the upgrade was refused: " + inbox_.substr(0, 200));
  taken_ = end + 4;
  upgraded_ = true;
  return true;
}

bool Connection::take_frame(const OnText& on_text) {
  const std::string_view rest = std::string_view(inbox_).substr(taken_);
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(rest[at]); };
  if (rest.size() < 2) return false;
  std::size_t header = 2;
  // Only the floor sends masked frames: it passes on what it reads.
  const bool masked = (byte(1) & 0x80) != 0;
  std::uint64_t length = byte(1) & 0x7F;
  if (length >= 126) {
    const std::size_t extra = length == 126 ? 2 : 8;
    if (rest.size() < 2 + extra) return false;
    length = 0;
    for (; header < 2 + extra; ++header) length = length << 8 | byte(header);
  }
  if (masked) header += kMask.size();
  if (rest.size() < header + length) return false;
  if (masked) mask(inbox_, taken_ + header, length);
  const std::string_view payload = rest.substr(header, length);
  taken_ += header + length;
  switch (byte(0)) {
    case 0x80 | kText:
      on_text(payload);
      break;
    case 0x80 | kPing:
      append_frame(kPong, payload);
      writable();
      break;
    case 0x80 | kPong:
      break;
    case 0x80 | kClose:
      fail("the server closes a connection: " + std::string(payload.substr(payload.size() < 2 ? 0 : 2)));
    default:
      fail("an unexpected frame");
  }
  return true;
}

}  // namespace plntry::bench
