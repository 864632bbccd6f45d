// Which ICE servers a browser is told: this server's own STUN and relay, under the name by which the page reached it,
// and services elsewhere. Credentials are made for one session at a time and expire.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "signaling/ice.hpp"

namespace plntry::net {

// A STUN or TURN service elsewhere.
struct IceService {
  std::string server;  // an RTCIceServer in JSON, without its credentials if they are made with the secret
  std::string secret;  // shared with the service, never told anybody; empty: it needs none, or they stand in `server`
  std::chrono::seconds lifetime{3'600};  // of what is made with the secret
};

// How browsers may be told to reach our own relay.
struct RelayTransports {
  bool udp = true;
  bool tcp = true;
  bool tls = true;  // on TCP
};

class IceServers final : public signaling::IceSource {
 public:
  struct Config {
    bool relay = false;
    bool tls = false;          // the port speaks TLS
    std::string relay_host;    // of our own, as in a URL; empty: where the page comes from
    std::uint16_t port = 0;    // of our own, as browsers reach it
    std::string relay_secret;  // what the relay's ephemeral credentials are made with
    RelayTransports transports;
    Duration lifetime = 10min;  // of credentials for our own relay, in whole seconds
    std::vector<IceService> services;
  };

  explicit IceServers(Config config) : config_(std::move(config)) {}

  signaling::IceOffer offer(signaling::SessionId session, const signaling::Entrance& entrance, Now now) override;

  // Of our own relay for who came in by `entrance`, the quickest first; none when it is off.
  std::vector<std::string> relay_urls(const signaling::Entrance& entrance) const;

 private:
  std::string authority(const signaling::Entrance& entrance) const;

  Config config_;
};

// What the relay knows a session as: the user in the names of its credentials (turn::user_of).
std::string relay_user(signaling::SessionId session);

// A STUN or TURN URL (RFC 7064, RFC 7065) that no browser stumbles over.
bool is_ice_url(std::string_view url);

// Chromium sends to no other port below 1024.
constexpr bool is_port_of_browsers(std::uint16_t port) {
  return port == 53 || port == 80 || port == 443 || port >= 1024;
}

// Of the ports that we listen on, the one to name to browsers: that which most networks let through.
std::uint16_t port_for_browsers(std::span<const Endpoint> listen);

}  // namespace plntry::net
