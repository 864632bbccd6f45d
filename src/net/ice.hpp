// What a joining browser is told to use for ICE.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plntry::net {

// The JSON of RTCConfiguration.iceServers: this server's own STUN, under the host name by which the page reached it
// (`host` as `parse_host` gives it, or empty: then none), and those in `extra`, each a JSON object.
std::string print_ice_servers(std::string_view host, std::uint16_t port, const std::vector<std::string>& extra);

}  // namespace plntry::net
