// What tells one client's flow from all others (RFC 8656 §2, "5-tuple").
#pragma once

#include "base/endpoint.hpp"

namespace plntry::turn {

enum class Transport : std::uint8_t { udp, tcp, tls, dtls };

constexpr bool is_stream(Transport transport) { return transport == Transport::tcp || transport == Transport::tls; }
// What a relayed transport address speaks with peers; TCP in TCP allocations (RFC 6062).
enum class RelayProtocol : std::uint8_t { udp, tcp };

// Whether whoever speaks has shown that it receives at the address it speaks from.
constexpr bool proves_source(Transport transport) { return transport != Transport::udp; }

struct FiveTuple {
  Endpoint client;
  Endpoint server;
  Transport transport = Transport::udp;

  friend constexpr auto operator<=>(const FiveTuple&, const FiveTuple&) = default;
};

struct FiveTupleHash {
  std::uint64_t seed = 0;
  std::size_t operator()(const FiveTuple& tuple) const {
    return hash(tuple.client,
                seed ^ (std::uint64_t{tuple.server.port} << 8 | static_cast<std::uint64_t>(tuple.transport)));
  }
};

}  // namespace plntry::turn
