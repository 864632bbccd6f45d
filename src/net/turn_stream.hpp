// A STUN or TURN client over TCP or TLS (RFC 8489 §6.2.2, RFC 8656 §2.1), on the loop that let it in. While idle it
// owns a stream, one pending wait and no buffer.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "net/connection_limits.hpp"
#include "net/metrics.hpp"
#include "net/stream.hpp"
#include "net/turn_loop.hpp"
#include "stun/stream_framer.hpp"

namespace plntry::net {

class TurnStream final : public Ticked, public TurnSession, public std::enable_shared_from_this<TurnStream> {
 public:
  struct Config {
    Duration idle_timeout = 30s;                     // between whole messages, while there is no allocation
    Duration message_timeout = 10s;                  // from a message's first byte to its last
    std::size_t stranger_message_bytes_max = 4'096;  // of who has no allocation
    std::size_t stranger_outbox_bytes_max = 16'384;  // unsent; what comes on top is dropped
    std::size_t outbox_bytes_max = 262'144;          // … with an allocation: a quarter of a second at 8 Mbit/s
  };

  TurnStream(TurnLoop& turn, Stream stream, const turn::FiveTuple& client, ConnectionLimits::Ticket ticket,
             const Config& config, Metrics& metrics);
  ~TurnStream() override;

  // Serves until the client is done, goes wrong or is too slow. `received`: what has been read from it already.
  void start(std::vector<std::uint8_t> received = {});

  bool send(Bytes header, Bytes data, std::size_t padding) override;
  void flush() override;
  void allocation_ended() override;
  void become_data(turn::ConnectionId connection) override { connection_ = connection; }
  void move_to(TurnLoop& other) override { destination_ = &other; }
  void handle_tick(TimePoint now) override;

 private:
  void read_when_ready(Io blocked);
  void read();
  bool handle_received(Now now);
  bool take_messages(Now now);
  void leave();
  void close();

  TurnLoop& turn_;
  const Config& config_;
  Metrics& metrics_;
  Stream stream_;
  ConnectionLimits::Ticket ticket_;
  turn::FiveTuple client_;
  stun::StreamFramer framer_;
  std::vector<std::uint8_t> outbox_;
  std::size_t sent_ = 0;                          // of `outbox_`
  std::vector<std::uint8_t> in_hand_;             // the message that is to be handled elsewhere
  std::optional<turn::ConnectionId> connection_;  // whose data this becomes
  TurnLoop* destination_ = nullptr;               // the loop that this goes to
  bool has_allocation_ = false;
  bool awaiting_write_ = false;
  bool is_closed_ = false;
  TimePoint message_began_;  // while one is half received
  TimePoint last_message_;
};

}  // namespace plntry::net
