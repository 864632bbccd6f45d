// Mobility (RFC 8016): an allocation follows its client to a new 5-tuple, from WiFi to LTE. The client proves with a
// ticket which allocation it means, and with its credentials that it is its owner.
//
// The new 5-tuple is only coming at first: the answer to the Refresh may be lost, and the old path may still work. So
// both are valid, peers' data takes the old one, and the client's first use of the new one ends the old one.
//
// The kernel may hash the new 5-tuple to another loop than the one the allocation lives on. A ticket names its loop:
//   1. The relay that gets the Refresh returns `ToLoop`; its loop gives a copy to `handle_guest` of that loop's relay.
//      From then on it passes on whatever comes from this 5-tuple: `ToLoop` again, a return value as media is. To wait
//      for an answer would be to lose what the client sends at once.
//   2. `GuestReleased`, answered by `handle_released`, ends it: the allocation is over or elsewhere, or the client was
//      refused, or it was never there.
//   3. `GuestGone` tells that the client's connection closed.
// What goes to the client goes out on the allocation's loop: over UDP from that loop's own socket on the same port. A
// connection (TCP, TLS, DTLS) stays on the loop that accepted it: a loop that is to send to a 5-tuple which it does
// not have passes the message to the loop that `GuestHosted` named.
#pragma once

#include <array>
#include <optional>

#include "base/random.hpp"
#include "stun/message.hpp"
#include "turn/effects.hpp"

namespace plntry::turn {

// What nobody can guess or make: a random secret, and a seal by which any loop of the server knows its own tickets. So
// one that was never given (400) is told from one whose allocation is over (437), with nothing remembered.
class MobilityTicket {
 public:
  using Secret = std::array<std::uint8_t, 16>;
  using Key = std::array<std::uint8_t, 32>;
  static constexpr std::size_t kSealSize = 16;
  using Wire = std::array<std::uint8_t, 2 + Secret{}.size() + kSealSize>;

  static MobilityTicket draw(std::uint16_t loop, Random& random) {
    MobilityTicket ticket;
    ticket.loop = loop;
    random.fill(ticket.secret);
    return ticket;
  }
  // Nothing for what was not sealed with `key`.
  static std::optional<MobilityTicket> from_wire(Bytes value, const Key& key);
  Wire wire(const Key& key) const;

  friend bool operator==(const MobilityTicket&, const MobilityTicket&) = default;

  std::uint16_t loop = 0;
  Secret secret{};
};

struct MobilityTicketHash {
  // Random as it is: what strangers choose is looked up and never kept.
  std::size_t operator()(const MobilityTicket& ticket) const { return load_be64(ticket.secret, 0); }
};

// A path to a client, and the loop that passes on what comes over it, if that is another one.
struct ClientPath {
  FiveTuple client;
  std::optional<std::uint16_t> guest_of;
};

// What a mobile allocation knows beyond others.
struct Mobility {
  MobilityTicket ticket;
  std::optional<MobilityTicket> previous;  // valid until it is clear that the client has got `ticket`
  std::optional<ClientPath> coming;        // where the client has announced itself
  std::optional<std::uint16_t> guest_of;   // of the allocation's present 5-tuple
  bool is_away = false;                    // the connection to the client is gone and no other one is there yet

  bool was_given(const MobilityTicket& shown) const { return shown == ticket || is_previous(shown); }
  bool is_previous(const MobilityTicket& shown) const { return previous && shown == *previous; }
};

}  // namespace plntry::turn
