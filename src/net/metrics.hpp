// What `net` counts. Written by every loop, read by /metrics.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "net/relay_state.hpp"
#include "signaling/hub.hpp"

namespace plntry::net {

// A counter or gauge that any thread may move: relaxed, since nothing is ordered by it.
class Count {
 public:
  void operator+=(std::uint64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  void operator-=(std::uint64_t amount) { value_.fetch_sub(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct Metrics {
  Count connections_accepted;
  Count connections_refused;  // over a limit
  Count connections_expired;  // too slow: no first byte, no complete request, no reading of the answer
  Count connections_tls;      // began with TLS
  Count tls_failures;         // … and came to nothing: no certificate here, no common ground, or the client gave up
  Count connections_unknown;  // began with nothing that it speaks
  Count accept_failures;      // out of descriptors, most likely
  Count http_requests;
  Count http_bad_requests;
  Count origins_refused;
  Count turn_streams_open;    // STUN and TURN clients over TCP and TLS
  Count turn_streams_broken;  // sent what cannot be framed
  Count dtls_sessions;        // begun, by who has shown its address
  Count dtls_failures;        // … and came to nothing
  Count websockets_open;
  Count websockets_dead;  // a ping went unanswered
  Count event_streams_open;
  Count event_streams_dead;  // … by no post
  Count bad_frames;
  Count slow_consumers;
  Count messages_received;
  Count messages_sent;
};

// What the hub knows, copied on its loop.
struct HubState {
  signaling::Counters counters;
  std::size_t rooms = 0;
  std::size_t participants = 0;
  std::size_t connections = 0;
};

// Prometheus text format 0.0.4.
std::string print_metrics(const Metrics& metrics, std::size_t connections_open, const HubState& hub,
                          const RelayState& relay);

}  // namespace plntry::net
