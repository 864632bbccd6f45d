#include "app/greeting.hpp"

#include <algorithm>

#include "app/values.hpp"
#include "net/listen.hpp"

namespace plntry::app {
namespace {

std::string url(const std::string& host, std::uint16_t port) {
  return "http://" + host + (port == 80 ? "" : ':' + std::to_string(port)) + '/';
}

}  // namespace

std::string greeting(const std::vector<Endpoint>& endpoints) {
  std::string here;
  std::string elsewhere;
  for (const Endpoint& endpoint : endpoints) {
    const bool any = endpoint.address.is_unspecified();
    const bool loopback =
        endpoint.address == IpAddress::v4(127, 0, 0, 1) || endpoint.address == IpAddress::parse("::1");
    if (any || loopback) here += "  " + url("localhost", endpoint.port) + '\n';
    if (!any && !loopback) elsewhere += "  " + url(host_in_url(endpoint.address), endpoint.port) + '\n';
    if (!any) continue;
    for (const IpAddress& address : net::local_addresses()) {
      if (address.is_v4() || endpoint.address.is_v6())
        elsewhere += "  " + url(host_in_url(address), endpoint.port) + '\n';
    }
  }
  std::string text = "\nplntry is running.\n";
  if (!here.empty()) text += "\nOpen it on this machine:\n" + here;
  if (!elsewhere.empty()) {
    text +=
        "\nFrom other machines:\n" + elsewhere +
        "Browsers give a page the camera only over https or on localhost, so put an https proxy in front of these.\n";
  }
  return text + "\nCtrl+C ends it.\n\n";
}

}  // namespace plntry::app
