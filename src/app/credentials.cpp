#include "app/credentials.hpp"

#include <stdexcept>
#include <vector>

#include <boost/json.hpp>

#include "app/values.hpp"
#include "net/ice.hpp"
#include "net/listen.hpp"
#include "turn/credentials.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

// The best guess at where the server is, when nobody named a host.
std::string host_of(const Config& config) {
  if (!config.public_addresses.empty()) return host_in_url(config.public_addresses.front());
  const IpAddress& listening = config.listen.front().address;
  if (!listening.is_unspecified()) return host_in_url(listening);
  const std::vector<IpAddress> local = net::local_addresses();
  return local.empty() ? "localhost" : host_in_url(local.front());
}

std::vector<std::string> relay_urls(const Config& config) {
  net::IceServers::Config ice = config.ice;
  ice.relay = true;
  ice.tls = config.tls.self_signed || !config.tls.certificate_file.empty();
  if (ice.port == 0) ice.port = net::port_for_browsers(config.listen);
  return net::IceServers(ice).relay_urls({host_of(config), false});
}

}  // namespace

std::string print_credentials(const Config& config, const CredentialsWanted& wanted, WallTime now) {
  const std::vector<std::string>& secrets = config.turn.relay.credentials.secrets;
  if (secrets.empty()) {
    throw std::runtime_error(
        "without a secret there are no credentials: a server that was given none makes one at each start, and tells "
        "nobody. Give server and command the same one: --relay-secret or PLNTRY_RELAY_SECRET");
  }
  const auto lifetime = std::chrono::floor<std::chrono::seconds>(wanted.lifetime);
  const auto [username, password] = turn::mint_ephemeral(secrets.front(), wanted.user, now + lifetime);
  const std::vector<std::string> urls = relay_urls(config);
  if (wanted.json) {  // as the TURN REST draft has it (draft-uberti-behave-turn-rest-00 §2.2)
    return json::serialize(json::object{{"username", username},
                                        {"password", password},
                                        {"ttl", lifetime.count()},
                                        {"uris", json::value_from(urls)}}) +
           '\n';
  }
  std::string text = "username  " + username + "\npassword  " + password + "\nexpires   " + print_time(now + lifetime) +
                     ", in " + print_duration(lifetime) + '\n';
  for (const std::string& url : urls) text += "url       " + url + '\n';
  return text;
}

}  // namespace plntry::app
