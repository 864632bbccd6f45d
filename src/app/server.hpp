// The whole program but for its command line: opens the sockets, runs the loops, drains and stops.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "app/config.hpp"
#include "app/discovery_place.hpp"
#include "app/relay_place.hpp"
#include "net/assets.hpp"
#include "net/connection_limits.hpp"
#include "net/discovery_udp.hpp"
#include "net/front_door.hpp"
#include "net/http.hpp"
#include "net/ice.hpp"
#include "net/loop.hpp"
#include "net/metrics.hpp"
#include "net/signalling.hpp"
#include "net/tls.hpp"
#include "net/turn_loops.hpp"
#include "net/turn_udp.hpp"
#include "usage/store.hpp"

namespace plntry::app {

class Server {
 public:
  // Opens the sockets. Throws net::ListenError or std::runtime_error, in words for whoever starts it.
  explicit Server(Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();
  // Nobody new comes in, and everyone is told to come back later. Ask `is_drained` when they have gone.
  void drain();
  bool is_drained() const { return metrics_.websockets_open.value() == 0 && metrics_.event_streams_open.value() == 0; }
  void stop();

  // What it listens on, ports as they are.
  const std::vector<Endpoint>& endpoints() const { return config_.listen; }
  // What browsers are told for STUN and the relay.
  std::uint16_t ice_port() const { return config_.ice.port; }
  const net::Metrics& metrics() const { return metrics_; }
  const RelayPlace& relay_place() const { return place_; }
  const DiscoveryPlace& discovery_place() const { return discovery_; }
  // Of one thread, whichever started it.
  net::Tls& tls() { return tls_; }

 private:
  Config config_;
  RelayPlace place_;
  DiscoveryPlace discovery_;
  net::Metrics metrics_;
  net::ConnectionLimits limits_;
  net::Assets assets_;
  net::Tls tls_;
  std::atomic<bool> draining_ = false;
  std::unique_ptr<usage::Store> books_;
  // Everything below holds sockets of the loops; what the loops hold refers to what stands above.
  std::vector<std::unique_ptr<net::Loop>> loops_;
  std::unique_ptr<net::IceServers> ice_;
  std::unique_ptr<net::Signalling> signalling_;
  std::unique_ptr<net::Http> http_;
  std::vector<std::unique_ptr<net::FrontDoor>> front_doors_;
  std::unique_ptr<net::TurnLoops> turn_;
  std::vector<std::unique_ptr<net::TurnUdp>> turn_udp_;
  std::vector<std::unique_ptr<net::DiscoveryUdp>> discovery_udp_;
};

}  // namespace plntry::app
