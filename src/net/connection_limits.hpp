// How many connections there are, in total and from one address. Shared by the loops; asked only when a connection
// comes or goes.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/endpoint.hpp"
#include "net/forwarded.hpp"

namespace plntry::net {

// What one subscriber holds: a whole IPv4 address, or the /64 of an IPv6 one (RFC 6177 gives a site at least that).
IpAddress subscriber_of(const IpAddress& address);

class ConnectionLimits {
 public:
  struct Config {
    std::uint32_t total_max = 16'384;
    std::uint32_t per_address_max = 1'024;
    // Connections over a limit that are still let in, to be told so; those beyond are closed unheard.
    std::uint32_t refusals_max = 64;
    TrustedProxies trusted_proxies{};  // they bring many people, so that their connections count in total only
  };
  enum class Verdict : std::uint8_t { admitted, address_full, server_full, closed };

  // One admitted connection; gives its place back when destroyed.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), address_(other.address_), verdict_(other.verdict_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (limits_) limits_->release(address_);
    }
    // `closed`: drop the connection. `address_full` and `server_full`: answer that, and nothing else.
    Verdict verdict() const { return verdict_; }
    // A trusted proxy brought it, for this client alone from now on: it counts as the client's. May change the verdict.
    void attribute_to(const IpAddress& client) {
      if (limits_) limits_->attribute(*this, client);
    }

   private:
    friend ConnectionLimits;
    Ticket(ConnectionLimits* limits, const std::optional<IpAddress>& address, Verdict verdict)
        : limits_(limits), address_(address), verdict_(verdict) {}

    ConnectionLimits* limits_;
    std::optional<IpAddress> address_;  // nothing: a trusted proxy
    Verdict verdict_;
  };

  ConnectionLimits(const Config& config, std::uint64_t seed) : config_(config), by_address_(0, EndpointHash{seed}) {}

  Ticket admit(const IpAddress& address);
  std::uint32_t total() const;

 private:
  std::uint32_t count_of(const IpAddress& subscriber) const;
  void forget(const IpAddress& subscriber);
  void release(const std::optional<IpAddress>& subscriber);
  void attribute(Ticket& ticket, const IpAddress& client);

  Config config_;
  mutable std::mutex mutex_;
  std::uint32_t total_ = 0;
  std::unordered_map<IpAddress, std::uint32_t, EndpointHash> by_address_;
};

}  // namespace plntry::net
