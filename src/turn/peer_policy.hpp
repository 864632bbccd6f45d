// Which addresses a client may reach through the relay. A relay stands inside somebody's network: without this, every
// stranger with credentials stands there too.
#pragma once

#include <vector>

#include "base/endpoint.hpp"
#include "base/prefix.hpp"

namespace plntry::turn {

class PeerPolicy {
 public:
  struct Config {
    std::vector<Prefix> allow;        // overrides what is refused by default, for LANs and tests
    std::vector<Prefix> deny;         // overrides `allow`
    std::vector<Endpoint> listeners;  // where this server itself listens: never a peer, whatever is allowed
  };

  explicit PeerPolicy(Config config) : config_(std::move(config)) {}

  // `deny`, then `allow`, then the addresses of the listeners and the special-purpose ranges; the rest is allowed.
  bool allows(const IpAddress& address) const;
  // Whether `address` is allowed by name, so that more than another allocation's relayed address may be reached on it.
  bool allows_explicitly(const IpAddress& address) const;
  bool denies_explicitly(const IpAddress& address) const;
  // A listener on the unspecified address listens on every one.
  bool is_listener(const Endpoint& endpoint) const;

 private:
  Config config_;
};

}  // namespace plntry::turn
