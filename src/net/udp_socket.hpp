// A UDP socket that answers from the address it was asked at, also when it is bound to all of them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <sys/socket.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "net/asio.hpp"

namespace plntry::net {

class UdpSocket {
 public:
  explicit UdpSocket(UdpHandle handle);

  struct Received {
    Bytes bytes;  // borrows the buffer it was received into
    Endpoint from;
    sockaddr_storage source;
    socklen_t source_size;
    // The kernel's own description of the address that it was sent to (IP_PKTINFO, IPV6_PKTINFO), to be given back.
    alignas(cmsghdr) std::array<std::byte, 64> control;
    std::size_t control_size;
  };

  UdpHandle& handle() { return handle_; }
  // Nothing when no datagram waits.
  std::optional<Received> receive(MutableBytes buffer);
  // False when the kernel would not take it: it is lost, as datagrams are.
  bool answer(const Received& request, Bytes datagram);

 private:
  UdpHandle handle_;
};

}  // namespace plntry::net
