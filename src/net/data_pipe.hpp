// Two connections joined: what comes out of one goes into the other as it is, both ways (RFC 6062 §5.4). Where one side
// takes nothing, or the bandwidth is used up, nothing more is read from the other, so that TCP slows down who sends.
// While nothing is under way it owns no buffer.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "net/connection_limits.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "turn/connections.hpp"

namespace plntry::net {

class DataPipe final : public Ticked, public std::enable_shared_from_this<DataPipe> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Counts them; false: not yet.
    virtual bool may_relay(turn::ConnectionId connection, turn::Direction direction, std::size_t size) = 0;
    // The last that it is told of this connection; not if the owner has closed it.
    virtual void handle_pipe_closed(turn::ConnectionId connection) = 0;
  };

  // Both streams are on `loop`. `ticket` is the client's.
  DataPipe(Loop& loop, turn::ConnectionId connection, Stream client, Stream peer, ConnectionLimits::Ticket ticket,
           Owner& owner);

  // `early`: what the client has sent already.
  void start(std::vector<std::uint8_t> early);
  void close();

  void handle_tick(TimePoint now) override;

 private:
  struct Way {
    Stream& from;
    Stream& to;
    turn::Direction direction;
    Timer pause;
    std::vector<std::uint8_t> bytes{};  // read, and not all written
    std::size_t unpaid = 0;             // of `bytes`; none is written before all are paid
    std::size_t sent = 0;               // of `bytes`
    bool has_ended = false;             // `from` will give no more
    bool is_over = false;               // … and `to` has been told
  };

  void pump(Way& way);
  bool pay(Way& way);
  bool flush(Way& way);
  void finish(Way& way);
  void wait(Way& way, Stream& stream, Io blocked);
  void fail();

  Loop& loop_;
  turn::ConnectionId connection_;
  Stream client_;
  Stream peer_;
  ConnectionLimits::Ticket ticket_;
  Owner& owner_;
  std::array<Way, 2> ways_;  // by turn::Direction
  TimePoint last_moved_;
  bool is_closed_ = false;
};

}  // namespace plntry::net
