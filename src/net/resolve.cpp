#include "net/resolve.hpp"

#include <algorithm>
#include <memory>

#include <netdb.h>

#include "net/socket_address.hpp"

namespace plntry::net {

std::expected<std::vector<IpAddress>, std::string> resolve(const std::string& host) {
  if (const auto literal = IpAddress::parse(host)) return std::vector{*literal};
  addrinfo wish{};
  wish.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wish, &found); error != 0) {
    return std::unexpected(std::string{::gai_strerror(error)});
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<IpAddress> addresses;
  for (const addrinfo* each = found; each; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    const IpAddress address = each->ai_family == AF_INET
                                  ? to_address(reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr)
                                  : to_address(reinterpret_cast<const sockaddr_in6*>(each->ai_addr)->sin6_addr);
    if (std::ranges::find(addresses, address.family(), &IpAddress::family) == addresses.end())
      addresses.push_back(address);
  }
  if (addresses.empty()) return std::unexpected("no address");
  return addresses;
}

}  // namespace plntry::net
