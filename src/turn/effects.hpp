// What the relay asks of its loop, as values. Media packets are return values (`Forward`); everything rarer is an
// `Effect`, to be drained after each call, in order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/slot_map.hpp"
#include "base/time.hpp"
#include "turn/channel_data.hpp"
#include "turn/five_tuple.hpp"

namespace plntry::turn {

using AllocationId = SlotId<struct AllocationTag>;
// One relayed transport address, that is one socket of the loop.
using RelayId = SlotId<struct RelayTag>;
// One TCP connection between a relayed address and a peer (RFC 6062).
using ConnectionId = SlotId<struct ConnectionTag>;

// Payload, without any header.
struct Usage {
  std::uint64_t packets_to_peer = 0;
  std::uint64_t bytes_to_peer = 0;
  std::uint64_t packets_to_client = 0;
  std::uint64_t bytes_to_client = 0;

  friend Usage operator-(const Usage& all, const Usage& part) {
    return {all.packets_to_peer - part.packets_to_peer, all.bytes_to_peer - part.bytes_to_peer,
            all.packets_to_client - part.packets_to_client, all.bytes_to_client - part.bytes_to_client};
  }
  friend bool operator==(const Usage&, const Usage&) = default;
};

// `data` goes out of the relay's socket to `peer`. Borrows the datagram that it came in.
struct ToPeer {
  RelayId relay;
  Endpoint peer;
  Bytes data;
  bool dont_fragment = false;  // the client asked for the DF bit (RFC 8656 §14)
};

// `header`, `data` and `padding` zero octets go to the client as one message. Borrows the datagram that `data` came in.
class ToClient {
 public:
  static constexpr std::size_t kMaxHeaderSize = 56;  // a Data indication of an ICMP error toward an IPv6 peer

  ToClient(const FiveTuple& to, Bytes payload) : client(to), data(payload) {}

  FiveTuple client;
  Bytes data;
  std::uint8_t padding = 0;

  Bytes header() const { return Bytes{header_}.first(header_size_); }
  MutableBytes header_buffer() { return header_; }
  void set_header_size(std::size_t size) { header_size_ = static_cast<std::uint8_t>(size); }

 private:
  std::array<std::uint8_t, kMaxHeaderSize> header_;
  std::uint8_t header_size_ = 0;
};

// For another loop's relay: give a copy of `datagram` to its `handle_guest` (mobility.hpp).
struct ToLoop {
  std::uint16_t loop;
  FiveTuple client;
  Bytes datagram;
};

using Forward = std::variant<ToPeer, ToClient, ToLoop>;

// A STUN message for a client.
struct Reply {
  static constexpr std::size_t kMaxSize = 512;

  FiveTuple to;
  std::uint16_t size = 0;
  std::array<std::uint8_t, kMaxSize> buffer;

  Bytes bytes() const { return Bytes{buffer}.first(size); }
};

// The answer of a server whose NAT behaviour discovery (RFC 5780) is on. It goes out of the socket that is bound to
// `to.server`, which need not be the one that the request came to, nor `to.client` where it came from.
struct DiscoveryReply {
  FiveTuple to;
  std::vector<std::uint8_t> bytes;  // PADDING makes it too long for a Reply
};

// Bind a UDP socket to `port` of the relay's address of this family, or listen there for TCP; then call
// `handle_relay_opened`.
struct OpenRelay {
  RelayId relay;
  IpFamily family;
  std::uint16_t port;
  RelayProtocol protocol = RelayProtocol::udp;
};
struct CloseRelay {
  RelayId relay;
};

// A reserved address (RFC 8656 §7.2) may be redeemed on another loop than the one that opened it. So its socket leaves
// the loop for a book that all loops share, and waits there under its token.
struct ReserveRelay {
  RelayId relay;  // names nothing any more
  std::uint64_t token;
};
// Take the socket over from the book, then call `handle_relay_opened` as for `OpenRelay`.
struct AdoptRelay {
  RelayId relay;
  std::uint64_t token;
};
// Nobody came: close the socket in the book.
struct DiscardReserved {
  std::uint64_t token;
};

// Mobility between loops (mobility.hpp). `client`'s datagrams come in on `loop`, and its allocation is here: if it is a
// connection, what goes to it goes out there.
struct GuestHosted {
  FiveTuple client;
  std::uint16_t loop;
};
// No longer: call `handle_released` there, with this loop's number.
struct GuestReleased {
  FiveTuple client;
  std::uint16_t loop;
};
// The connection of a client that `loop` hosts has closed: call `handle_client_gone` there.
struct GuestGone {
  FiveTuple client;
  std::uint16_t loop;
};

// TCP allocations (connections.hpp). Connect from the relayed address to `peer`, then call `handle_connected`.
struct OpenConnection {
  ConnectionId connection;
  RelayId relay;
  Endpoint peer;
};
// Whatever comes over `client`'s connection from here on goes to the peer as it is, and the other way.
struct JoinConnection {
  ConnectionId connection;
  FiveTuple client;
};
// Close it, and the client's that is joined to it.
struct CloseConnection {
  ConnectionId connection;
};
// What `client` asks for is on another loop: its connection goes there, with the message in hand.
struct MoveClient {
  FiveTuple client;
  std::uint16_t loop;
};

// A channel binding became live, or ceased to be: what a fast path in the kernel needs to know.
struct RouteAdded {
  FiveTuple client;
  ChannelNumber channel;
  RelayId relay;
  Endpoint peer;
};
struct RouteRemoved {
  FiveTuple client;
  ChannelNumber channel;
  RelayId relay;
  Endpoint peer;
};

enum class EndReason : std::uint8_t { deleted, expired, client_gone, revoked };

// The account of an allocation that is over.
struct AllocationEnded {
  FiveTuple client;
  std::string user;
  WallTime started;
  Usage usage;
  Usage unmetered;  // the part of `usage` that `Relay::meter` has not told of
  EndReason reason;
};

using Effect = std::variant<Reply, DiscoveryReply, OpenRelay, CloseRelay, ReserveRelay, AdoptRelay, DiscardReserved,
                            GuestHosted, GuestReleased, GuestGone, OpenConnection, JoinConnection, CloseConnection,
                            MoveClient, RouteAdded, RouteRemoved, AllocationEnded>;

}  // namespace plntry::turn
