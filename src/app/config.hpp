// Everything that can be set, filled from the command line, the environment and a file (in this order of precedence).
// Each layer declares its own part and its defaults; the names, bounds and words of the options stand in options.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "net/connection_limits.hpp"
#include "net/dtls.hpp"
#include "net/forwarded.hpp"
#include "net/front_door.hpp"
#include "net/http.hpp"
#include "net/ice.hpp"
#include "net/tls.hpp"
#include "net/turn_loop.hpp"
#include "net/turn_stream.hpp"
#include "net/websocket.hpp"
#include "signaling/config.hpp"
#include "usage/store.hpp"

namespace plntry::app {

enum class Relaying : std::uint8_t { off, on };
enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

// A second address for NAT behaviour discovery.
struct StunAlternate {
  IpAddress shown;         // as clients see it
  IpAddress bound;         // this machine's
  std::uint16_t port = 0;  // the second one, of both addresses; 0: the one after the first
};

struct Config {
  std::vector<Endpoint> listen{{IpAddress::v6({}), 8080}};
  unsigned threads = 0;  // 0: as many as there are cores
  net::TrustedProxies trusted_proxies;
  std::string web_root;  // empty: the embedded page
  Duration drain_timeout = 10s;
  Duration tick = 500ms;  // precision of the network's deadlines

  Relaying relay = Relaying::on;
  std::vector<IpAddress> public_addresses;     // at most one of a family
  std::vector<StunAlternate> stun_alternates;  // at most one of a family

  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;

  signaling::Config signaling;
  net::ConnectionLimits::Config limits;
  net::Tls::Config tls;
  net::FrontDoor::Config front_door;
  net::TurnStream::Config turn_stream;
  net::Dtls::Config dtls;
  net::Http::Config http;
  net::IceServers::Config ice;
  net::WebSocket::Config websocket;
  net::TurnLoop::Config turn;
  turn::Ledger::Config ledger;
  usage::Store::Config usage;
};

}  // namespace plntry::app
