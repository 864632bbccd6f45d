#include "net/udp_socket.hpp"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/uio.h>

#include "net/address.hpp"

namespace plntry::net {
namespace {

using asio::detail::socket_option::boolean;

std::optional<Endpoint> to_endpoint(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return Endpoint{IpAddress::v4(bytes), ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return Endpoint{IpAddress::v6(bytes).unmapped(), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace

UdpSocket::UdpSocket(UdpHandle handle) : handle_(std::move(handle)) {
  const bool v6 = handle_.local_endpoint().protocol() == asio::ip::udp::v6();
  if (v6) {
    handle_.set_option(boolean<IPPROTO_IPV6, IPV6_RECVPKTINFO>(true));
  } else {
    handle_.set_option(boolean<IPPROTO_IP, IP_PKTINFO>(true));
  }
}

std::optional<UdpSocket::Received> UdpSocket::receive(MutableBytes buffer) {
  Received received;
  iovec piece{buffer.data(), buffer.size()};
  for (;;) {
    msghdr message{};
    message.msg_name = &received.source;
    message.msg_namelen = sizeof received.source;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = received.control.data();
    message.msg_controllen = received.control.size();
    const ssize_t size = ::recvmsg(handle_.native_handle(), &message, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    const auto from = to_endpoint(received.source);
    if (!from) continue;
    received.bytes = Bytes{buffer}.first(static_cast<std::size_t>(size));
    received.from = *from;
    received.source_size = message.msg_namelen;
    received.control_size = message.msg_controllen;
    return received;
  }
}

bool UdpSocket::answer(const Received& request, Bytes datagram) {
  iovec piece{const_cast<std::uint8_t*>(datagram.data()), datagram.size()};
  Received copy = request;  // the kernel's interface is not const
  msghdr message{};
  message.msg_name = &copy.source;
  message.msg_namelen = copy.source_size;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = copy.control.data();
  message.msg_controllen = copy.control_size;
  return ::sendmsg(handle_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace plntry::net
