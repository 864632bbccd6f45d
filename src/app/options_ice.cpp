#include <tuple>

#include "app/option_groups.hpp"

namespace plntry::app {
namespace {

constexpr const char* kServerForms =
    R"(a stun: URL, or JSON like {"urls":["turn:…"],"username":"…","credential":"…"}, or with "secret" and "ttl" )"
    "(seconds) in place of these two";

bool set_transport(net::RelayTransports& transports, const std::string& text) {
  if (text == "udp") return transports.udp = true;
  if (text == "tcp") return transports.tcp = true;
  if (text == "tls") return transports.tls = true;
  return false;
}

}  // namespace

void declare_ice(Options& options, Config& config) {
  net::IceServers::Config& ice = config.ice;
  options.many(
      "ice-server", kServerForms, "",
      "STUN and TURN services elsewhere, for the browsers; credentials are made with the secret",
      [&] { ice.services.clear(); },
      [&](const std::string& text) {
        const auto service = parse_ice_service(text);
        if (service) ice.services.push_back(*service);
        return service.has_value();
      });
  options.one("relay-host", "a host name or an address, with or without a port", "as in the page's address",
              "Where browsers find the relay and STUN, if not where the page comes from", [&](const std::string& text) {
                const auto place = parse_host_and_port(text);
                if (place) std::tie(ice.relay_host, ice.port) = *place;
                return place.has_value();
              });
  options.many(
      "relay-transports", "udp, tcp or tls", "udp, tcp, tls", "How browsers are told to reach the relay",
      [&] { ice.transports = {false, false, false}; },
      [&](const std::string& text) { return set_transport(ice.transports, text); });
  options.duration("credential-lifetime", ice.lifetime, 10s, 10min,
                   "How long a browser's credentials for the relay last; renewed at half of it, void when it leaves");
}

}  // namespace plntry::app
