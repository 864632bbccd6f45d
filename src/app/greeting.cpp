#include "app/greeting.hpp"

#include <algorithm>

#include "app/values.hpp"
#include "net/listen.hpp"

namespace plntry::app {
namespace {

std::string url(bool tls, const std::string& host, std::uint16_t port) {
  const bool is_default = port == (tls ? 443 : 80);
  return (tls ? "https://" : "http://") + host + (is_default ? "" : ':' + std::to_string(port)) + '/';
}

}  // namespace

std::string greeting(const std::vector<Endpoint>& endpoints, const net::Tls::Config& tls) {
  const bool from_files = !tls.certificate_file.empty();
  const bool secure = from_files || tls.self_signed;
  std::string here;
  std::string elsewhere;
  for (const Endpoint& endpoint : endpoints) {
    const bool any = endpoint.address.is_unspecified();
    const bool loopback =
        endpoint.address == IpAddress::v4(127, 0, 0, 1) || endpoint.address == IpAddress::parse("::1");
    if (any || loopback) here += "  " + url(false, "localhost", endpoint.port) + '\n';
    if (!any && !loopback) elsewhere += "  " + url(secure, host_in_url(endpoint.address), endpoint.port) + '\n';
    if (!any) continue;
    for (const IpAddress& address : net::local_addresses()) {
      if (address.is_v4() || endpoint.address.is_v6())
        elsewhere += "  " + url(secure, host_in_url(address), endpoint.port) + '\n';
    }
  }
  std::string text = "\nplntry is running.\n";
  if (!here.empty()) text += "\nOpen it on this machine:\n" + here;
  if (!elsewhere.empty()) {
    text += "\nFrom other machines:\n" + elsewhere;
    if (from_files) text += "Use a name that the certificate is for.\n";
    if (tls.self_signed)
      text += "Browsers warn of a certificate that this machine made itself: go on in spite of it.\n";
    if (!secure) {
      text +=
          "Browsers give a page the camera only over https or on localhost: give a certificate with --tls-cert and\n"
          "--tls-key, or try --tls self-signed.\n";
    }
  }
  return text + "\nCtrl+C ends it.\n\n";
}

std::string relay_greeting(const std::vector<Endpoint>& endpoints, const Config& config) {
  const bool relays = config.relay == Relaying::on;
  std::string text = relays ? "\nplntry is running as a STUN and TURN server, without a page:\n"
                            : "\nplntry is running as a STUN server, without a relay or a page:\n";
  for (const Endpoint& endpoint : endpoints) text += "  " + endpoint.to_string() + '\n';
  text += '\n';
  if (relays) {
    text += config.turn.relay.credentials.secrets.empty()
                ? "Clients log in with name and password of a --relay-user"
                : "`plntry credentials`, given the same --relay-secret, prints what a client needs";
    text += "; docs/relay.md tells the rest.\n";
  }
  return text + "Ctrl+C ends it.\n\n";
}

}  // namespace plntry::app
