// The server side of docs/protocol.md §1–§6: rooms, participants, presence, resume, holds. Pure: one owner calls
// `handle_*`, then drains `poll_effect()` until it is empty, and calls `handle_timeout` when `next_deadline()` comes.
//
// Invariant: a connection is known from its `handle_join` until its `handle_closed` or the Close that the hub emits for
// it. All that time it waits in the lobby or sits in exactly one seat. Calls for any other connection do nothing, but
// `handle_fault` answers it.
//
// A message costs one hash look-up, one search among at most kMaxRoomCapacity seats, and one string.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline_queue.hpp"
#include "base/endpoint.hpp"
#include "base/slot_map.hpp"
#include "base/time.hpp"
#include "signaling/admission.hpp"
#include "signaling/config.hpp"
#include "signaling/effects.hpp"
#include "signaling/errors.hpp"
#include "signaling/frames.hpp"
#include "signaling/ice.hpp"
#include "signaling/lobby.hpp"
#include "signaling/message.hpp"
#include "signaling/room.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

// Since the hub was made.
struct Counters {
  std::uint64_t joins = 0;     // new seats taken by a connection, those of `replaced` included
  std::uint64_t resumes = 0;   // came back to a seat that the hub knew
  std::uint64_t replaced = 0;  // seats handed from one participant to another (§2 `replaces`)
  std::uint64_t evicted = 0;   // made room for one who resumed after a restart
  std::uint64_t left = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t messages_relayed = 0;
  std::uint64_t bytes_relayed = 0;     // of bodies
  std::uint64_t messages_dropped = 0;  // for someone away
  std::uint64_t messages_held = 0;
  std::uint64_t messages_handed_over = 0;
  std::array<std::uint64_t, kErrorCodes> errors{};  // told to clients, by ErrorCode
};

class Hub {
 public:
  // Borrows `ice`, and asks it when it welcomes and at half the lifetime of what it gave, never otherwise.
  Hub(const Config& config, IceSource& ice, Now started);
  Hub(const Hub&) = delete;  // the admission borrows the configuration
  Hub& operator=(const Hub&) = delete;

  // `connection` is new, and its upgrade is complete. Emits `welcome` and what was held, or an error and a Close; for
  // one that waits in the lobby, `lobby` and what is held for it, and the rest at its JoinMessage.
  void handle_join(ConnectionId connection, const JoinRequest& request, const Arrival& arrival, Now now);
  void handle_message(ConnectionId connection, ClientMessage&& message, Now now);
  // What `net` found wrong with a connection, whether it has joined or not: tells it, closes it if the code does. For
  // bad_request, too_large, slow_consumer, unsupported_version, room_name.
  void handle_fault(ConnectionId connection, ErrorCode code, Now now);
  void handle_closed(ConnectionId connection, Now now);
  // The server is going away: everyone is told to come back and closed; whoever joins from now on, too.
  void handle_drain(Now now);
  void handle_timeout(Now now);

  std::optional<TimePoint> next_deadline() const;
  std::optional<Effect> poll_effect();

  const Counters& counters() const { return counters_; }
  std::size_t rooms() const { return rooms_.size(); }
  std::size_t participants() const { return seats_; }  // away ones included
  std::size_t connections() const { return connections_.size() + lobby_.size(); }

 private:
  struct Connection {
    RoomId room;
    IpAddress from;
    Entrance entrance;
  };
  // Borrowed as the participant is (see Room).
  struct Seat {
    RoomId room_id;
    Room* room = nullptr;
    Participant* participant = nullptr;
  };
  struct Joining {
    ConnectionId connection;
    const JoinRequest& request;
    const Arrival& arrival;
    Now now;
  };

  // join.cpp: who gets which seat (§2).
  void wait_in_lobby(const Joining& joining);
  void show_holds(const Waiting& waiting);
  void enter(const Joining& joining);
  bool resume(const Joining& joining);
  std::expected<RoomId, ErrorCode> take_seat(const Joining& joining);
  std::vector<ParticipantId> who_yields(const Joining& joining, Room& room) const;
  void vacate(RoomId room_id, const ParticipantId& id, ErrorCode code);
  void keep_seats_for_known(const Joining& joining, RoomId room_id);
  void welcome_newcomer(const Joining& joining, RoomId room_id);
  void sit_down(const Joining& joining, RoomId room_id, Participant& participant);
  // Sits already. Its ICE servers are fresh.
  void welcome(const Joining& joining, bool resumed, std::span<const WelcomeEntry> others, const Hold* own_hold);
  std::optional<RoomId> room_named(const RoomName& name) const;
  RoomId open_room(const RoomName& name);

  // hub.cpp
  void handle_message_in_lobby(ConnectionId connection, const ClientMessage& message, Now now);
  void enter_from_lobby(ConnectionId connection, Now now);
  // What somebody who waits is to be told now, and a deadline for the next time.
  IceOffer renew_lobby_ice(const Waiting& waiting, Now now);
  std::optional<Seat> seat_of(ConnectionId connection);
  // For one who is present: what it is to be told now, and a deadline for the next time.
  IceOffer renew_ice(const Seat& seat, Now now);
  void tell_renewed_ice(RoomId room_id, Now now);
  void handle_hold(const Seat& seat, const HoldMessage& message);
  void show_latest(const Seat& seat);
  void deliver(const Participant& from, const Participant& to, const Body& body);
  void refuse_message(const Seat& seat, Now now);
  void lose_connection(const Seat& seat, Now now);
  void free_seat(RoomId room_id, const ParticipantId& id, GoneReason reason);
  void reschedule(RoomId room_id);
  void forget(ConnectionId connection);

  void send(ConnectionId to, Text text);
  void send(ConnectionId to, std::string text);
  // To everyone present in the room but `except`.
  void broadcast(const Room& room, const ParticipantId& except, std::string text);
  void tell(ConnectionId to, ErrorCode code, std::optional<Duration> retry_after = {},
            const std::optional<ParticipantId>& about = {});
  // Tells and closes. Whoever calls it says what becomes of the seat.
  void dismiss(ConnectionId connection, ErrorCode code, std::optional<Duration> retry_after = {});
  void send_away(ConnectionId connection, Duration after);

  const Config config_;
  IceSource& ice_;
  const TimePoint restart_window_ends_;
  bool draining_ = false;
  SlotMap<Room> rooms_;
  std::map<RoomName, RoomId> names_;  // a tree: strangers choose the names, and nobody can aim at one bucket
  std::unordered_map<ConnectionId, Connection> connections_;
  Lobby lobby_;
  std::size_t seats_ = 0;
  DeadlineQueue<RoomId> deadlines_;  // one a room, the first of its participants'
  Admission admission_;
  std::deque<Effect> effects_;
  Counters counters_;
};

}  // namespace plntry::signaling
