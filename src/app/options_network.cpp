#include "app/option_groups.hpp"

namespace plntry::app {

void declare_network(Options& options, Config& config) {
  options.many(
      "listen", "ADDRESS:PORT, like 0.0.0.0:8080 or [::]:8080", "[::]:8080",
      "Where to listen, TCP and UDP; [::] is every address, IPv4 too. Without it, $PORT is honoured",
      [&] { config.listen.clear(); },
      [&](const std::string& text) {
        const auto endpoint = Endpoint::parse(text);
        if (endpoint) config.listen.push_back(*endpoint);
        return endpoint.has_value();
      });
  options.one("threads", "a whole number from 1 to 256", "as many as cores",
              "Threads for pages, STUN and the relay; the first one also carries the signalling",
              [&](const std::string& text) {
                const auto value = parse_number(text);
                if (!value || *value < 1 || *value > 256) return false;
                config.threads = static_cast<unsigned>(*value);
                return true;
              });
  options.number("max-connections", config.limits.total_max, 1, 10'000'000, "TCP connections at a time");
  options.number("max-connections-per-address", config.limits.per_address_max, 1, 10'000'000,
                 "TCP connections at a time from one IPv4 address or IPv6 /64");
  options.prefixes("trusted-proxy", config.trusted_proxies,
                   "Proxies whose X-Forwarded-For, X-Forwarded-Proto and Forwarded count: limits by address are their "
                   "clients' then");
  options.many(
      "allow-origin", "an origin like https://example.org, or *", "",
      "Pages of these origins may join, besides our own", [&] { config.http.allowed_origins.clear(); },
      [&](const std::string& text) {
        config.http.allowed_origins.push_back(text);
        return is_origin(text);
      });
  options.one("web-root", "a directory", "", "Serve the page from here instead of the one in the binary",
              [&](const std::string& text) {
                config.web_root = text;
                return !text.empty();
              });
  options.choice("metrics", config.http.metrics, std::array{"off", "loopback", "all"},
                 "Who may read /metrics; loopback: this machine, but not through a proxy");
}

}  // namespace plntry::app
