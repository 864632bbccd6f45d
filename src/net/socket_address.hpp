// Between our endpoints and the kernel's socket addresses.
#pragma once

#include <optional>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/endpoint.hpp"

namespace plntry::net {

// Of IPv4 or IPv6; as large as the larger of them, not as sockaddr_storage.
union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// For a socket of `family`: an IPv6 one takes IPv4 addresses in their mapped form.
SocketAddress to_socket_address(const Endpoint& endpoint, IpFamily family);
socklen_t size_of(const SocketAddress& address);
// A mapped address becomes the IPv4 address that it stands for. Nothing for another family.
std::optional<Endpoint> to_endpoint(const SocketAddress& address);

IpAddress to_address(const in_addr& address);
IpAddress to_address(const in6_addr& address);
in_addr to_in_addr(const IpAddress& address);    // `address` is IPv4
in6_addr to_in6_addr(const IpAddress& address);  // IPv4 becomes mapped

}  // namespace plntry::net
