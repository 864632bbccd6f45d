// Someone with a seat in a room (docs/protocol.md §1): present while it has a connection, away until its seat ends.
// There may be a hundred thousand of these: a few hundred bytes each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.hpp"
#include "base/token_bucket.hpp"
#include "signaling/config.hpp"
#include "signaling/hold.hpp"
#include "signaling/ice.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

struct Participant {
  Participant(const ParticipantId& its_id, const Config& config, TimePoint now)
      : id(its_id), messages(config.messages, now), refusals(config.refusals, now) {}

  bool present() const { return connection.has_value(); }

  // What counts for or against the one who is replaced (§2) counts for this one.
  void inherit(const Participant& replaced) {
    fresh = fresh && replaced.fresh;
    messages = replaced.messages;
    refusals = replaced.refusals;
  }

  ParticipantId id;
  // Joined without `resume`: yields its seat to one who resumes, in the first resume window of a server's life (§2).
  bool fresh = false;
  std::optional<ConnectionId> connection;
  std::uint64_t attempt = 0;  // §2, of the latest connection; 0: it did not say
  SessionId session{};        // none while its seat is only kept for it (§2 `known`)
  // While away: its seat ends. While present: it is told its ICE servers again.
  TimePoint deadline = TimePoint::max();
  // These two outlive a connection, so that coming back is no way around them.
  TokenBucket messages;
  TokenBucket refusals;
  std::unique_ptr<Hold> hold;  // never empty
};

}  // namespace plntry::signaling
