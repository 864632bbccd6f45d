// NAT behaviour discovery (RFC 5780), the server's side: a Binding request says from which of the server's four
// endpoints its answer shall come, and to which port it shall go. What arrives, and what does not, tells a client how
// the NATs on its way map and filter.
//
// For UDP and for a server with two addresses of a family; everywhere else `binding.hpp` answers, and refuses
// CHANGE-REQUEST, RESPONSE-PORT and PADDING with 420. Stateless, and under the same bound as every answer to somebody
// unproven: 1.6 times the request on the wire. Where a request is too short for all that its answer should say,
// MAPPED-ADDRESS is left out first, then RESPONSE-ORIGIN, then OTHER-ADDRESS; 32 octets are enough for all three.
// PADDING is no longer than the request's. The caller budgets answers by the source's address, as for Binding:
// RESPONSE-PORT changes the port alone.
#pragma once

#include <array>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "stun/binding.hpp"
#include "stun/message.hpp"

namespace plntry::stun {

class NatDiscovery {
 public:
  // Two addresses of one family and two ports, all different; the primary ones first.
  struct Config {
    std::array<IpAddress, 2> shown;  // as clients see them
    std::array<IpAddress, 2> bound;  // as they are on this machine, where a 1:1 NAT may stand before it
    std::array<std::uint16_t, 2> ports;
  };

  // One of the four endpoints.
  struct Listener {
    bool alternate_address = false;
    bool alternate_port = false;

    friend bool operator==(const Listener&, const Listener&) = default;
  };

  struct Answer {
    Bytes bytes;    // in the caller's buffer
    Listener from;  // whose socket is to send it
    Endpoint to;
  };

  static constexpr std::size_t kMaxPadding = 1500;  // RFC 5780 §7.6: about an MTU, so that it must be fragmented
  // Room for any answer.
  static constexpr std::size_t kMaxAnswerSize = kMaxPadding + 128;

  explicit NatDiscovery(const Config& config);

  // The answer to a datagram that came to `at` from `source`, written into `out`.
  std::expected<Answer, Ignored> handle(Bytes datagram, const Endpoint& source, Listener at, MutableBytes out) const;
  // The same for a Binding request that has been parsed and whose FINGERPRINT, if any, is valid.
  Answer answer(const MessageView& request, const Endpoint& source, Listener at, MutableBytes out) const;

  // Which of the four is bound to `local`, if one is.
  std::optional<Listener> find(const Endpoint& local) const;
  Endpoint bound(Listener listener) const { return endpoint(config_.bound, listener); }
  Endpoint shown(Listener listener) const { return endpoint(config_.shown, listener); }

 private:
  Endpoint endpoint(const std::array<IpAddress, 2>& addresses, Listener listener) const {
    return {addresses[listener.alternate_address ? 1 : 0], config_.ports[listener.alternate_port ? 1 : 0]};
  }

  Config config_;
};

}  // namespace plntry::stun
