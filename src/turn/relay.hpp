// The relay (RFC 8656), pure: bytes and time in, forwards and effects out. It knows no socket, clock, thread or log.
//
// The loop's side of the contract: call a `handle_*`; perform what it returns; drain `poll_effect` until it is empty;
// after the batch, read `next_deadline` and call `handle_timeout` when it comes. Media costs one look-up, a short
// search, and neither an allocation nor a copy.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline_queue.hpp"
#include "base/random.hpp"
#include "base/slot_map.hpp"
#include "stun/builder.hpp"
#include "turn/accounts.hpp"
#include "turn/allocation.hpp"
#include "turn/authentication.hpp"
#include "turn/counters.hpp"
#include "turn/effects.hpp"
#include "turn/peer_policy.hpp"
#include "turn/port_pool.hpp"
#include "turn/source_budget.hpp"

namespace plntry::turn {

// Allocations and bandwidth are unlimited where their limit is 0.
struct Limits {
  std::size_t max_allocations = 10'000;
  std::size_t max_allocations_per_user = 32;
  std::size_t max_allocations_per_source = 512;
  std::size_t max_permissions = 128;  // of one allocation
  std::size_t max_channels = 64;
  std::size_t max_reservations = 64;
  double user_bytes_per_second = 12.5e6;
  double source_bytes_per_second = 0;
  double total_bytes_per_second = 0;
  Rate unproven_answers{.capacity = 2000, .per_second = 1000};  // to one source
  Rate wrong_credentials{.capacity = 20, .per_second = 1};      // from one source
  std::size_t source_buckets = 4096;
};

// Relayed addresses of other relays of this server (one a loop), as far as this one must know them.
class OtherRelays {
 public:
  virtual ~OtherRelays() = default;
  virtual bool has(const Endpoint& relayed_address) const = 0;
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
    std::uint16_t first_port = 49152;
    std::uint16_t last_port = 65535;
    std::chrono::seconds default_lifetime = 600s;
    std::chrono::seconds max_lifetime = 3600s;
    Duration revocation_memory = 10min;  // as long as minted credentials live
    bool dont_fragment = true;           // whether the loop can set the DF bit
    std::string software;                // empty: SOFTWARE is not sent
    Limits limits;
    const OtherRelays* others = nullptr;  // outlives the relay
  };

  // Throws std::invalid_argument for credentials that cannot be. `random` outlives the relay.
  Relay(Config config, Random& random, Now now);

  // A datagram, or a message of a stream, from a client. What is returned borrows `datagram`.
  std::optional<Forward> handle_client(const FiveTuple& from, Bytes datagram, Now now);
  // A datagram that arrived at a relayed address. What is returned borrows `datagram`.
  std::optional<ToClient> handle_peer(RelayId relay, const Endpoint& from, Bytes datagram, TimePoint now);
  // A packet to `peer` came back with an ICMP error (RFC 8656 §11.5). It ends nothing: the client is told.
  std::optional<ToClient> handle_icmp(RelayId relay, const Endpoint& peer, IcmpError error, TimePoint now);
  // The outcome of `OpenRelay`.
  void handle_relay_opened(RelayId relay, bool opened, Now now);
  // A client's connection closed: its allocation has no way to be used again.
  void handle_client_gone(const FiveTuple& client, TimePoint now);
  void handle_timeout(TimePoint now);
  // Ends every allocation of a user, and makes no more for it: the call that it was made for is over.
  void revoke(std::string_view user, TimePoint now);

  std::optional<Effect> poll_effect();
  std::optional<TimePoint> next_deadline() const;

  const Counters& counters() const { return counters_; }
  std::size_t allocations() const { return allocations_.size(); }
  // Of a live allocation, for what is metered before it ends.
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
  };

  // relay.cpp: dispatch and the hot path.
  std::optional<Forward> relay_channel_data(const FiveTuple& from, Bytes datagram, TimePoint now);
  std::optional<Forward> relay_send(const FiveTuple& from, const stun::MessageView& message, TimePoint now);
  std::optional<Forward> relay_to_peer(Allocation& allocation, Reach reach, const Endpoint& peer, Bytes data,
                                       bool dont_fragment, TimePoint now);
  std::optional<ToClient> deliver(Allocation& allocation, const Endpoint& from, Bytes data, TimePoint now);
  std::optional<Forward> handle_stun(const FiveTuple& from, Bytes datagram, Now now);
  void handle_request(const FiveTuple& from, const stun::MessageView& message, Now now);
  void write_data_header(ToClient& message, const Endpoint& peer);
  bool within_bandwidth(const Allocation& allocation, std::size_t bytes, TimePoint now);
  std::nullopt_t drop(Drop reason);

  // answers.cpp: what goes back to the client.
  void answer_binding(const FiveTuple& from, const stun::MessageView& message, TimePoint now);
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

  // lifecycle.cpp: how allocations and relayed addresses come and go.
  void open_allocation(const Request& request, const AllocateWish& wish);
  void open_next_address(AllocationId id, TimePoint now);
  bool open_side(AllocationId id, IpFamily family);
  void open_address(AllocationId id, const Endpoint& address, bool is_reserved);
  void reserve(RelayId relay, Allocation& allocation, TimePoint now);
  void attempt_failed(AllocationId id, RelayId relay, TimePoint now);
  void close_address(RelayId id);
  void close_allocation(AllocationId id, EndReason reason);
  void expire_addresses(AllocationId id, TimePoint now, EndReason reason);
  void expire_channels(Allocation& allocation, TimePoint now);
  template <typename Chosen>
  void take_routes(Allocation& allocation, Chosen chosen);
  void schedule(AllocationId id);
  bool is_revoked(std::string_view user, TimePoint now) const;
  std::uint32_t granted_lifetime(std::optional<std::uint32_t> wished_s) const;
  const std::optional<IpAddress>& address(IpFamily family) const;
  PortPool& ports(IpFamily family) { return ports_[static_cast<std::size_t>(family)]; }

  Allocation* find(const FiveTuple& client);

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using UserAccounts = Accounts<std::string, TextHash, std::equal_to<>>;
  using SourceAccounts = Accounts<IpAddress, EndpointHash, std::equal_to<>>;

  Config config_;
  Random& random_;
  Authenticator authenticator_;
  PeerPolicy policy_;
  std::array<PortPool, 2> ports_;  // by IpFamily
  SlotMap<Allocation, AllocationId> allocations_;
  std::unordered_map<FiveTuple, AllocationId, FiveTupleHash> by_five_tuple_;
  SlotMap<RelayedAddress, RelayId> relays_;
  std::unordered_map<Endpoint, RelayId, EndpointHash> by_relayed_address_;
  std::unordered_map<std::uint64_t, RelayId> reservations_;  // by token
  std::map<std::string, TimePoint, std::less<>> revoked_;    // until their credentials must have expired
  DeadlineQueue<AllocationId> allocation_deadlines_;
  DeadlineQueue<RelayId> reservation_deadlines_;
  UserAccounts users_;
  SourceAccounts sources_;
  TokenBucket total_bandwidth_;
  SourceBudget unproven_answers_;
  SourceBudget wrong_credentials_;
  SeededRandom indication_ids_;  // need only be distinct, and are drawn for each packet
  std::vector<Effect> effects_;
  std::size_t next_effect_ = 0;
  Counters counters_;
};

}  // namespace plntry::turn
