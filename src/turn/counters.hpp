// What the relay counts instead of logging.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace plntry::turn {

// Why a packet went nowhere.
enum class Drop : std::uint8_t {
  not_turn,  // neither STUN nor ChannelData
  malformed,
  wrong_fingerprint,
  unexpected_message,  // a response, an unknown method, or an unknown indication
  unknown_attribute,   // in an indication, which cannot be answered
  no_allocation,
  unbound_channel,
  no_permission,
  wrong_family,
  own_address,  // toward this server, and no allocation's relayed address
  over_bandwidth,
  too_large,
  unproven_budget,       // an answer to somebody unproven would have been one too many
  guessing,              // too many wrong credentials from this source
  client_away,           // toward a mobile client that has lost its connection and not come back yet
  too_many_connections,  // a peer's TCP connection, with a TCP allocation that has as many as it may
  count,
};

constexpr std::string_view name(Drop reason) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Drop::count)> kNames{
      "not_turn",          "malformed",     "wrong_fingerprint", "unexpected_message",
      "unknown_attribute", "no_allocation", "unbound_channel",   "no_permission",
      "wrong_family",      "own_address",   "over_bandwidth",    "too_large",
      "unproven_budget",   "guessing",      "client_away",       "too_many_connections"};
  return kNames[static_cast<std::size_t>(reason)];
}

struct Counters {
  std::uint64_t packets_to_peer = 0;
  std::uint64_t bytes_to_peer = 0;
  std::uint64_t packets_to_client = 0;
  std::uint64_t bytes_to_client = 0;
  std::uint64_t packets_within = 0;  // relayed to relayed, without leaving the process; in both of the above as well
  std::uint64_t bindings = 0;
  std::uint64_t requests_accepted = 0;
  std::uint64_t requests_refused = 0;
  std::uint64_t challenges = 0;
  std::uint64_t wrong_credentials = 0;
  std::uint64_t peers_denied = 0;
  std::uint64_t quota_refusals = 0;
  std::uint64_t allocations_opened = 0;
  std::uint64_t allocations_ended = 0;
  std::uint64_t allocations_moved = 0;   // to another 5-tuple of their client (RFC 8016)
  std::uint64_t connections_opened = 0;  // of peers over TCP (RFC 6062), whoever began
  std::uint64_t connections_ended = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Drop::count)> drops{};

  // All but `drops` stand in its list.
  Counters& operator+=(const Counters& other) {
    constexpr std::array kFields{
        &Counters::packets_to_peer,    &Counters::bytes_to_peer,     &Counters::packets_to_client,
        &Counters::bytes_to_client,    &Counters::packets_within,    &Counters::bindings,
        &Counters::requests_accepted,  &Counters::requests_refused,  &Counters::challenges,
        &Counters::wrong_credentials,  &Counters::peers_denied,      &Counters::quota_refusals,
        &Counters::allocations_opened, &Counters::allocations_ended, &Counters::allocations_moved,
        &Counters::connections_opened, &Counters::connections_ended,
    };
    for (const auto field : kFields) this->*field += other.*field;
    for (std::size_t i = 0; i < drops.size(); ++i) drops[i] += other.drops[i];
    return *this;
  }

  std::uint64_t dropped(Drop reason) const { return drops[static_cast<std::size_t>(reason)]; }
};

}  // namespace plntry::turn
