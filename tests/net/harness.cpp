#include "net/harness.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "signaling/types.hpp"

namespace plntry::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

// Runs one asynchronous operation to its end; gives its error and size.
template <typename Start>
std::pair<error_code, std::size_t> await(asio::io_context& io, Start start) {
  std::optional<std::pair<error_code, std::size_t>> result;
  start([&](error_code error, std::size_t size = 0) { result = {error, size}; });
  io.restart();
  io.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(kPatience));
  if (!result) throw std::runtime_error("nothing happened for too long");
  return *result;
}

}  // namespace

TestServer::TestServer(const std::function<void(app::Config&)>& configure) {
  app::Config config;
  config.listen = {*Endpoint::parse("[::]:0")};
  config.threads = 2;
  config.tick = 20ms;
  if (configure) configure(config);
  server_ = std::make_unique<app::Server>(config);
  server_->start();
}

RawClient::RawClient(std::uint16_t port, const std::string& address) {
  socket_.connect({asio::ip::make_address(address), port});
}

void RawClient::send(std::string_view bytes) {
  error_code ignored;  // a server that has closed is seen when reading
  asio::write(socket_, asio::buffer(bytes), ignored);
}

std::size_t RawClient::receive(std::span<char> chunk) {
  const auto [error, size] = await(*io_, [&](auto handler) {
    socket_.async_read_some(asio::buffer(chunk.data(), chunk.size()), std::move(handler));
  });
  return error ? 0 : size;
}

std::size_t RawClient::read_some() {
  std::array<char, 16'384> chunk;
  const std::size_t size = receive(chunk);
  buffer_.append(chunk.data(), size);
  return size;
}

void RawClient::vanish() {
  error_code ignored;
  socket_.close(ignored);
}

std::string RawClient::read_until(std::string_view end) {
  std::size_t at = buffer_.find(end);
  while (at == std::string::npos && read_some() > 0) at = buffer_.find(end);
  return read_exactly(at == std::string::npos ? buffer_.size() : at + end.size());
}

std::string RawClient::read_exactly(std::size_t size) {
  while (buffer_.size() < size && read_some() > 0) {
  }
  std::string front = buffer_.substr(0, size);
  buffer_.erase(0, front.size());
  return front;
}

void RawClient::shrink_receive_buffer() { socket_.set_option(asio::socket_base::receive_buffer_size(4'096)); }

std::string RawClient::read_all() {
  while (read_some() > 0) {
  }
  return std::exchange(buffer_, {});
}

std::string Answer::header(std::string_view name) const {
  const std::string line = "\r\n" + std::string{name} + ": ";
  const std::size_t at = head.find(line);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + line.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Answer read_answer(RawClient& client, bool head_only) {
  Answer answer;
  answer.head = client.read_until("\r\n\r\n");
  if (!answer.head.starts_with("HTTP/1.1 ")) return answer;
  answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
  const std::string length = answer.header("Content-Length");
  if (!length.empty() && !head_only) answer.body = client.read_exactly(std::stoul(length));
  return answer;
}

Answer get(const TestServer& server, std::string_view target, std::string_view headers, std::string_view method) {
  RawClient client(server.port());
  client.send(std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nHost: " + server.authority() + "\r\n" +
              std::string{headers} + "\r\n");
  return read_answer(client, method == "HEAD");
}

std::string secret(std::uint8_t number) {
  const std::vector<std::uint8_t> bytes(signaling::kSecretSize, number);
  return base64url_encode(bytes);
}

std::string id_of(const std::string& secret) {
  return std::string{signaling::participant_of(*base64url_decode(secret)).text()};
}

std::string join_protocols(const std::string& request_json) {
  return "plntry.v1, join." + base64url_encode(as_bytes(request_json));
}

std::string join_request(const std::string& secret, std::string_view more) {
  return R"({"secret":")" + secret + '"' + std::string{more} + '}';
}

struct Participant::Impl {
  asio::io_context io;
  websocket::stream<asio::ip::tcp::socket> stream{io};
  beast::flat_buffer buffer;
};

Participant::Participant(const TestServer& server, const std::string& room, const std::string& request)
    : impl_(std::make_unique<Impl>()) {
  impl_->stream.next_layer().connect({asio::ip::make_address("::1"), server.port()});
  impl_->stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& upgrade) {
    upgrade.set(beast::http::field::sec_websocket_protocol, join_protocols(request));
  }));
  const auto [error, size] = await(impl_->io, [&](auto handler) {
    impl_->stream.async_handshake(server.authority(), "/api/rooms/" + room + "/join",
                                  [handler](error_code result) mutable { handler(result); });
  });
  if (error) throw std::runtime_error("no upgrade: " + error.message());
}

Participant::~Participant() = default;

void Participant::send(std::string_view text) {
  impl_->stream.text(true);
  await(impl_->io, [&](auto handler) { impl_->stream.async_write(asio::buffer(text), std::move(handler)); });
}

void Participant::send_binary(std::string_view bytes) {
  impl_->stream.binary(true);
  await(impl_->io, [&](auto handler) { impl_->stream.async_write(asio::buffer(bytes), std::move(handler)); });
}

std::optional<std::string> Participant::read() {
  impl_->buffer.clear();
  const auto [error, size] =
      await(impl_->io, [&](auto handler) { impl_->stream.async_read(impl_->buffer, std::move(handler)); });
  if (error) return std::nullopt;
  return std::string{static_cast<const char*>(impl_->buffer.data().data()), impl_->buffer.size()};
}

Participant::Closed Participant::read_close() {
  while (read()) {
  }
  const websocket::close_reason& reason = impl_->stream.reason();
  return {reason.code, std::string{reason.reason.data(), reason.reason.size()}};
}

void Participant::close() {
  await(impl_->io, [&](auto handler) {
    impl_->stream.async_close(websocket::close_code::normal, [handler](error_code result) mutable { handler(result); });
  });
}

void Participant::vanish() {
  error_code ignored;
  impl_->stream.next_layer().close(ignored);
}

std::string client_frame(std::uint8_t first, std::string_view payload) {
  std::string frame{static_cast<char>(first)};
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() <= 0xFFFF) {
    frame += static_cast<char>(0x80 | 126);
    frame += {static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  } else {
    frame += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(payload.size() >> shift);
  }
  frame += std::string(4, '\0');
  return frame.append(payload);
}

std::string upgrade_request(const TestServer& server, const std::string& room, const std::string& protocols,
                            std::string_view headers) {
  return "GET /api/rooms/" + room + "/join HTTP/1.1\r\nHost: " + server.authority() +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " +
         protocols + "\r\n" + std::string{headers} + "\r\n";
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace plntry::test
