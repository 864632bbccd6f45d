// The relay of one loop at work: gives the core what has come, and performs what it returns. Knows sockets and clocks,
// nothing of TURN.
//
// Whoever receives from clients (`TurnUdp`, a TCP, TLS or DTLS session) calls `handle_message` for each message and
// `finish_batch` before the buffer that the messages were borrowed from is used again.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/outbox.hpp"
#include "net/pace.hpp"
#include "net/relay_sockets.hpp"
#include "net/system_random.hpp"
#include "net/tcp_relay.hpp"
#include "turn/relay.hpp"

namespace plntry::net {

class TurnLoop;

// A client's connection, when it is more than a source of datagrams. Lives on the loop of its `TurnLoop`.
class TurnSession {
 public:
  virtual ~TurnSession() = default;
  // One message to the client: `header`, `data`, `padding` zero octets; copied or dropped, for what is slow must not
  // grow. False: dropped.
  virtual bool send(Bytes header, Bytes data, std::size_t padding) = 0;
  // What was given since the last time leaves now.
  virtual void flush() = 0;
  // The allocation is over; the connection may end when it is idle.
  virtual void allocation_ended() = 0;
  // These two of a stream, within the `handle_message` that asked for it: when that is done, the stream becomes data of
  // `connection` (`TurnLoop::join`), or starts again on another loop with the message in hand.
  virtual void become_data(turn::ConnectionId /*connection*/) {}
  virtual void move_to(TurnLoop& /*other*/) {}
};

// What one allocation relayed since it was last told.
struct Metered {
  std::string_view user;
  turn::Transport transport;
  WallTime started;
  turn::Usage usage;
  bool ended;
};

class TurnLoop final : public Ticked, private RelaySockets::Receiver, private TcpRelay::Core {
 public:
  struct Config {
    turn::Relay::Config relay;
    RelaySockets::Config sockets;
    bool can_segment = true;
    Duration meter_interval = 5s;
    // Called on the loop's thread.
    std::function<void(const Metered&)> meter;
  };
  struct State {
    turn::Counters counters;
    SendCounters udp;
    std::uint64_t sessions_full = 0;  // messages that a slow TCP or TLS client had no room for
    std::size_t allocations = 0;
  };

  // The relays of one server, by their loops' numbers.
  using All = std::vector<std::unique_ptr<TurnLoop>>;

  // `config`, `ledger`, `reserved` and `all`, which will have `count` of them, outlive it.
  TurnLoop(Loop& loop, const Config& config, turn::Ledger& ledger, ReservedSockets& reserved, const All& all,
           std::uint16_t index, std::uint16_t count);

  Loop& loop() { return loop_; }
  Poller& poller() { return poller_; }

  // Begins to serve what was added before.
  void start();

  // The UDP socket, bound to `bound`, that answers the clients which came to it.
  void add_listener(const Endpoint& bound, const UdpSocket& socket);
  // From here to `close_session` messages to `client` go to `session`. Closing ends its allocation.
  void open_session(const turn::FiveTuple& client, TurnSession& session);
  void close_session(const turn::FiveTuple& client, Now now);
  // What was a session's stream is a peer's data from here on (RFC 6062).
  void join(turn::ConnectionId connection, Stream client, ConnectionLimits::Ticket ticket,
            std::vector<std::uint8_t> early);
  // … or would have been, had the session not ended first.
  void abandon(turn::ConnectionId connection);

  // What waits at one of the poller's sockets, while it is ready; borrowed until every ready one has had its turn.
  std::span<const Train> receive(const UdpSocket& socket);
  // `message` is one datagram, or one whole message of a stream; borrowed until `finish_batch`.
  void handle_message(const turn::FiveTuple& client, Bytes message, Now now);
  // The same for a socket that is there for NAT behaviour discovery alone.
  void handle_discovery(const turn::FiveTuple& client, Bytes datagram, Now now);
  void finish_batch();
  bool has_allocation(const turn::FiveTuple& client) const {
    return relay_.usage(client).has_value() || relay_.is_hosted_elsewhere(client);
  }

  // From any thread: ends the user's allocations.
  void revoke(std::string user);
  State state() const;
  // What is not metered yet, now: the server stops.
  void meter_rest();

  void handle_tick(TimePoint now) override;

 private:
  struct Listener {
    Endpoint bound;
    const UdpSocket* socket;
  };

  bool finish_round();
  void let_gather();
  void handle_relay_ready(turn::RelayId relay, const UdpSocket& socket, std::uint32_t events, Now now) override;
  std::optional<turn::ConnectionId> handle_incoming(turn::RelayId relay, const Endpoint& peer) override;
  void settle() override;
  void handle_connected(turn::ConnectionId connection, bool connected) override;
  bool may_relay(turn::ConnectionId connection, turn::Direction direction, std::size_t size) override;
  void handle_connection_closed(turn::ConnectionId connection) override;
  void perform(const turn::ToPeer& forward);
  void perform(const turn::ToClient& forward);
  void perform(const turn::ToLoop& forward);
  void run_effects(Now now);
  void perform(const turn::Effect& effect, Now now);
  void perform_tcp(const turn::Effect& effect);
  void perform_guest(const turn::GuestReleased& released);
  void perform_guest(const turn::GuestGone& gone);
  template <typename Work>
  void post_bounded(Work work);
  void perform_reply(const turn::Reply& reply);
  void perform_discovery(const turn::DiscoveryReply& reply);
  void perform_ended(const turn::AllocationEnded& ended);
  void send_to_session(const turn::FiveTuple& client, Bytes header, Bytes data, std::size_t padding);
  static void send_to_guest(TurnLoop& other, const turn::FiveTuple& client, Bytes header, Bytes data,
                            std::size_t padding);
  void send_from_listener(const turn::FiveTuple& client, Bytes header, Bytes data, std::size_t padding);
  const Listener* listener_of(const turn::FiveTuple& client) const;
  Endpoint as_bound(const Endpoint& peer) const;
  Endpoint as_public(const Endpoint& peer) const;

  Loop& loop_;
  const Config& config_;
  SystemRandom random_;
  const All& all_;
  std::uint16_t index_;
  turn::Relay relay_;
  Poller poller_;
  Pace pace_;
  bool is_to_rest_ = false;
  bool is_behind_ = false;  // a socket has more than this round took
  UdpInbox inbox_;
  Outbox outbox_;
  RelaySockets sockets_;
  TcpRelay tcp_;
  std::vector<Listener> listeners_;
  std::unordered_map<turn::FiveTuple, TurnSession*, turn::FiveTupleHash> sessions_;
  std::vector<TurnSession*> unflushed_;  // each once
  std::vector<TurnSession*> flushing_;
  // Clients whose allocation is here and whose datagrams come in on another loop (turn/mobility.hpp): on which.
  std::unordered_map<turn::FiveTuple, std::uint16_t, turn::FiveTupleHash> guests_;
  std::atomic<std::size_t> posted_ = 0;  // by other loops, and not handled yet
  std::uint64_t sessions_full_ = 0;
  TimePoint next_meter_;
};

}  // namespace plntry::net
