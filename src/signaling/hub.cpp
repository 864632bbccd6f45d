#include "signaling/hub.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

namespace plntry::signaling {

Hub::Hub(const Config& config, IceSource& ice, Now started)
    : config_(config), ice_(ice), restart_window_ends_(started.mono + config.resume_window), admission_(config_) {
  assert(config.room_capacity >= 2 && config.room_capacity <= kMaxRoomCapacity);
}

void Hub::handle_message(ConnectionId connection, ClientMessage&& message, Now now) {
  const auto seat = seat_of(connection);
  if (!seat) return handle_message_in_lobby(connection, message, now);
  if (std::holds_alternative<JoinMessage>(message)) return handle_fault(connection, ErrorCode::bad_request, now);
  if (std::holds_alternative<LeaveMessage>(message)) {
    const ParticipantId id = seat->participant->id;
    effects_.push_back(Close{connection, kCloseNormal, "left"});
    forget(connection);
    counters_.left += 1;
    return free_seat(seat->room_id, id, GoneReason::left);
  }
  if (!seat->participant->messages.take(1, now.mono)) return refuse_message(*seat, now);
  if (const auto* hold = std::get_if<HoldMessage>(&message)) return handle_hold(*seat, *hold);

  const auto& send = std::get<SendMessage>(message);
  const Participant* to = seat->room->find(send.to);
  if (!to || to == seat->participant) return tell(connection, ErrorCode::unknown_participant, {}, send.to);
  deliver(*seat->participant, *to, send.body);
}

void Hub::handle_message_in_lobby(ConnectionId connection, const ClientMessage& message, Now now) {
  if (!lobby_.find(connection)) return;
  if (std::holds_alternative<JoinMessage>(message)) return enter_from_lobby(connection, now);
  if (!std::holds_alternative<LeaveMessage>(message)) return dismiss(connection, ErrorCode::bad_request);
  effects_.push_back(Close{connection, kCloseNormal, "left"});
  forget(connection);
}

// The session goes on in the seat; if that has one already, or there is none, it ends here.
void Hub::enter_from_lobby(ConnectionId connection, Now now) {
  const auto waiting = lobby_.remove(connection);
  admission_.disconnect(waiting->arrival.from);
  enter({connection, waiting->request, waiting->arrival, now});
  const auto seat = seat_of(connection);
  if (!seat || seat->participant->session != waiting->arrival.session) {
    effects_.push_back(SessionEnded{waiting->arrival.session});
  }
}

// §4
void Hub::handle_hold(const Seat& seat, const HoldMessage& message) {
  Participant& holder = *seat.participant;
  const auto taker = seat.room->taker_of(holder.id, message.link);
  if (taker) return deliver(holder, *taker, message.body);

  auto& hold = holder.hold;
  if (!hold || hold->link() != message.link) hold = std::make_unique<Hold>(message.link);
  hold->withdraw_below(message.base);
  const std::string_view body = message.body.view();
  switch (hold->check(message.seq, body.size(), {config_.held_messages, config_.held_bytes})) {
    case Hold::Outcome::held:
      hold->add(std::make_shared<const std::string>(print_message(holder.id, body)), body.size(), message.for_lobby);
      counters_.messages_held += 1;
      show_latest(seat);
      break;
    case Hold::Outcome::already_held:
      break;
    case Hold::Outcome::gap:
      tell(*holder.connection, ErrorCode::bad_sequence);
      break;
    case Hold::Outcome::too_much:
      tell(*holder.connection, ErrorCode::held_too_much);
      break;
  }
  if (hold->empty()) hold.reset();
}

// Those in the lobby have all that went before it.
void Hub::show_latest(const Seat& seat) {
  const Participant& holder = *seat.participant;
  if (!holder.hold->is_all_shown()) return;
  const Text latest = holder.hold->shown().back();
  for (const ConnectionId waiting : lobby_.shown(seat.room->name())) {
    if (lobby_.find(waiting)->is_shown_hold_of(holder.id)) send(waiting, latest);
  }
}

void Hub::deliver(const Participant& from, const Participant& to, const Body& body) {
  if (!to.present()) {  // §3: the sender knows, and sends again at `back`
    counters_.messages_dropped += 1;
    return;
  }
  counters_.messages_relayed += 1;
  counters_.bytes_relayed += body.view().size();
  send(*to.connection, print_message(from.id, body.view()));
}

// §6: each refused message is answered; whoever goes on in spite of that is closed.
void Hub::refuse_message(const Seat& seat, Now now) {
  Participant& participant = *seat.participant;
  const ConnectionId connection = *participant.connection;
  if (participant.refusals.take(1, now.mono)) {
    return tell(connection, ErrorCode::rate_limited, participant.messages.until_available(1, now.mono));
  }
  dismiss(connection, ErrorCode::flooding, participant.messages.until_available(config_.messages.capacity, now.mono));
  lose_connection(seat, now);
}

void Hub::handle_fault(ConnectionId connection, ErrorCode code, Now now) {
  const auto seat = seat_of(connection);
  if (close_code(code) == 0) return tell(connection, code);
  dismiss(connection, code);
  if (seat) lose_connection(*seat, now);
}

void Hub::handle_closed(ConnectionId connection, Now now) {
  const auto seat = seat_of(connection);
  forget(connection);
  if (seat) lose_connection(*seat, now);
}

// Everyone of a room gets about the same delay, so that rooms come back whole.
void Hub::handle_drain(Now) {
  draining_ = true;
  const auto count = static_cast<std::int64_t>(connections_.size());
  std::int64_t place = 0;
  rooms_.for_each([&](RoomId, Room& room) {
    for (const Participant& participant : room.participants()) {
      if (!participant.present()) continue;
      send_away(*participant.connection, config_.drain_delay + config_.drain_spread * place / count);
      place += 1;
    }
  });
  while (!connections_.empty()) forget(connections_.begin()->first);
  for (const ConnectionId waiting : lobby_.connections()) {
    send_away(waiting, config_.drain_delay);
    admission_.disconnect(lobby_.remove(waiting)->arrival.from);
  }
  rooms_ = {};
  names_.clear();
  deadlines_ = {};
  seats_ = 0;
}

void Hub::handle_timeout(Now now) {
  while (const Waiting* waiting = lobby_.pop_due(now.mono)) {
    send(waiting->connection, print_ice(renew_lobby_ice(*waiting, now)));
  }
  while (const auto room_id = deadlines_.pop_due(now.mono)) {
    tell_renewed_ice(*room_id, now);
    // Each round frees a seat or finds none to free; freeing the last one ends the room.
    while (Room* room = rooms_.find(*room_id)) {
      const Participant* ended = room->first_ended(now.mono);
      if (!ended) break;
      counters_.timed_out += 1;
      free_seat(*room_id, ParticipantId{ended->id}, GoneReason::timeout);
    }
  }
}

// §5: renewed at half of their lifetime, the credentials are good for another half whenever a path must be found anew.
IceOffer Hub::renew_ice(const Seat& seat, Now now) {
  Participant& participant = *seat.participant;
  const Entrance& entrance = connections_.find(*participant.connection)->second.entrance;
  IceOffer offer = ice_.offer(participant.session, entrance, now);
  participant.deadline = offer.lifetime ? now.mono + Duration{*offer.lifetime} / 2 : TimePoint::max();
  reschedule(seat.room_id);
  return offer;
}

IceOffer Hub::renew_lobby_ice(const Waiting& waiting, Now now) {
  IceOffer offer = ice_.offer(waiting.arrival.session, waiting.arrival.entrance, now);
  if (offer.lifetime) lobby_.schedule(waiting.connection, now.mono + Duration{*offer.lifetime} / 2);
  return offer;
}

void Hub::tell_renewed_ice(RoomId room_id, Now now) {
  Room& room = *rooms_.find(room_id);
  for (Participant& participant : room.participants()) {
    if (!participant.present() || participant.deadline > now.mono) continue;
    send(*participant.connection, print_ice(renew_ice({room_id, &room, &participant}, now)));
  }
}

std::optional<TimePoint> Hub::next_deadline() const {
  const auto rooms = deadlines_.next_deadline();
  const auto lobby = lobby_.next_deadline();
  return rooms && lobby ? std::min(rooms, lobby) : rooms ? rooms : lobby;
}

std::optional<Effect> Hub::poll_effect() {
  if (effects_.empty()) return std::nullopt;
  std::optional<Effect> effect = std::move(effects_.front());
  effects_.pop_front();
  return effect;
}

std::optional<Hub::Seat> Hub::seat_of(ConnectionId connection) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return std::nullopt;
  const RoomId room_id = found->second.room;
  Room* room = rooms_.find(room_id);
  assert(room);
  Participant* participant = room->find(connection);
  assert(participant);
  return Seat{room_id, room, participant};
}

// The participant is away from now on; its connection is forgotten already.
void Hub::lose_connection(const Seat& seat, Now now) {
  Participant& participant = *seat.participant;
  participant.connection.reset();
  participant.deadline = now.mono + config_.resume_window;
  broadcast(*seat.room, participant.id, print_away(participant.id));
  reschedule(seat.room_id);
}

void Hub::free_seat(RoomId room_id, const ParticipantId& id, GoneReason reason) {
  Room& room = *rooms_.find(room_id);
  const SessionId session = room.find(id)->session;
  if (session != SessionId{}) effects_.push_back(SessionEnded{session});
  room.remove(id);
  seats_ -= 1;
  broadcast(room, id, print_gone(id, reason));
  if (room.empty()) {
    deadlines_.cancel(room_id);
    names_.erase(room.name());
    rooms_.erase(room_id);
    return;
  }
  reschedule(room_id);
}

void Hub::reschedule(RoomId room_id) {
  const auto deadline = rooms_.find(room_id)->next_deadline();
  if (deadline) {
    deadlines_.schedule(room_id, *deadline);
  } else {
    deadlines_.cancel(room_id);
  }
}

void Hub::forget(ConnectionId connection) {
  if (const auto seated = connections_.find(connection); seated != connections_.end()) {
    admission_.disconnect(seated->second.from);
    connections_.erase(seated);
  } else if (const auto waiting = lobby_.remove(connection)) {
    admission_.disconnect(waiting->arrival.from);
    effects_.push_back(SessionEnded{waiting->arrival.session});
  }
}

void Hub::send(ConnectionId to, Text text) { effects_.push_back(Send{to, std::move(text)}); }

void Hub::send(ConnectionId to, std::string text) { send(to, std::make_shared<const std::string>(std::move(text))); }

void Hub::broadcast(const Room& room, const ParticipantId& except, std::string text) {
  const auto shared = std::make_shared<const std::string>(std::move(text));
  for (const Participant& participant : room.participants()) {
    if (participant.present() && participant.id != except) send(*participant.connection, shared);
  }
}

void Hub::tell(ConnectionId to, ErrorCode code, std::optional<Duration> retry_after,
               const std::optional<ParticipantId>& about) {
  counters_.errors[static_cast<std::size_t>(code)] += 1;
  send(to, print_error(code, retry_after, about));
}

void Hub::dismiss(ConnectionId connection, ErrorCode code, std::optional<Duration> retry_after) {
  tell(connection, code, retry_after);
  effects_.push_back(Close{connection, close_code(code), describe(code).name});
  forget(connection);
}

void Hub::send_away(ConnectionId connection, Duration after) {
  send(connection, print_come_back(after));
  effects_.push_back(Close{connection, kCloseServiceRestart, "the server is restarting"});
}

}  // namespace plntry::signaling
