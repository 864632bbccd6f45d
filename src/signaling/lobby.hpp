// Connections made ready while their people are still in the lobby (docs/protocol.md §2 `wait`), by room: those of one
// room are shown what its holds have for the lobby.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/deadline_queue.hpp"
#include "base/slot_map.hpp"
#include "base/time.hpp"
#include "signaling/ice.hpp"
#include "signaling/message.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

// One frame for the lobby goes to at most so many: beyond that, joining is a round trip slower.
constexpr std::size_t kMaxShown = 8;

struct Waiting {
  ConnectionId connection{};
  JoinRequest request;
  Arrival arrival;

  // Not the hold of a seat which it will take over.
  bool is_shown_hold_of(const ParticipantId& holder) const;
};

class Lobby {
 public:
  void add(Waiting waiting);
  const Waiting* find(ConnectionId connection) const;
  std::optional<Waiting> remove(ConnectionId connection);

  std::size_t size() const { return places_.size(); }
  // Who waits for `room` and is shown what its holds have for the lobby; the first who came. Borrowed until the next
  // `add` or `remove`.
  std::span<const ConnectionId> shown(const RoomName& room) const;
  std::vector<ConnectionId> connections() const;

  // When it is to be told its ICE servers again.
  void schedule(ConnectionId connection, TimePoint at);
  std::optional<TimePoint> next_deadline() const { return deadlines_.next_deadline(); }
  const Waiting* pop_due(TimePoint now);

 private:
  using Place = SlotId<Waiting>;

  SlotMap<Waiting> waiting_;
  std::unordered_map<ConnectionId, Place> places_;
  std::map<RoomName, std::vector<ConnectionId>> rooms_;  // a tree: strangers choose the names; at most kMaxShown each
  DeadlineQueue<Place> deadlines_;
};

}  // namespace plntry::signaling
