// What the server sends (docs/protocol.md §2–§6), printed. Nothing here needs escaping: ids, links and room names
// are of letters that JSON leaves alone, and the rest is our own text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "signaling/config.hpp"
#include "signaling/errors.hpp"
#include "signaling/ice.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

// §2 `participants`: one of the others, as the one who joins is told about it.
struct WelcomeEntry {
  ParticipantId id;
  bool present = false;
  std::optional<LinkId> link;  // this pair was matched by a hold
  std::size_t held = 0;        // messages handed over now
};

struct WelcomeHold {
  LinkId link;
  std::uint64_t seq = 0;  // the last one held
};

struct Welcome {
  ParticipantId you;
  std::string_view room;
  bool resumed = false;
  std::span<const WelcomeEntry> participants;
  std::optional<WelcomeHold> hold;
  std::optional<IpAddress> from;  // where the server sees it
};

enum class GoneReason : std::uint8_t { left, timeout, replaced };

std::string print_welcome(const Welcome& welcome, const IceOffer& ice, const Config& config);
std::string print_joined(const ParticipantId& id, const std::optional<LinkId>& link);
std::string print_away(const ParticipantId& id);
std::string print_back(const ParticipantId& id);
std::string print_gone(const ParticipantId& id, GoneReason reason);
std::string print_message(const ParticipantId& from, std::string_view body);
std::string print_ice(const IceOffer& ice);
std::string print_come_back(Duration after);
// `retry_after` is rounded up to whole milliseconds.
std::string print_error(ErrorCode code, std::optional<Duration> retry_after = {},
                        const std::optional<ParticipantId>& to = {});

}  // namespace plntry::signaling
