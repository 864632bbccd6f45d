// What the loops tell about usage, and how it is summed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "turn/effects.hpp"
#include "turn/five_tuple.hpp"

namespace plntry::usage {

// How much an allocation has relayed since its previous record.
struct Record {
  std::string user;  // whom its credentials stand for: the random tag of a signalling session, or a user's name
  turn::Transport transport = turn::Transport::udp;
  WallTime started{};  // the allocation, not the record
  turn::Usage relayed;
  bool ended = false;  // the allocation; its last record, also when nothing was relayed since
};

struct Traffic {
  turn::Usage relayed;
  std::uint64_t allocations = 0;  // that ended
};

inline constexpr std::array kTransports{turn::Transport::udp, turn::Transport::tcp, turn::Transport::tls,
                                        turn::Transport::dtls};

constexpr std::string_view transport_name(turn::Transport transport) {
  constexpr std::array<std::string_view, kTransports.size()> kNames{"udp", "tcp", "tls", "dtls"};
  return kNames[static_cast<std::size_t>(transport)];
}

// What an allowance counts: the payload, in both directions.
constexpr std::uint64_t bytes_of(const turn::Usage& usage) { return usage.bytes_to_peer + usage.bytes_to_client; }
constexpr std::uint64_t packets_of(const turn::Usage& usage) { return usage.packets_to_peer + usage.packets_to_client; }

constexpr void add(turn::Usage& total, const turn::Usage& more) {
  total.packets_to_peer += more.packets_to_peer;
  total.bytes_to_peer += more.bytes_to_peer;
  total.packets_to_client += more.packets_to_client;
  total.bytes_to_client += more.bytes_to_client;
}

constexpr void add(Traffic& total, const Traffic& more) {
  add(total.relayed, more.relayed);
  total.allocations += more.allocations;
}

}  // namespace plntry::usage
