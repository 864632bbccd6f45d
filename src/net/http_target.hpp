// What a request asks for, parsed once from hostile text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plntry::net {

enum class Route : std::uint8_t { page, asset, join, events, frames, health, ready, metrics, not_found };

struct Target {
  Route route = Route::not_found;
  // `asset`: a relative path of segments of [A-Za-z0-9._-], none of which begins with a dot, so that it cannot leave
  // the directory it is looked up in. `join`, `events`: the room as it was written, not checked. Borrows the request's
  // target.
  std::string_view name;
};

// Of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// `target` is a request line's (RFC 9112 §3.2.1, origin form), with or without a query, which is ignored.
Target parse_target(std::string_view target);

// A Host header (RFC 9110 §7.2) as a URI host: a DNS name, an IPv4 address or an IPv6 address in brackets, in lower
// case and without its port. Nothing when it is none of these.
std::optional<std::string> parse_host(std::string_view host_header);

// Whether `host`, as `parse_host` gives it, is by its name this machine itself: what browsers trust without TLS.
bool is_loopback_host(std::string_view host);

// Whether a page of `origin` (an Origin header) is one of the server reached as `host_header`: the same host and port.
bool is_same_origin(std::string_view origin, std::string_view host_header);

}  // namespace plntry::net
