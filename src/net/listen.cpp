#include "net/listen.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/system_error.hpp>
#include <ifaddrs.h>
#include <net/if.h>

#include "net/address.hpp"

namespace plntry::net {
namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using boost::system::system_error;

constexpr std::string_view kListen = "--listen";
constexpr int kPortTries = 16;

std::string explain(const Endpoint& endpoint, const boost::system::error_code& error, std::string_view option) {
  const std::string where = endpoint.to_string();
  const std::string with = " with " + std::string{option};
  switch (error.value()) {
    case EADDRINUSE:
      return where + " is in use by another program, so plntry cannot listen there. Stop that program, or choose " +
             "another port: " + std::string{option} + ' ' +
             Endpoint{endpoint.address, static_cast<std::uint16_t>(endpoint.port == 65'535 ? 8080 : endpoint.port + 1)}
                 .to_string();
    case EACCES:
      return where + " is a privileged port, so plntry may not listen there. Choose a port from 1024 up" + with +
             ", or grant it: setcap cap_net_bind_service=+ep plntry";
    case EADDRNOTAVAIL:
      return where + " is not an address of this machine, so plntry cannot listen there. Give one that `ip address` " +
             "shows" + with +
             (option == kListen ? ", or [::]:" + std::to_string(endpoint.port) + " for all of them." : ".");
    default:
      return "plntry cannot listen on " + where + ": " + error.message() + ". Choose another address" + with + ".";
  }
}

template <typename Socket, typename Protocol>
Socket bound(const Executor& executor, const Endpoint& endpoint, bool shared) {
  const auto native = to_asio<Protocol>(endpoint);
  Socket socket(executor, native.protocol());
  if (endpoint.address.is_v6()) socket.set_option(asio::ip::v6_only(!endpoint.address.is_unspecified()));
  // Without it a server could not start again while old connections linger; it never shares with a listener.
  if constexpr (std::is_same_v<Protocol, asio::ip::tcp>) socket.set_option(asio::socket_base::reuse_address(true));
  if (shared) socket.set_option(ReusePort(true));
  socket.bind(native);
  return socket;
}

bool has_ipv6() {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.open(asio::ip::tcp::v6(), error);
  return !error;
}

}  // namespace

Endpoint claim(const Endpoint& endpoint) {
  Endpoint claimed = endpoint;
  if (claimed.address == IpAddress::v6({}) && !has_ipv6()) claimed.address = IpAddress{};
  asio::io_context io;
  for (int tries = 1;; ++tries) {
    claimed.port = endpoint.port;
    try {
      // Not shared, so that these fail when anyone at all is there; let go again when they did not. Nothing listens
      // here yet: whoever came at once would be thrown out again.
      const auto tcp = bound<TcpAcceptor, asio::ip::tcp>(io.get_executor(), claimed, false);
      claimed.port = tcp.local_endpoint().port();
      const auto udp = bound<UdpHandle, asio::ip::udp>(io.get_executor(), claimed, false);
      return claimed;
    } catch (const system_error& error) {
      if (endpoint.port == 0 && tries < kPortTries) continue;  // free for TCP, taken for UDP
      throw ListenError(explain(claimed, error.code(), kListen));
    }
  }
}

void claim_udp(const Endpoint& endpoint, std::string_view option) {
  asio::io_context io;
  try {
    bound<UdpHandle, asio::ip::udp>(io.get_executor(), endpoint, false);
  } catch (const system_error& error) {
    throw ListenError(explain(endpoint, error.code(), option));
  }
}

TcpAcceptor listen_tcp(const Executor& executor, const Endpoint& endpoint) {
  try {
    auto acceptor = bound<TcpAcceptor, asio::ip::tcp>(executor, endpoint, true);
    acceptor.listen();
    return acceptor;
  } catch (const system_error& error) {
    throw ListenError(explain(endpoint, error.code(), kListen));
  }
}

std::vector<IpAddress> local_addresses() {
  std::vector<IpAddress> addresses;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  for (const ifaddrs* each = first; each; each = each->ifa_next) {
    if (!each->ifa_addr || (each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    const std::size_t size = each->ifa_addr->sa_family == AF_INET    ? sizeof(sockaddr_in)
                             : each->ifa_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6)
                                                                     : 0;
    if (size == 0) continue;
    asio::ip::tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), each->ifa_addr, size);
    const IpAddress address = from_asio(endpoint.address());
    const bool link_local = address.is_v6() && address.bytes()[0] == 0xFE && (address.bytes()[1] & 0xC0) == 0x80;
    if (!link_local) addresses.push_back(address);
  }
  ::freeifaddrs(first);
  return addresses;
}

UdpSocket bind_udp(const Endpoint& endpoint) {
  asio::io_context io;
  try {
    auto socket = bound<UdpHandle, asio::ip::udp>(io.get_executor(), endpoint, true);
    boost::system::error_code ignored;  // the kernel's own limit holds
    socket.set_option(asio::socket_base::receive_buffer_size(kUdpBufferBytes), ignored);
    // One that is bound to an address hears at no other.
    const bool everywhere = endpoint.address.is_unspecified();
    return {socket.release(), endpoint.address.family(),
            everywhere ? UdpSocket::Reports::local_address : UdpSocket::Reports::nothing};
  } catch (const system_error& error) {
    throw ListenError(explain(endpoint, error.code(), kListen));
  }
}

}  // namespace plntry::net
