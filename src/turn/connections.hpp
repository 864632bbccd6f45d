// TCP allocations (RFC 6062): a client's relayed address takes part in TCP connections with peers, and each of them is
// joined to a second connection of the client, its data connection.
//
//   1. Connect asks for one (`OpenConnection`, then `handle_connected`), or a peer that has a permission comes by
//   itself
//      (`handle_incoming`), which the client learns from a ConnectionAttempt indication.
//   2. It waits, unread, for half a minute. A ConnectionBind that names it, over a connection of its own, makes that
//   one
//      the client's data connection: `JoinConnection`. From there on the loop moves bytes and asks `relay_bytes` for
//      each piece; the relay never sees them.
//   3. Either side closes (`handle_connection_closed`), or the allocation ends (`CloseConnection`).
//
// CONNECTION-ID names the loop that the allocation lives on, for the kernel may hand the client's second connection to
// another one: its relay asks for it to be moved (`MoveClient`) before anything is made of its message.
#pragma once

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "turn/effects.hpp"
#include "turn/envelope.hpp"

namespace plntry::turn {

inline constexpr Duration kConnectTimeout = 30s;  // RFC 6062 §5.2: at least
inline constexpr Duration kBindTimeout = 30s;     // §5.2, §5.3

struct PeerConnection {
  enum class State : std::uint8_t { opening, pending, joined };

  AllocationId owner;
  Endpoint peer;
  std::uint32_t wire_id = 0;  // CONNECTION-ID
  State state = State::opening;
  Envelope connect{};  // the request that is to be answered once it is open
};

enum class Direction : std::uint8_t { to_peer, to_client };

}  // namespace plntry::turn
