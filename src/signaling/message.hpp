// What clients send (docs/protocol.md §2–§4), parsed once at the wall: the hub never sees a malformed message.
// Every error is one that the client is told (§6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "signaling/errors.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

constexpr std::size_t kMaxHeaderBytes = 1024;       // §1, the first line of a client's frame
constexpr std::size_t kMaxJoinRequestBytes = 4096;  // encoded

// A join as the hub needs it: secrets have become the ids that they prove.
struct JoinRequest {
  RoomName room;
  ParticipantId participant;
  // §2: present when the same page joined before; whom it was in the call with (at most kMaxKnown, no id twice,
  // never its own).
  std::optional<std::vector<ParticipantId>> resume;
  // The participants whose seats this one takes, at most kMaxReplaced, likewise. Never together with `resume`.
  std::vector<ParticipantId> replaces;
  // Counts the connections that the page has opened; 0: it does not say.
  std::uint64_t attempt = 0;
  // The connection waits in the lobby: the seat is taken when JoinMessage comes.
  bool wait = false;
};

// The value of Sec-WebSocket-Protocol, as far as it concerns us. Borrows `header`.
struct JoinOffer {
  std::string_view version;  // to be echoed in the 101: "plntry.v1", or the first other plntry.v… that was offered
  std::string_view request;  // what follows "join.", still encoded; empty when there is none
  bool supported = false;    // false: complete the upgrade, then `unsupported_version`
};

constexpr std::string_view kVersion = "plntry.v1";

// Nothing when no plntry version is offered: the request is answered with an HTTP error.
std::optional<JoinOffer> parse_join_offer(std::string_view header);

// `room` as it stands in the URL's path; `encoded` is JoinOffer::request. Fails with room_name or bad_request.
std::expected<JoinRequest, ErrorCode> parse_join_request(std::string_view room, std::string_view encoded);

// The opaque part of a frame: owns the whole frame, so that the body is never copied on the way in.
class Body {
 public:
  Body(std::string frame, std::size_t offset) : frame_(std::move(frame)), offset_(offset) {}
  std::string_view view() const { return std::string_view{frame_}.substr(offset_); }

 private:
  std::string frame_;
  std::size_t offset_;
};

struct SendMessage {  // §3
  ParticipantId to;
  Body body;
};
struct HoldMessage {  // §4; 1 <= base <= seq <= 2^53 - 1
  LinkId link;
  std::uint64_t seq = 0;
  std::uint64_t base = 0;
  bool for_lobby = false;  // those who wait for the room may have it, too
  Body body;
};
struct JoinMessage {};  // §2, what a connection in the lobby waits for
struct LeaveMessage {};

using ClientMessage = std::variant<SendMessage, HoldMessage, JoinMessage, LeaveMessage>;

// `frame` is one text message, at most Config::message_bytes long and valid UTF-8 (RFC 6455 §8.1: both are checked
// by whoever reads it from the socket). Fails with bad_request.
std::expected<ClientMessage, ErrorCode> parse_client_frame(std::string&& frame);

}  // namespace plntry::signaling
