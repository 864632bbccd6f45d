// Which of this machine's addresses the internet sees it by, as far as the machine itself can tell.
#pragma once

#include <optional>

#include "base/endpoint.hpp"

namespace plntry::net {

// The address that packets to the internet leave from; nothing without a route. Asks the routing table, sends nothing.
std::optional<IpAddress> route_source(IpFamily family);

// Whether a socket can be bound to it.
bool is_local(const IpAddress& address);

}  // namespace plntry::net
