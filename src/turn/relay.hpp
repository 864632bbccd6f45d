// The relay (RFC 8656), pure: bytes and time in, forwards and effects out. It knows no socket, clock, thread or log.
//
// The loop's side of the contract: call a `handle_*`; perform what it returns; drain `poll_effect` until it is empty;
// after the batch, read `next_deadline` and call `handle_timeout` when it comes. Media costs one look-up, a short
// search, and neither an allocation nor a copy.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline_queue.hpp"
#include "base/random.hpp"
#include "base/slot_map.hpp"
#include "stun/builder.hpp"
#include "stun/nat_discovery.hpp"
#include "turn/allocation.hpp"
#include "turn/authentication.hpp"
#include "turn/connections.hpp"
#include "turn/counters.hpp"
#include "turn/effects.hpp"
#include "turn/ledger.hpp"
#include "turn/peer_policy.hpp"
#include "turn/source_budget.hpp"

namespace plntry::turn {

// What one relay bounds by itself; what all relays of a server bound together is the ledger's.
struct Limits {
  std::size_t max_permissions = 128;  // of one allocation
  std::size_t max_channels = 64;
  std::size_t max_connections = 32;           // of one TCP allocation, with peers
  std::size_t max_connections_in_all = 4096;  // of all on one loop
  std::size_t max_hosted_elsewhere = 16'384;  // clients whose allocation is on another loop (mobility.hpp)
  Rate unproven_answers{.capacity = 2000, .per_second = 1000};  // to one source
  Rate wrong_credentials{.capacity = 20, .per_second = 1};      // from one source
  std::size_t source_buckets = 4096;
};

struct IcmpError {
  std::uint8_t type;
  std::uint8_t code;
  std::uint32_t data;  // the octets behind the checksum: an MTU, for instance
};

class Relay {
 public:
  struct Config {
    Credentials::Config credentials;
    Nonces::Secret nonce_secret{};
    Duration nonce_lifetime = 24h;  // longer than a call: no client pays a 438 in the middle of one
    PeerPolicy::Config peers;
    std::optional<IpAddress> address_v4;  // relayed addresses as peers see them; none: the family is not relayed
    std::optional<IpAddress> address_v6;
    std::chrono::seconds default_lifetime = 600s;
    std::chrono::seconds max_lifetime = 3600s;
    bool dont_fragment = true;                              // whether the loop can set the DF bit
    std::string software;                                   // empty: SOFTWARE is not sent
    std::vector<stun::NatDiscovery::Config> nat_discovery;  // one of a family at most (RFC 5780)
    bool mobility = false;                                  // RFC 8016
    bool tcp_allocations = false;                           // RFC 6062
    std::uint16_t loop = 0;  // of `loops`; relays that share a ledger share the nonce secret and credentials too
    std::uint16_t loops = 1;
    Limits limits;
  };

  // Throws std::invalid_argument for credentials that cannot be. `ledger` and `random` outlive the relay.
  Relay(Config config, Ledger& ledger, Random& random, Now now);

  // A datagram, or a message of a stream, from a client. What is returned borrows `datagram`.
  std::optional<Forward> handle_client(const FiveTuple& from, Bytes datagram, Now now);
  // A datagram to an endpoint that is there for NAT behaviour discovery alone.
  void handle_discovery(const FiveTuple& from, Bytes datagram, TimePoint now);
  // A datagram that arrived at a relayed address. What is returned borrows `datagram`.
  std::optional<ToClient> handle_peer(RelayId relay, const Endpoint& from, Bytes datagram, TimePoint now);
  // A packet to `peer` came back with an ICMP error (RFC 8656 §11.5). It ends nothing: the client is told.
  std::optional<ToClient> handle_icmp(RelayId relay, const Endpoint& peer, IcmpError error, TimePoint now);

  // TCP allocations (connections.hpp). The outcome of `OpenConnection`.
  void handle_connected(ConnectionId connection, bool connected, Now now);
  // A peer has connected to a relayed address; nothing if that is to be closed at once.
  std::optional<ConnectionId> handle_incoming(RelayId relay, const Endpoint& peer, TimePoint now);
  // Either end of it has closed, or it could not be joined.
  void handle_connection_closed(ConnectionId connection);
  // Counts `size` bytes that a joined connection is to carry. False: more than the bandwidth allows, ask again later.
  bool relay_bytes(ConnectionId connection, Direction direction, std::size_t size, TimePoint now);

  // The outcome of `OpenRelay` or `AdoptRelay`.
  void handle_relay_opened(RelayId relay, bool opened, Now now);
  // A client's connection closed: its allocation has no way to be used again.
  void handle_client_gone(const FiveTuple& client, TimePoint now);
  void handle_timeout(TimePoint now);

  // Between loops, for clients that move (mobility.hpp): a datagram that `loop` passed on; and that this relay is no
  // longer to pass on to `loop` what comes from a client.
  std::optional<Forward> handle_guest(std::uint16_t loop, const FiveTuple& from, Bytes datagram, Now now);
  void handle_released(const FiveTuple& client, std::uint16_t loop);
  bool is_hosted_elsewhere(const FiveTuple& client) const { return hosted_elsewhere_.contains(client); }

  // Ends every allocation of a user here, and makes no more for it on any loop: the call that it was made for is over.
  // To be called on each loop; in which order does not matter.
  void revoke(std::string_view user, TimePoint now);

  std::optional<Effect> poll_effect();
  std::optional<TimePoint> next_deadline() const;

  const Counters& counters() const { return counters_; }
  std::size_t allocations() const { return allocations_.size(); }

  // A live allocation, to be metered. Borrowed until the visit returns.
  struct Meter {
    const FiveTuple& client;
    std::string_view user;
    WallTime started;
    const Usage& usage;
    Usage unmetered;  // since it was last visited
  };
  // Calls `visit(const Meter&)` for each allocation that has relayed something since it was last visited. All that is
  // told here, and the `unmetered` of what has ended, add up to all that was relayed. Costs no memory.
  template <typename Visit>
  void meter(Visit visit) {
    allocations_.for_each([&](AllocationId, Allocation& allocation) {
      if (allocation.usage == allocation.metered) return;
      visit(Meter{allocation.client, *allocation.seat.user->key, allocation.started, allocation.usage,
                  allocation.usage - allocation.metered});
      allocation.metered = allocation.usage;
    });
  }
  std::optional<Usage> usage(const FiveTuple& client) const;

 private:
  struct Request {
    const stun::MessageView& message;
    const FiveTuple& from;
    Now now;
    Identity identity;
    Envelope envelope;
    AllocationId id;         // of `allocation`
    Allocation* allocation;  // the one on this 5-tuple, or null; gone once an allocation is inserted
    bool is_elsewhere;       // it is named by a ticket or a CONNECTION-ID, and not on this 5-tuple (yet)
  };

  using Handler = void (Relay::*)(const Request&);

  // relay.cpp: dispatch and the hot path.
  std::optional<Forward> relay_channel_data(const FiveTuple& from, Bytes datagram, TimePoint now);
  std::optional<Forward> relay_send(const FiveTuple& from, const stun::MessageView& message, TimePoint now);
  std::optional<Forward> relay_to_peer(Allocation& allocation, Reach reach, const Endpoint& peer, Bytes data,
                                       bool dont_fragment, TimePoint now);
  std::optional<ToClient> deliver(Allocation& allocation, const Endpoint& from, Bytes data, TimePoint now);
  std::optional<Forward> handle_stun(const FiveTuple& from, Bytes datagram, Now now);
  std::optional<Forward> handle_request(const FiveTuple& from, const stun::MessageView& message, Now now);
  Handler handler_of(stun::Method method) const;
  void write_data_header(ToClient& message, const Endpoint& peer);
  std::nullopt_t drop(Drop reason);

  // answers.cpp: what goes back to the client.
  void answer_binding(const FiveTuple& from, const stun::MessageView& message, TimePoint now);
  bool answer_discovery(const FiveTuple& from, const stun::MessageView& message);
  void refuse_unauthenticated(const FiveTuple& from, const stun::MessageView& message, Refusal refusal, Now now);
  void succeed(const Request& request);
  void refuse(const Request& request, stun::ErrorCode code);
  void refuse_unknown(const Request& request, const stun::UnknownAttributes& unknown);
  void answer_allocated(const Allocation& allocation);
  void answer_error(const Envelope& envelope, stun::ErrorCode code);
  // The builder of a `Reply` that is already the last effect; nothing may be queued until it is finished.
  stun::Builder begin_answer(const Envelope& envelope, stun::Class message_class);
  void finish_answer(stun::Builder& builder, const Envelope& envelope);

  // requests.cpp: one function a method.
  void allocate(const Request& request);
  void refresh(const Request& request);
  void create_permission(const Request& request);
  void channel_bind(const Request& request);
  std::optional<stun::ErrorCode> find_mismatch(const Request& request) const;
  std::optional<Reach> reach_of(const IpAddress& address) const;

  // connections.cpp: TCP allocations.
  void connect(const Request& request);
  void connection_bind(const Request& request);
  bool may_connect(const Allocation& allocation, const Endpoint& peer) const;
  bool has_room_for_connection(const Allocation& allocation) const;
  ConnectionId find_connection(const stun::MessageView& message) const;
  AllocationId owner_of_connection(const stun::MessageView& message) const;
  bool move_to_connection(const FiveTuple& from, const stun::MessageView& message);
  ConnectionId add_connection(AllocationId owner, PeerConnection connection);
  void indicate_attempt(const Allocation& allocation, const PeerConnection& connection);
  void forget_connection(ConnectionId id);
  void close_connections(Allocation& allocation, std::optional<IpFamily> family);
  void expire_connections(TimePoint now);

  // mobility.cpp: how an allocation follows its client.
  stun::Parsed<MobilityTicket> mobility_ticket(const stun::MessageView& message) const;
  void give_ticket(AllocationId id);
  AllocationId find_by_ticket(const stun::MessageView& message) const;
  std::optional<std::uint16_t> loop_of(const stun::MessageView& message) const;
  std::optional<stun::ErrorCode> find_mobility_mismatch(const Request& request) const;
  std::optional<Forward> pass_on(const FiveTuple& client, std::uint16_t loop, Bytes datagram);
  bool announce_move(const Request& request);
  void note_use(Allocation& allocation, const FiveTuple& from);
  void complete_move(Allocation& allocation);
  void forget_coming(Mobility& mobility);
  void lose_path(Allocation& allocation, const FiveTuple& client);
  void end_mobility(Allocation& allocation);

  // lifecycle.cpp: how allocations and relayed addresses come and go.
  void open_allocation(const Request& request, const AllocateWish& wish, const Ledger::Seat& seat,
                       std::optional<Ledger::Reserved> reserved);
  void open_next_address(AllocationId id, Now now);
  bool open_side(AllocationId id, IpFamily family);
  RelayId expect(RelayedAddress address);
  void reserve(RelayId relay, Allocation& allocation, TimePoint now);
  void attempt_failed(AllocationId id, RelayId relay, Now now);
  void close_address(RelayId id);
  void close_allocation(AllocationId id, EndReason reason);
  void expire_addresses(AllocationId id, TimePoint now, EndReason reason);
  void expire_channels(Allocation& allocation, TimePoint now);
  template <typename Chosen>
  void take_routes(Allocation& allocation, Chosen chosen);
  void schedule(AllocationId id);
  std::uint32_t granted_lifetime(std::optional<std::uint32_t> wished_s) const;
  const std::optional<IpAddress>& address(IpFamily family) const;

  AllocationId id_of(const FiveTuple& client) const;
  Allocation* find(const FiveTuple& client) { return allocations_.find(id_of(client)); }

  // A reserved address that this relay opened.
  struct Reservation {
    std::uint64_t token;
    TimePoint expires;
  };

  Config config_;
  Ledger& ledger_;
  Random& random_;
  Authenticator authenticator_;
  MobilityTicket::Key ticket_key_;
  PeerPolicy policy_;
  std::vector<stun::NatDiscovery> nat_discovery_;
  SlotMap<Allocation, AllocationId> allocations_;
  std::unordered_map<FiveTuple, AllocationId, FiveTupleHash> by_five_tuple_;
  SlotMap<RelayedAddress, RelayId> relays_;
  std::unordered_map<Endpoint, RelayId, EndpointHash> by_relayed_address_;
  std::unordered_map<MobilityTicket, AllocationId, MobilityTicketHash> by_ticket_;
  std::unordered_map<FiveTuple, std::uint16_t, FiveTupleHash> hosted_elsewhere_;  // by which loop
  std::optional<std::uint16_t> guest_of_;  // the loop that passed on what is being handled
  DeadlineQueue<AllocationId> allocation_deadlines_;
  SlotMap<PeerConnection, ConnectionId> connections_;
  std::unordered_map<std::uint32_t, ConnectionId> by_connection_id_;  // ours to draw, so strangers cannot crowd it
  DeadlineQueue<ConnectionId> connection_deadlines_;                  // of those that are not joined
  std::vector<Reservation> reservations_;  // in the order of their expiry; some may have been redeemed elsewhere
  SourceBudget unproven_answers_;
  SourceBudget wrong_credentials_;
  SeededRandom indication_ids_;  // need only be distinct, and are drawn for each packet
  std::vector<Effect> effects_;
  std::size_t next_effect_ = 0;
  Counters counters_;
};

}  // namespace plntry::turn
