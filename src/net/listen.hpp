// Opening the sockets that a server listens on: one TCP and one UDP socket a loop and address, among which the kernel
// spreads what arrives (SO_REUSEPORT).
#pragma once

#include <stdexcept>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "net/asio.hpp"
#include "net/udp_socket.hpp"

namespace plntry::net {

// What a UDP socket asks the kernel for, to receive into.
inline constexpr int kUdpBufferBytes = 4 << 20;

// In words for whoever starts the program.
struct ListenError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `endpoint` as it can be bound here: port 0 becomes a port that is free for TCP and UDP, and [::] becomes 0.0.0.0 on a
// machine without IPv6. Throws ListenError when the address is taken or not this machine's: SO_REUSEPORT alone would
// let two servers share a port, and each get half of the callers.
Endpoint claim(const Endpoint& endpoint);

// The same for a UDP port alone, which `option` asked for.
void claim_udp(const Endpoint& endpoint, std::string_view option);

// `endpoint` has been claimed. [::] also takes IPv4. Throws ListenError.
TcpAcceptor listen_tcp(const Executor& executor, const Endpoint& endpoint);
UdpSocket bind_udp(const Endpoint& endpoint);

// This machine's addresses that other machines may reach: neither loopback nor link-local.
std::vector<IpAddress> local_addresses();

}  // namespace plntry::net
