#include "signaling/room.hpp"

#include <algorithm>
#include <cassert>
#include <ranges>

namespace plntry::signaling {

Participant* Room::find(const ParticipantId& id) {
  const auto found = std::ranges::find(participants_, id, &Participant::id);
  return found == participants_.end() ? nullptr : &*found;
}

Participant* Room::find(ConnectionId connection) {
  const auto found = std::ranges::find(participants_, connection, &Participant::connection);
  return found == participants_.end() ? nullptr : &*found;
}

Participant& Room::add(Participant participant) {
  assert(!find(participant.id));
  // Most rooms are for two: no more room than is used.
  participants_.reserve(participants_.size() + 1);
  return participants_.emplace_back(std::move(participant));
}

void Room::remove(const ParticipantId& id) {
  std::erase_if(participants_, [&](const Participant& each) { return each.id == id; });
  std::erase_if(matches_, [&](const Match& match) { return match.holder == id || match.taker == id; });
}

Participant* Room::newest_fresh_but(std::span<const ParticipantId> known) {
  for (Participant& participant : std::views::reverse(participants_)) {
    if (participant.fresh && std::ranges::find(known, participant.id) == known.end()) return &participant;
  }
  return nullptr;
}

void Room::match(const LinkId& link, const ParticipantId& holder, const ParticipantId& taker) {
  assert(!link_between(holder, taker));
  matches_.push_back({link, holder, taker});
}

std::optional<LinkId> Room::link_between(const ParticipantId& a, const ParticipantId& b) const {
  for (const Match& match : matches_) {
    if ((match.holder == a && match.taker == b) || (match.holder == b && match.taker == a)) return match.link;
  }
  return std::nullopt;
}

Participant* Room::taker_of(const ParticipantId& holder, const LinkId& link) {
  for (const Match& match : matches_) {
    if (match.holder == holder && match.link == link) return find(match.taker);
  }
  return nullptr;
}

const Participant* Room::first_ended(TimePoint now) const {
  for (const Participant& participant : participants_) {
    if (!participant.present() && participant.deadline <= now) return &participant;
  }
  return nullptr;
}

std::optional<TimePoint> Room::next_deadline() const {
  TimePoint first = TimePoint::max();
  for (const Participant& participant : participants_) first = std::min(first, participant.deadline);
  return first == TimePoint::max() ? std::nullopt : std::optional{first};
}

}  // namespace plntry::signaling
