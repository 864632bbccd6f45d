#include "net/ice.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "net/http_target.hpp"
#include "turn/credentials.hpp"

namespace plntry::net {
namespace {

// A JSON array of RTCIceServers. No piece needs escaping: hosts are parsed, the rest is of digits and base64.
class Servers {
 public:
  void add(std::string_view server) {
    if (json_.size() > 1) json_ += ',';
    json_ += server;
  }

  // `server` is an object without credentials.
  void add(std::string_view server, const turn::EphemeralCredentials& credentials) {
    add(server.substr(0, server.size() - 1));
    json_.append(R"(,"username":")").append(credentials.username);
    json_.append(R"(","credential":")").append(credentials.password).append(R"("})");
  }

  std::string take() && { return std::move(json_) + ']'; }

 private:
  std::string json_ = "[";
};

std::string print_urls(const std::vector<std::string>& urls) {
  std::string json;
  for (const std::string& url : urls) json += (json.empty() ? "\"" : ",\"") + url + '"';
  return R"({"urls":[)" + json + "]}";
}

}  // namespace

// Our own host and port as browsers reach them; empty when nobody knows the host.
std::string IceServers::authority(const signaling::Entrance& entrance) const {
  const std::string& host = config_.relay_host.empty() ? entrance.host : config_.relay_host;
  return host.empty() ? host : host + ':' + std::to_string(config_.port);
}

// A browser allocates on every one of them, for each of its interfaces.
std::vector<std::string> IceServers::relay_urls(const signaling::Entrance& entrance) const {
  std::vector<std::string> urls;
  const std::string here = authority(entrance);
  if (!config_.relay || here.empty()) return urls;
  const auto& [udp, tcp, tls] = config_.transports;
  if (udp) urls.push_back("turn:" + here + "?transport=udp");
  if (tcp) urls.push_back("turn:" + here + "?transport=tcp");
  // Only by a name that our certificate can be good for: the page's, if we encrypted it, or the one we were told.
  const bool certified = entrance.tls || !config_.relay_host.empty();
  if (tls && config_.tls && certified) urls.push_back("turns:" + here + "?transport=tcp");
  return urls;
}

signaling::IceOffer IceServers::offer(signaling::SessionId session, const signaling::Entrance& entrance, Now now) {
  Servers servers;
  signaling::IceOffer offer;
  const std::string user = relay_user(session);
  const auto mint = [&](std::string_view secret, std::chrono::seconds lifetime) {
    offer.lifetime = std::min(offer.lifetime.value_or(lifetime), lifetime);
    return turn::mint_ephemeral(secret, user, now.wall + lifetime);
  };
  // Without a relay there may be no way here for UDP at all, and other services answer STUN as well.
  const std::string here = authority(entrance);
  if (!here.empty() && (config_.relay || config_.services.empty())) servers.add(print_urls({"stun:" + here}));
  if (const auto urls = relay_urls(entrance); !urls.empty()) {
    const auto lifetime = std::chrono::floor<std::chrono::seconds>(config_.lifetime);
    servers.add(print_urls(urls), mint(config_.relay_secret, lifetime));
  }
  for (const IceService& service : config_.services) {
    if (service.secret.empty()) {
      servers.add(service.server);
    } else {
      // Our own relay keeps an allocation whose credentials have expired; others may not.
      offer.restart = true;
      servers.add(service.server, mint(service.secret, service.lifetime));
    }
  }
  offer.servers = std::make_shared<const std::string>(std::move(servers).take());
  return offer;
}

std::string relay_user(signaling::SessionId session) {
  std::array<std::uint8_t, 8> bytes;
  store_be64(bytes, 0, std::to_underlying(session));
  return base64url_encode(bytes);
}

std::uint16_t port_for_browsers(std::span<const Endpoint> listen) {
  for (const std::uint16_t port : std::array<std::uint16_t, 2>{443, 3478}) {
    if (std::ranges::find(listen, port, &Endpoint::port) != listen.end()) return port;
  }
  const auto found = std::ranges::find_if(listen, is_port_of_browsers, &Endpoint::port);
  return (found == listen.end() ? listen.begin() : found)->port;
}

bool is_ice_url(std::string_view url) {
  const std::string_view scheme = url.substr(0, url.find(':'));
  const bool stun = scheme == "stun" || scheme == "stuns";
  if (!stun && scheme != "turn" && scheme != "turns") return false;
  if (scheme.size() == url.size()) return false;
  const std::string_view rest = url.substr(scheme.size() + 1);
  const std::string_view authority = rest.substr(0, rest.find('?'));
  if (!parse_host(authority)) return false;
  const std::string_view query = rest.substr(authority.size());
  return query.empty() || (!stun && (query == "?transport=udp" || query == "?transport=tcp"));
}

}  // namespace plntry::net
