// Names as addresses, by the system's resolver. Waits for it.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/endpoint.hpp"

namespace plntry::net {

// The first address of each family, in the resolver's order; or why there is none, in its words. A literal is itself.
std::expected<std::vector<IpAddress>, std::string> resolve(const std::string& host);

}  // namespace plntry::net
