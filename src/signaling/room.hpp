// A meeting place: its seats in the order in which they were taken, and which pairs a hold has matched.
//
// A pointer to a participant is borrowed until the next `add` or `remove`.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/slot_map.hpp"
#include "base/time.hpp"
#include "signaling/participant.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

class Room {
 public:
  explicit Room(RoomName name) : name_(std::move(name)) {}

  const RoomName& name() const { return name_; }
  bool empty() const { return participants_.empty(); }
  std::size_t size() const { return participants_.size(); }
  std::span<Participant> participants() { return participants_; }
  std::span<const Participant> participants() const { return participants_; }

  Participant* find(const ParticipantId& id);
  Participant* find(ConnectionId connection);

  Participant& add(Participant participant);
  // Frees the seat; every match of its participant ends with it.
  void remove(const ParticipantId& id);

  // The one to yield its seat to someone who resumes and was in a call with `known` (§2): the newest who joined
  // afresh and is not one of them.
  Participant* newest_fresh_but(std::span<const ParticipantId> known);

  // §4: `taker` was handed the hold that `holder` had left on `link`.
  void match(const LinkId& link, const ParticipantId& holder, const ParticipantId& taker);
  // The link by which these two were matched, whichever of them held.
  std::optional<LinkId> link_between(const ParticipantId& a, const ParticipantId& b) const;
  // Who was handed the hold that `holder` had left on `link`.
  Participant* taker_of(const ParticipantId& holder, const LinkId& link);

  // Someone away whose seat has ended.
  const Participant* first_ended(TimePoint now) const;
  // The first of its participants' deadlines.
  std::optional<TimePoint> next_deadline() const;

 private:
  struct Match {
    LinkId link;
    ParticipantId holder;
    ParticipantId taker;
  };

  RoomName name_;
  std::vector<Participant> participants_;  // at most Config::room_capacity
  std::vector<Match> matches_;             // at most one a pair: holds are taken only by who takes a seat
};

using RoomId = SlotId<Room>;

}  // namespace plntry::signaling
