// What the hub wants done; a loop performs it, in order.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "signaling/ice.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

// Send one text message.
struct Send {
  ConnectionId to{};
  Text text;
};

// Close with this code after everything sent before it. The hub has already forgotten the connection: a later
// `handle_closed` or `handle_message` of it does nothing.
struct Close {
  ConnectionId connection{};
  std::uint16_t code = 0;
  std::string_view reason;  // for the close frame; static, at most 123 bytes (RFC 6455 §5.5)
};

// A seat is free: left, timed out, replaced or given up to another; or who waited in the lobby took none. Not when the
// whole server goes away. Comes once for each session whose credentials an IceSource was asked for; they are of no more
// use.
struct SessionEnded {
  SessionId session{};
};

using Effect = std::variant<Send, Close, SessionEnded>;

}  // namespace plntry::signaling
