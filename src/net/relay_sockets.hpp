// The sockets at one loop's relayed transport addresses, and the book of those that are reserved and wait for whichever
// loop their client comes to (RFC 8656 §7.2).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/poller.hpp"
#include "net/udp_socket.hpp"
#include "turn/effects.hpp"

namespace plntry::net {

// Shared by the loops; bounded by the ledger, which hands the tokens out.
class ReservedSockets {
 public:
  void put(std::uint64_t token, UdpSocket socket);
  std::optional<UdpSocket> take(std::uint64_t token);

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, UdpSocket> sockets_;
};

class RelaySockets {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void handle_relay_ready(turn::RelayId relay, const UdpSocket& socket, std::uint32_t events, Now now) = 0;
  };
  struct Config {
    std::optional<IpAddress> bind_v4;  // where relayed addresses are on this machine; none: not that family
    std::optional<IpAddress> bind_v6;
  };

  RelaySockets(const Config& config, Poller& poller, ReservedSockets& reserved, Receiver& receiver);
  ~RelaySockets();

  // False when the port is another program's, or the system gives no socket.
  bool open(const turn::OpenRelay& effect);
  bool adopt(const turn::AdoptRelay& effect);
  void reserve(const turn::ReserveRelay& effect);
  void discard(const turn::DiscardReserved& effect);
  void close(turn::RelayId relay);
  // Null once it is closed.
  const UdpSocket* find(turn::RelayId relay) const;

 private:
  struct Open;

  bool add(turn::RelayId relay, UdpSocket socket);
  std::unique_ptr<Open> take(turn::RelayId relay);

  const Config& config_;
  Poller& poller_;
  ReservedSockets& reserved_;
  Receiver& receiver_;
  std::vector<std::unique_ptr<Open>> open_;  // by RelayId::index
};

}  // namespace plntry::net
