// An allocation (RFC 8656 §6): one client's use of one or two relayed transport addresses.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "stun/types.hpp"
#include "turn/authentication.hpp"
#include "turn/channel_binding.hpp"
#include "turn/connections.hpp"
#include "turn/effects.hpp"
#include "turn/envelope.hpp"
#include "turn/ledger.hpp"
#include "turn/mobility.hpp"
#include "turn/permission.hpp"

namespace plntry::turn {

// What an Allocate request asks for.
struct AllocateWish {
  IpFamily family = IpFamily::v4;
  bool both_families = false;
  PortWish port = PortWish::any;
  std::optional<std::uint64_t> reservation_token;
  std::optional<std::uint32_t> lifetime_s;
  bool is_mobile = false;
  RelayProtocol protocol = RelayProtocol::udp;
};

struct Allocation {
  FiveTuple client;
  Owner owner;
  Ledger::Seat seat;
  WallTime started;

  // The Allocate request and its answer: a retransmission gets the same one (RFC 8489 §6.3.1).
  Envelope allocate;
  std::uint32_t lifetime_s = 0;
  PortWish port_wish = PortWish::any;
  std::optional<std::uint64_t> reservation_token;

  // By IpFamily. A wanted address is still to be opened until there is one or an error.
  struct Side {
    bool wanted = false;
    std::optional<RelayId> relay;
    std::optional<stun::ErrorCode> error;
  };
  std::array<Side, 2> sides;
  std::optional<RelayId> opening;  // asked for and not yet there
  std::uint8_t failed_attempts = 0;
  bool is_open = false;  // every side is settled and the client has its answer
  RelayProtocol protocol = RelayProtocol::udp;

  Permissions permissions;
  ChannelBindings channels;
  std::vector<ConnectionId> connections;  // of a TCP allocation
  std::unique_ptr<Mobility> mobility;     // of those that asked for it
  Usage usage;
  Usage metered;  // the part of `usage` that `Relay::meter` has told of

  Side& side(IpFamily family) { return sides[static_cast<std::size_t>(family)]; }
  const Side& side(IpFamily family) const { return sides[static_cast<std::size_t>(family)]; }
};

// A relayed transport address: one of an allocation's, or asked for and still to be.
struct RelayedAddress {
  Endpoint address;  // as clients and peers see it
  AllocationId owner;
  bool is_open = false;
  bool is_spare = false;     // to be reserved once it is open (RFC 8656 §7.2, EVEN-PORT)
  bool claims_next = false;  // the port behind it was claimed with it and is not asked for yet
  TimePoint expires = TimePoint::max();
};

}  // namespace plntry::turn
