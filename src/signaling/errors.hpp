// The error codes of docs/protocol.md §6: name on the wire, close code, and the words for people.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace plntry::signaling {

enum class ErrorCode : std::uint8_t {
  bad_request,
  unsupported_version,
  room_full,
  taken_over,
  too_large,
  slow_consumer,
  rate_limited,
  flooding,
  too_many_connections,
  server_full,
  room_name,
  unknown_participant,
  bad_sequence,
  held_too_much,
};
constexpr std::size_t kErrorCodes = 14;

// What a client does after the connection was closed with this error. `stays_open`: it was not.
enum class Retry : std::uint8_t { no, yes, later, stays_open };  // `later`: after `retryAfter`

struct ErrorDescription {
  ErrorCode code{};
  std::string_view name;
  std::uint16_t close_code = 0;  // 0: the connection stays open
  Retry retry{};
  std::string_view text;
};

// clang-format off
constexpr std::array<ErrorDescription, kErrorCodes> kErrors{{
  {ErrorCode::bad_request, "bad_request", 4000, Retry::no,
   "This request or message is not as the plntry protocol says, so the connection ends. Reload the page."},
  {ErrorCode::unsupported_version, "unsupported_version", 4001, Retry::no,
   "This page and the server speak different versions of the plntry protocol. Reload the page."},
  {ErrorCode::room_full, "room_full", 4002, Retry::no,
   "Every seat in this room is taken, or kept for someone who is coming back. Try again when someone has left."},
  {ErrorCode::taken_over, "taken_over", 4003, Retry::no,
   "You joined this call from another tab or window, which has taken over from this one. Go on there."},
  {ErrorCode::too_large, "too_large", 1009, Retry::no,
   "A message was larger than this server carries, so the connection ends. Send smaller messages."},
  {ErrorCode::slow_consumer, "slow_consumer", 4005, Retry::yes,
   "More waited to be sent to you than the server keeps, so the connection ends. Connect again."},
  {ErrorCode::rate_limited, "rate_limited", 0, Retry::stays_open,
   "Messages came faster than this server takes them, so this one was refused. Send it again after the delay."},
  {ErrorCode::flooding, "flooding", 4006, Retry::later,
   "Too many messages or joins came from here, so the connection ends. Try again after the delay."},
  {ErrorCode::too_many_connections, "too_many_connections", 4007, Retry::later,
   "Too many connections are open from your network address. Close some, or try again after the delay."},
  {ErrorCode::server_full, "server_full", 4008, Retry::later,
   "The server has all the rooms or participants that it can hold. Try again after the delay."},
  {ErrorCode::room_name, "room_name", 4009, Retry::no,
   "This is not a room name: use 3 to 64 letters a-z, digits and hyphens, with no hyphen first or last."},
  {ErrorCode::unknown_participant, "unknown_participant", 0, Retry::stays_open,
   "Nobody with this id has a seat in the room, so the message was dropped."},
  {ErrorCode::bad_sequence, "bad_sequence", 0, Retry::stays_open,
   "A message before this held one is missing, so this one was refused. Send the hold again from its base."},
  {ErrorCode::held_too_much, "held_too_much", 0, Retry::stays_open,
   "The server holds no more messages for whoever joins next, so this one was refused. Keep it until someone joins."},
}};
// clang-format on

constexpr const ErrorDescription& describe(ErrorCode code) { return kErrors[static_cast<std::size_t>(code)]; }
constexpr std::uint16_t close_code(ErrorCode code) { return describe(code).close_code; }

static_assert([] {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    const ErrorDescription& error = kErrors[i];
    if (static_cast<std::size_t>(error.code) != i) return false;  // `describe` indexes by code
    if ((error.close_code == 0) != (error.retry == Retry::stays_open)) return false;
    if (error.close_code != 0 && error.close_code != 1009 && error.close_code / 10 != 400) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (kErrors[j].name == error.name) return false;
      if (error.close_code != 0 && kErrors[j].close_code == error.close_code) return false;
    }
  }
  return true;
}());

// Close codes that no error goes with (RFC 6455 §7.4.1, and the registry's 1012 "Service Restart").
constexpr std::uint16_t kCloseNormal = 1000;
constexpr std::uint16_t kCloseServiceRestart = 1012;

}  // namespace plntry::signaling
