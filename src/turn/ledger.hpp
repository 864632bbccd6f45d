// What all relays of one server share. There is a relay for each loop, and the kernel's hash decides which one a client
// meets; ports, quotas, reservations and revocations are the server's.
//
// Media asks it two questions, `may_send` and `is_relayed`, and neither takes a lock. Everything else is rare and is
// done between `lock` and `unlock`, which do nothing here: a pure room knows no threads. Whoever shares a ledger
// between threads (`net::SharedLedger`) puts a mutex there.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/endpoint.hpp"
#include "turn/accounts.hpp"
#include "turn/five_tuple.hpp"
#include "turn/port_pool.hpp"

namespace plntry::turn {

class Ledger {
 public:
  // Allocations and bandwidth are unlimited where their limit is 0.
  struct Config {
    std::uint16_t first_port = 49152;  // of relayed addresses, in both families
    std::uint16_t last_port = 65535;
    std::size_t max_allocations = 10'000;
    std::size_t max_allocations_per_user = 32;
    std::size_t max_allocations_per_source = 512;
    std::size_t max_reservations = 64;  // and one more for each pair that is being opened
    std::size_t max_revoked = 65'536;   // each loop revokes; beyond it the oldest is forgotten
    double user_bytes_per_second = 12.5e6;
    double source_bytes_per_second = 0;
    double total_bytes_per_second = 0;
    Duration revocation_memory = 10min;  // as long as minted credentials live
    // While false, nobody gets a new allocation (over_quota), and nobody loses one. Outlives the ledger; may be null.
    const std::atomic<bool>* allows_new = nullptr;
  };

  // Where one allocation counts. Its accounts stay where they are until it is closed.
  struct Seat {
    Account<std::string>* user = nullptr;
    Account<IpAddress>* source = nullptr;
  };
  enum class Refusal : std::uint8_t {
    revoked,
    over_quota,  // of the user, of the source or, while `allows_new` is false, of the server
    full,        // the server has as many allocations as it may have
  };

  // A relayed address that belongs to no allocation (RFC 8656 §7.2, EVEN-PORT with the R bit).
  struct Reserved {
    IpFamily family;
    std::uint16_t port;
  };

  struct State {
    std::size_t allocations;
    std::size_t users;  // with an allocation, or a moment ago
    std::size_t sources;
    std::size_t reservations;
    std::size_t revoked;
    std::array<std::size_t, 2> ports_claimed;  // by IpFamily
  };

  // `random` seeds a hash and is not kept.
  Ledger(const Config& config, Random& random);
  virtual ~Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const Config& config() const { return config_; }

  // For every packet: lock-free.
  bool may_send(const Seat& seat, std::size_t bytes, TimePoint now) {
    return seat.user->bandwidth.take(bytes, now) && seat.source->bandwidth.take(bytes, now) &&
           total_bandwidth_.take(bytes, now);
  }
  // Whether this port of the relay's address is an allocation's relayed address, on whichever loop. Of one protocol: a
  // port that is relayed over UDP may be another program's over TCP. Lock-free.
  bool is_relayed(IpFamily family, std::uint16_t port, RelayProtocol protocol = RelayProtocol::udp) const {
    return (relayed_[index(family, protocol)][port / 64].load(std::memory_order_relaxed) >> (port % 64) & 1) != 0;
  }

  // A place for one more allocation, until `close`.
  std::expected<Seat, Refusal> open(std::string_view user, const IpAddress& source, TimePoint now);
  void close(const Seat& seat);
  // Counts a seat at another source from now on; false, and nothing changes, if that has as many as it may have.
  bool move(Seat& seat, const IpAddress& source, TimePoint now);

  // A port nobody else has, until `release`. `even_with_next_reserved` claims its successor too, which is released on
  // its own; none if there are as many reservations as there may be.
  std::optional<std::uint16_t> claim(IpFamily family, PortWish wish, Random& random);
  // The port's socket is open and an allocation's, until `release` or `reserve`.
  void set_relayed(IpFamily family, std::uint16_t port, RelayProtocol protocol = RelayProtocol::udp);
  void release(IpFamily family, std::uint16_t port);

  // Keeps a claimed port for whoever brings the token, which is returned.
  std::uint64_t reserve(Reserved reserved, Random& random);
  // Once for each token: the port is the caller's from now on.
  std::optional<Reserved> redeem(std::uint64_t token);
  // Nobody came: releases the port. False if somebody did come.
  bool discard(std::uint64_t token);

  // Whoever is revoked gets no seat for `revocation_memory`.
  void revoke(std::string_view user, TimePoint now);

  State state();

 protected:
  virtual void lock() {}
  virtual void unlock() {}

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using PortBits = std::array<std::atomic<std::uint64_t>, 65'536 / 64>;
  struct Revocation {
    TimePoint until;
    std::string user;
  };
  class Held;

  static constexpr std::size_t index(IpFamily family) { return static_cast<std::size_t>(family); }
  static constexpr std::size_t index(IpFamily family, RelayProtocol protocol) {
    return 2 * static_cast<std::size_t>(protocol) + index(family);
  }
  bool is_revoked(std::string_view user, TimePoint now) const;

  const Config config_;
  Bandwidth total_bandwidth_;
  std::array<PortBits, 4> relayed_{};  // by RelayProtocol and IpFamily

  // Between `lock` and `unlock`.
  std::array<PortPool, 2> ports_;  // by IpFamily
  Accounts<std::string, TextHash> users_;
  Accounts<IpAddress, EndpointHash> sources_;
  std::size_t allocations_ = 0;
  std::unordered_map<std::uint64_t, Reserved> reservations_;                       // by token
  std::unordered_map<std::string, TimePoint, TextHash, std::equal_to<>> revoked_;  // until when
  std::deque<Revocation> revocations_;                                             // in the order they were made
};

}  // namespace plntry::turn
