// One WebSocket connection of the load generator: RFC 6455, the client's side, without blocking. As lean as it can be
// and not a bit more lenient: whatever it does not expect ends the run, because it would make the numbers lie.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace plntry::bench {

class Connection {
 public:
  using OnText = std::function<void(std::string_view)>;

  // Begins to connect to 127.0.0.1:`port` and sends `request`, an HTTP upgrade, as soon as it is connected.
  Connection(std::uint16_t port, std::string request);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const { return descriptor_; }
  bool wants_to_write() const { return sent_ < outbox_.size(); }

  // Leaves with the next `writable`.
  void append_text(std::string_view text);
  void writable();
  // Reads what has come and hands out each text message, borrowed for the call. Answers pings.
  void readable(const OnText& on_text);

 private:
  void append_frame(std::uint8_t opcode, std::string_view payload);
  bool take_response();
  bool take_frame(const OnText& on_text);

  int descriptor_;
  bool upgraded_ = false;
  std::string outbox_;
  std::size_t sent_ = 0;
  std::string inbox_;
  std::size_t taken_ = 0;
};

// The request that upgrades `target`; `fields` are further header lines, each ended by CRLF.
std::string upgrade_request(std::string_view target, std::string_view fields);

}  // namespace plntry::bench
