#include "net/socket_address.hpp"

#include <array>
#include <cstring>

namespace plntry::net {

IpAddress to_address(const in_addr& address) {
  std::array<std::uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &address, bytes.size());
  return IpAddress::v4(bytes);
}

IpAddress to_address(const in6_addr& address) {
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &address, bytes.size());
  return IpAddress::v6(bytes).unmapped();
}

in_addr to_in_addr(const IpAddress& address) {
  in_addr native;
  std::memcpy(&native, address.bytes().data(), sizeof native);
  return native;
}

in6_addr to_in6_addr(const IpAddress& address) {
  const IpAddress mapped = address.mapped();
  in6_addr native;
  std::memcpy(&native, mapped.bytes().data(), sizeof native);
  return native;
}

SocketAddress to_socket_address(const Endpoint& endpoint, IpFamily family) {
  SocketAddress address;
  std::memset(&address, 0, sizeof address);
  if (family == IpFamily::v4) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(endpoint.port);
    address.v4.sin_addr = to_in_addr(endpoint.address);
  } else {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(endpoint.port);
    address.v6.sin6_addr = to_in6_addr(endpoint.address);
  }
  return address;
}

socklen_t size_of(const SocketAddress& address) {
  return address.any.sa_family == AF_INET ? sizeof address.v4 : sizeof address.v6;
}

std::optional<Endpoint> to_endpoint(const SocketAddress& address) {
  if (address.any.sa_family == AF_INET) return Endpoint{to_address(address.v4.sin_addr), ntohs(address.v4.sin_port)};
  if (address.any.sa_family == AF_INET6) return Endpoint{to_address(address.v6.sin6_addr), ntohs(address.v6.sin6_port)};
  return std::nullopt;
}

}  // namespace plntry::net
