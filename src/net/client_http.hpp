// As much of HTTP/1.1 and WebSocket as it takes to ask a server one thing and to read the first thing that it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/client_socket.hpp"

namespace plntry::net {

struct ClientAnswer {
  unsigned status = 0;
  std::string head;
  std::string body;                                 // what of it had come
  std::string header(std::string_view name) const;  // empty when absent
};

// `fields` end in CRLF each. Nothing when no HTTP came back in time.
std::optional<ClientAnswer> ask(ClientSocket& socket, std::string_view host, std::string_view target,
                                std::string_view fields, TimePoint until);

// The first text frame behind an upgrade, of which `received` has already come; or the reason of a close frame.
struct FirstFrame {
  bool is_text = false;
  std::string text;
};
std::optional<FirstFrame> read_frame(ClientSocket& socket, std::string received, TimePoint until);

// Answers the pings that have come, so that the server keeps the WebSocket; drops whatever else has. Never waits.
void answer_pings(ClientSocket& socket);

// An HTTP date (RFC 9110 §5.6.7, the form that everyone sends).
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace plntry::net
