#include "signaling/lobby.hpp"

#include <algorithm>
#include <utility>

namespace plntry::signaling {

bool Waiting::is_shown_hold_of(const ParticipantId& holder) const {
  return holder != request.participant && std::ranges::find(request.replaces, holder) == request.replaces.end();
}

void Lobby::add(Waiting waiting) {
  const ConnectionId connection = waiting.connection;
  auto& shown = rooms_[waiting.request.room];
  if (shown.size() < kMaxShown) shown.push_back(connection);
  places_.emplace(connection, waiting_.insert(std::move(waiting)));
}

const Waiting* Lobby::find(ConnectionId connection) const {
  const auto place = places_.find(connection);
  return place == places_.end() ? nullptr : waiting_.find(place->second);
}

std::optional<Waiting> Lobby::remove(ConnectionId connection) {
  const auto place = places_.find(connection);
  if (place == places_.end()) return std::nullopt;
  std::optional<Waiting> waiting{std::move(*waiting_.find(place->second))};
  deadlines_.cancel(place->second);
  waiting_.erase(place->second);
  places_.erase(place);
  // Who came beyond kMaxShown is in no list.
  if (const auto room = rooms_.find(waiting->request.room); room != rooms_.end()) {
    std::erase(room->second, connection);
    if (room->second.empty()) rooms_.erase(room);
  }
  return waiting;
}

std::span<const ConnectionId> Lobby::shown(const RoomName& room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? std::span<const ConnectionId>{} : std::span{found->second};
}

std::vector<ConnectionId> Lobby::connections() const {
  std::vector<ConnectionId> all;
  all.reserve(places_.size());
  for (const auto& [connection, place] : places_) all.push_back(connection);
  return all;
}

void Lobby::schedule(ConnectionId connection, TimePoint at) { deadlines_.schedule(places_.at(connection), at); }

const Waiting* Lobby::pop_due(TimePoint now) {
  const auto place = deadlines_.pop_due(now);
  return place ? waiting_.find(*place) : nullptr;
}

}  // namespace plntry::signaling
