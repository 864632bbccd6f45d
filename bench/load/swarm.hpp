// Many TURN clients and their peers in one thread: allocates, then sends media at an even pace and counts what is
// delivered. It never sleeps while media runs, so that the server's sends wake nobody up: a real relay's receivers
// are on other machines.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "load/links.hpp"
#include "load/turn_client.hpp"

namespace plntry::bench {

enum class Mode : std::uint8_t {
  channel,      // ChannelData over UDP
  indications,  // Send and Data over UDP, as Firefox does
  tcp,          // ChannelData over TCP
  relayed,      // ChannelData over UDP to another client's relayed address: clients 2n and 2n + 1 are each other's peer
};
enum class Direction : std::uint8_t { to_peer, to_client, both };

struct Shape {
  Mode mode;
  Direction direction;
  std::size_t payload;  // bytes
  unsigned burst;       // packets of one client back to back
  bool coalesced;       // bursts reach the server as one segmented datagram each
};

struct Tally {
  std::uint64_t sent = 0;
  std::uint64_t to_peers = 0;    // delivered
  std::uint64_t to_clients = 0;  // delivered
  double seconds = 0;            // of sending
  double skipped_seconds = 0;    // by how much the generator fell behind its own pace: it is the bottleneck
};

class Swarm {
 public:
  Swarm(std::uint16_t server, Account account, Shape shape);

  // `count` more allocations, at most `kWindow` requests under way.
  void allocate(std::size_t count);
  // Opens each client's way to its peer.
  void open();
  // `rate` packets a second over all clients, in turns.
  Tally run(double rate, std::chrono::nanoseconds duration);

 private:
  struct Client {
    std::unique_ptr<Link> link;
    TurnClient turn;
    std::vector<std::uint8_t> message;  // with what goes to the peer
    std::vector<std::uint8_t> payload;  // what the peer sends
  };

  void advance(std::size_t begin, bool (TurnClient::*is_done)() const);
  Endpoint peer_of(std::size_t client) const;
  void prepare_messages();
  std::vector<std::uint8_t> payload_of(std::size_t client) const;
  std::vector<std::uint8_t> message_of(std::size_t client, Bytes payload) const;
  void send_burst(std::uint64_t turn);
  void drain(std::size_t port);
  void drain_until_silent();
  void heard_by_client(std::size_t client, Bytes message);
  void heard_by_peer(Bytes payload);
  std::optional<std::uint32_t> sender_of(Bytes payload) const;

  std::uint16_t server_;
  Account account_;
  Shape shape_;
  SeededRandom random_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<UdpPort>> peers_;
  std::uint32_t run_ = 0;  // stands in each payload, so that what comes late from an earlier run is not counted
  Tally tally_;
};

}  // namespace plntry::bench
