// The TCP half of one loop's relay (RFC 6062): listens at relayed addresses, connects from them, holds what is not
// joined yet unread, and joins clients' data connections to their peers'.
#pragma once

#include <memory>
#include <unordered_map>

#include "net/data_pipe.hpp"
#include "net/relay_sockets.hpp"

namespace plntry::net {

class TcpRelay final : private DataPipe::Owner {
 public:
  // What it asks of its loop's relay.
  class Core {
   public:
    virtual ~Core() = default;
    virtual std::optional<turn::ConnectionId> handle_incoming(turn::RelayId relay, const Endpoint& peer) = 0;
    // Performs what comes of it, which may close it again.
    virtual void settle() = 0;
    virtual void handle_connected(turn::ConnectionId connection, bool connected) = 0;
    virtual bool may_relay(turn::ConnectionId connection, turn::Direction direction, std::size_t size) = 0;
    virtual void handle_connection_closed(turn::ConnectionId connection) = 0;
  };

  // All of these outlive it.
  TcpRelay(Loop& loop, const RelaySockets::Config& config, Core& core);
  ~TcpRelay() override;

  // False when the port is another program's, or the system gives no socket.
  bool listen(const turn::OpenRelay& effect);
  // As `effect` says, to `peer` as it is seen from this machine. The core is told of the outcome, never within the
  // call.
  void connect(const turn::OpenConnection& effect, const Endpoint& peer);
  // `client` is on this loop and has sent `early` behind its ConnectionBind.
  void join(turn::ConnectionId connection, Stream client, ConnectionLimits::Ticket ticket,
            std::vector<std::uint8_t> early);
  // These two do nothing for what is not there.
  void close(turn::RelayId relay);
  void close(turn::ConnectionId connection);

 private:
  struct Listener;
  struct Connection;

  void accept(const std::shared_ptr<Listener>& listener);
  void admit(turn::RelayId relay, TcpSocket socket);
  void handle_outcome(turn::ConnectionId id, const std::shared_ptr<Connection>& connection, bool connected);
  bool may_relay(turn::ConnectionId connection, turn::Direction direction, std::size_t size) override;
  void handle_pipe_closed(turn::ConnectionId connection) override;

  Loop& loop_;
  const RelaySockets::Config& config_;
  Core& core_;
  std::unordered_map<turn::RelayId, std::shared_ptr<Listener>> listeners_;
  std::unordered_map<turn::ConnectionId, std::shared_ptr<Connection>> connections_;
};

}  // namespace plntry::net
