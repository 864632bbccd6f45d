// Who gets which seat: docs/protocol.md §2.
#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>
#include <vector>

#include "signaling/hub.hpp"

namespace plntry::signaling {
namespace {

bool contains(const auto& range, const auto& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace

void Hub::handle_join(ConnectionId connection, const JoinRequest& request, const Arrival& arrival, Now now) {
  assert(!connections_.contains(connection) && !lobby_.find(connection));
  if (draining_) return send_away(connection, config_.drain_delay + config_.drain_spread);
  if (const auto admitted = admission_.admit(arrival.from, now.mono); !admitted) {
    return dismiss(connection, admitted.error().code, admitted.error().retry_after);
  }
  const Joining joining{connection, request, arrival, now};
  return request.wait ? wait_in_lobby(joining) : enter(joining);
}

// It was admitted once, and is not again when it enters: who waits has paid for its join.
void Hub::wait_in_lobby(const Joining& joining) {
  if (lobby_.size() >= config_.max_participants) {
    return dismiss(joining.connection, ErrorCode::server_full, config_.retry_when_full);
  }
  lobby_.add({joining.connection, joining.request, joining.arrival});
  admission_.connect(joining.arrival.from);
  const Waiting& waiting = *lobby_.find(joining.connection);
  send(joining.connection, print_ice(renew_lobby_ice(waiting, joining.now)));
  show_holds(waiting);
}

// §4: what each hold has for the lobby.
void Hub::show_holds(const Waiting& waiting) {
  const RoomName& room = waiting.request.room;
  const auto room_id = room_named(room);
  if (!room_id || !contains(lobby_.shown(room), waiting.connection)) return;
  for (const Participant& other : rooms_.find(*room_id)->participants()) {
    if (!other.hold || !waiting.is_shown_hold_of(other.id)) continue;
    for (Text& frame : other.hold->shown()) send(waiting.connection, std::move(frame));
  }
}

void Hub::enter(const Joining& joining) {
  if (resume(joining)) return;
  const auto room_id = take_seat(joining);
  if (!room_id) {
    const bool full = room_id.error() == ErrorCode::server_full;
    return dismiss(joining.connection, room_id.error(), full ? std::optional{config_.retry_when_full} : std::nullopt);
  }
  counters_.joins += 1;
  keep_seats_for_known(joining, *room_id);
  welcome_newcomer(joining, *room_id);
}

// The server knows this participant: it keeps its seat, and the newest connection wins.
bool Hub::resume(const Joining& joining) {
  const JoinRequest& request = joining.request;
  const auto room_id = room_named(request.room);
  if (!room_id) return false;
  Room& room = *rooms_.find(*room_id);
  const Participant* known = room.find(request.participant);
  if (!known) return false;
  if (request.attempt != 0 && request.attempt <= known->attempt) {  // overtaken on its way by a newer connection
    dismiss(joining.connection, ErrorCode::taken_over);
    return true;
  }
  // A second try of a reloaded page, whose first one got its seat but no answer: there is nothing left to replace,
  // unless the replaced one came back meanwhile.
  for (const ParticipantId& id : request.replaces) {
    if (room.find(id)) vacate(*room_id, id, ErrorCode::taken_over);
  }
  Participant& participant = *room.find(request.participant);
  if (participant.present()) dismiss(*participant.connection, ErrorCode::taken_over);
  sit_down(joining, *room_id, participant);
  counters_.resumes += 1;

  std::vector<WelcomeEntry> others;
  for (const Participant& other : room.participants()) {
    if (other.id == participant.id) continue;
    others.push_back({other.id, other.present(), room.link_between(other.id, participant.id), 0});
  }
  welcome(joining, true, others, participant.hold.get());
  broadcast(room, participant.id, print_back(participant.id));
  return true;
}

// A new seat, a replaced one, or that of somebody who yields. The newcomer has it before the other one gets up, so that
// neither the seat nor the room is free in between.
std::expected<RoomId, ErrorCode> Hub::take_seat(const Joining& joining) {
  const JoinRequest& request = joining.request;
  auto room_id = room_named(request.room);
  Room* room = room_id ? rooms_.find(*room_id) : nullptr;
  const std::vector<ParticipantId> yielding = room ? who_yields(joining, *room) : std::vector<ParticipantId>{};
  if (yielding.empty()) {
    if (room && room->size() >= config_.room_capacity) return std::unexpected(ErrorCode::room_full);
    if (!room && rooms_.size() >= config_.max_rooms) return std::unexpected(ErrorCode::server_full);
    if (seats_ >= config_.max_participants) return std::unexpected(ErrorCode::server_full);
  }
  if (!room) {
    room_id = open_room(request.room);
    room = rooms_.find(*room_id);
  }
  Participant newcomer{request.participant, config_, joining.now.mono};
  newcomer.fresh = !request.resume;
  const bool replaces = !request.replaces.empty();
  for (const ParticipantId& id : yielding) {
    if (replaces) newcomer.inherit(*room->find(id));
  }
  room->add(std::move(newcomer));
  seats_ += 1;
  for (const ParticipantId& id : yielding) {
    vacate(*room_id, id, replaces ? ErrorCode::taken_over : ErrorCode::room_full);
  }
  sit_down(joining, *room_id, *room->find(request.participant));
  return *room_id;
}

std::vector<ParticipantId> Hub::who_yields(const Joining& joining, Room& room) const {
  const JoinRequest& request = joining.request;
  std::vector<ParticipantId> yielding;
  for (const ParticipantId& id : request.replaces) {
    if (room.find(id)) yielding.push_back(id);
  }
  // Who was alone has nobody to come back to, and no reason to throw anyone out.
  const bool outranks = request.resume && !request.resume->empty() && joining.now.mono < restart_window_ends_;
  if (!outranks || room.size() < config_.room_capacity) return yielding;
  if (const Participant* newest = room.newest_fresh_but(*request.resume)) yielding.push_back(newest->id);
  return yielding;
}

// Another participant has this one's seat now.
void Hub::vacate(RoomId room_id, const ParticipantId& id, ErrorCode code) {
  const Participant& participant = *rooms_.find(room_id)->find(id);
  if (participant.present()) dismiss(*participant.connection, code);
  (code == ErrorCode::taken_over ? counters_.replaced : counters_.evicted) += 1;
  free_seat(room_id, ParticipantId{id}, GoneReason::replaced);
}

// A room is rebuilt by whoever comes first.
void Hub::keep_seats_for_known(const Joining& joining, RoomId room_id) {
  if (!joining.request.resume) return;
  Room& room = *rooms_.find(room_id);
  for (const ParticipantId& id : *joining.request.resume) {
    if (room.size() >= config_.room_capacity || seats_ >= config_.max_participants) break;
    if (room.find(id)) continue;
    Participant absent{id, config_, joining.now.mono};
    absent.deadline = joining.now.mono + config_.resume_window;
    room.add(std::move(absent));
    seats_ += 1;
    for (const Participant& other : room.participants()) {
      if (!other.present() || other.id == joining.request.participant) continue;
      send(*other.connection, print_joined(id, std::nullopt));
      send(*other.connection, print_away(id));
    }
  }
  reschedule(room_id);
}

// §4: the newcomer takes every hold that was left, and each holder learns it.
void Hub::welcome_newcomer(const Joining& joining, RoomId room_id) {
  Room& room = *rooms_.find(room_id);
  const ParticipantId& newcomer = joining.request.participant;
  std::vector<WelcomeEntry> others;
  std::vector<Text> held;
  for (Participant& other : room.participants()) {
    if (other.id == newcomer) continue;
    WelcomeEntry& entry = others.emplace_back(WelcomeEntry{other.id, other.present(), std::nullopt, 0});
    if (const auto hold = std::exchange(other.hold, nullptr)) {
      entry.link = hold->link();
      entry.held = hold->size();
      room.match(hold->link(), other.id, newcomer);
      std::ranges::move(std::move(*hold).take(), std::back_inserter(held));
    }
    if (other.present()) send(*other.connection, print_joined(newcomer, entry.link));
  }
  counters_.messages_handed_over += held.size();
  welcome(joining, false, others, nullptr);
  for (Text& frame : held) send(joining.connection, std::move(frame));
}

void Hub::sit_down(const Joining& joining, RoomId room_id, Participant& participant) {
  participant.connection = joining.connection;
  participant.attempt = joining.request.attempt;
  if (participant.session == SessionId{}) participant.session = joining.arrival.session;
  const auto& [from, entrance, session] = joining.arrival;
  connections_.emplace(joining.connection, Connection{room_id, from, entrance});
  admission_.connect(from);
}

void Hub::welcome(const Joining& joining, bool resumed, std::span<const WelcomeEntry> others, const Hold* own_hold) {
  Welcome welcome{joining.request.participant, joining.request.room.text(), resumed, others, std::nullopt,
                  joining.arrival.from};
  if (own_hold) welcome.hold = WelcomeHold{own_hold->link(), own_hold->last_seq()};
  const IceOffer ice = renew_ice(*seat_of(joining.connection), joining.now);
  send(joining.connection, print_welcome(welcome, ice, config_));
}

std::optional<RoomId> Hub::room_named(const RoomName& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional{found->second};
}

RoomId Hub::open_room(const RoomName& name) {
  const RoomId room_id = rooms_.insert(Room{name});
  names_.emplace(name, room_id);
  return room_id;
}

}  // namespace plntry::signaling
