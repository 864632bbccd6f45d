// One participant's WebSocket (RFC 6455, text only, no extensions). Lives on one loop; talks to the hub through
// `Signalling`. While idle it owns a stream, one pending wait and no buffer: bytes are read into the loop's inbox, and
// an outgoing message is the hub's shared text until the kernel has taken it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "net/carrier.hpp"
#include "net/connection_limits.hpp"
#include "net/liveness.hpp"
#include "net/loop.hpp"
#include "net/metrics.hpp"
#include "net/stream.hpp"
#include "net/websocket_frame.hpp"
#include "signaling/hub.hpp"

namespace plntry::net {

class Signalling;

class WebSocket final : public Carrier, public Ticked, public std::enable_shared_from_this<WebSocket> {
 public:
  // `upgrade` is the 101 response; it leaves together with the first frame.
  WebSocket(Loop& loop, Stream stream, ConnectionLimits::Ticket ticket, const Config& config, Metrics& metrics,
            Signalling& signalling, std::string upgrade);
  ~WebSocket() override;

  void start() override;
  void enqueue(signaling::Text text) override;
  void enqueue_close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  void handle_tick(TimePoint now) override;

 private:
  enum class State : std::uint8_t { open, closing, closed };
  struct Outgoing {
    signaling::Text text;
    Opcode opcode;  // `continuation`: raw bytes, no frame around them
  };

  static std::size_t wire_size(const Outgoing& outgoing);

  void read_when_ready(Io blocked);
  void read();
  void decode(MutableBytes input);
  void handle_frame(const Frame& frame);
  void handle_text(std::string_view text);
  void handle_ping(std::string_view payload);
  void handle_bad_request();
  void handle_close(std::string_view payload);
  void handle_fault(FrameError error);
  void push(Outgoing outgoing);
  void drop_unsent();
  void flush_when_ready(Io blocked);
  Io send_some();
  void advance(std::size_t sent);
  void compact();
  void close();

  Loop& loop_;
  const Config& config_;
  Metrics& metrics_;
  Signalling& signalling_;
  Stream stream_;
  ConnectionLimits::Ticket ticket_;
  FrameDecoder decoder_;
  std::vector<Outgoing> outbox_;
  std::uint32_t outbox_head_ = 0;   // index of the first that is not wholly sent
  std::uint32_t head_sent_ = 0;     // bytes of it that are
  std::uint32_t outbox_bytes_ = 0;  // of all that is not wholly sent
  State state_ = State::open;
  bool deaf_ = false;         // nothing more is understood: input is read and dropped until the end
  bool peer_closed_ = false;  // its close frame has come
  bool pong_waits_ = false;
  bool awaiting_write_ = false;
  Liveness liveness_;
  TimePoint closes_by_ = TimePoint::max();
};

}  // namespace plntry::net
