#include "net/ice.hpp"

namespace plntry::net {

std::string print_ice_servers(std::string_view host, std::uint16_t port, const std::vector<std::string>& extra) {
  std::string json = "[";
  if (!host.empty()) {  // RFC 7064; a host that was parsed needs no escaping
    json += R"({"urls":["stun:)" + std::string{host} + ':' + std::to_string(port) + R"("]})";
  }
  for (const std::string& server : extra) {
    if (json.size() > 1) json += ',';
    json += server;
  }
  return json + ']';
}

}  // namespace plntry::net
