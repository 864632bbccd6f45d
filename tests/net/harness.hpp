// A whole server in this process, on free ports of loopback, and clients that give up after a while.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "app/server.hpp"

namespace plntry::test {

// Far more than anything here takes; what is awaited longer has failed.
constexpr Duration kPatience = 20s;

class TestServer {
 public:
  explicit TestServer(const std::function<void(app::Config&)>& configure = {});

  std::uint16_t port() const { return server_->endpoints().front().port; }
  std::string authority() const { return "localhost:" + std::to_string(port()); }
  app::Server& operator*() { return *server_; }
  app::Server* operator->() { return server_.get(); }

 private:
  std::unique_ptr<app::Server> server_;
};

// Bytes over TCP.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  RawClient(RawClient&&) = default;
  virtual ~RawClient() = default;

  virtual void send(std::string_view bytes);
  // Until `end` has come, and with it. Shorter when the connection ended before.
  std::string read_until(std::string_view end);
  std::string read_exactly(std::size_t size);
  // So that little waits in the kernel when nothing is read.
  void shrink_receive_buffer();
  // Everything until the connection ends.
  std::string read_all();
  // Ends the connection without a word of whatever is spoken on it.
  void vanish();

 protected:
  // What has come, or comes next; 0 when the connection ended.
  virtual std::size_t receive(std::span<char> chunk);
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  std::size_t read_some();

  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
  boost::asio::ip::tcp::socket socket_{*io_};
  std::string buffer_;
};

// An HTTP answer, split.
struct Answer {
  unsigned status = 0;
  std::string head;
  std::string body;
  std::string header(std::string_view name) const;  // empty when absent
};
Answer read_answer(RawClient& client, bool head_only = false);
// One request on a connection of its own. `headers` end in CRLF each; Host is added.
Answer get(const TestServer& server, std::string_view target, std::string_view headers = {},
           std::string_view method = "GET");

std::string secret(std::uint8_t number);       // of a participant
std::string id_of(const std::string& secret);  // its participant id
std::string join_protocols(const std::string& request_json);
std::string join_request(const std::string& secret, std::string_view more = {});

// A participant, on Beast's WebSocket: an implementation that is not ours.
class Participant {
 public:
  struct Closed {
    std::uint16_t code = 0;
    std::string reason;
  };

  // Joins `room` at once.
  Participant(const TestServer& server, const std::string& room, const std::string& request);
  ~Participant();

  void send(std::string_view text);
  void send_binary(std::string_view bytes);
  // The next text message; nothing when the connection ended.
  std::optional<std::string> read();
  // Reads until the end and tells how it ended.
  Closed read_close();
  void close();
  // Drops the connection without a word.
  void vanish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The frame of a client that masks with zeros. `first` is the first byte: FIN, reserved bits and opcode.
std::string client_frame(std::uint8_t first, std::string_view payload);
// The whole request that joins `room`.
std::string upgrade_request(const TestServer& server, const std::string& room, const std::string& protocols,
                            std::string_view headers = {});

// Asks again and again; false when it does not come true.
bool eventually(const std::function<bool()>& condition);

}  // namespace plntry::test
