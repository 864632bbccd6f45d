// UDP in trains: what one sender sent in a row comes in by one system call (UDP_GRO) and leaves by one (UDP_SEGMENT).
// What a relayed packet costs is the kernel's way through UDP, so the fewer times it is walked, the better.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include <sys/uio.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "net/socket_address.hpp"

namespace plntry::net {

// Datagrams of one sender, back to back; each is `size` bytes long but for the last, which may be shorter.
struct Train {
  Bytes bytes;
  std::size_t size = 0;
  Endpoint from;
  IpAddress to;  // where they were sent, as far as the socket tells: see `UdpSocket::Reports`

  template <typename Visit>
  void for_each(Visit visit) const {
    if (bytes.size() <= size) return visit(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      visit(bytes.subspan(at, std::min(size, bytes.size() - at)));
    }
  }
};

// Datagrams for one destination; `size` as in a train. `pieces` are their bytes, however they are cut.
struct Burst {
  Endpoint to;
  IpAddress from;  // 0.0.0.0: the kernel chooses
  std::span<iovec> pieces;
  std::size_t size = 0;  // 0: one datagram
  bool dont_fragment = false;
};

enum class SendResult : std::uint8_t {
  sent,
  full,         // the kernel's buffer is: lost, as datagrams are
  too_large,    // for the path, and not to be fragmented; or this many segments are
  unreachable,  // no route, filtered, or an error that an earlier datagram met
};

// An ICMP error that a datagram met.
struct IcmpReport {
  Endpoint to;  // where it was sent
  std::uint8_t type;
  std::uint8_t code;
  std::uint32_t info;  // the MTU, where the error is about it
};

class UdpSocket {
 public:
  enum class Reports : std::uint8_t { nothing, local_address, icmp_errors };

  // Takes `descriptor` over; it is bound.
  UdpSocket(int descriptor, IpFamily family, Reports reports);
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&&) = delete;
  ~UdpSocket();

  int descriptor() const { return descriptor_; }
  // Gives the descriptor away; the socket is done.
  int release();
  SendResult send(const Burst& burst) const;
  // The same for several by one system call, none of them with `dont_fragment`. How many were sent: whatever keeps the
  // next one back, `send` tells.
  static constexpr std::size_t kBurstsMax = 64;
  std::size_t send(std::span<const Burst> bursts) const;
  // The next error that was met; call until there is none, or the socket stays ready.
  std::optional<IcmpReport> take_error() const;

 private:
  int descriptor_;
  IpFamily family_;
};

// Where everything on one loop is received to; one for all its sockets.
class UdpInbox {
 public:
  static constexpr std::size_t kTrainsMax = 64;
  static constexpr std::size_t kBatchMax = 16;  // of one socket, before others have their turn

  UdpInbox();
  ~UdpInbox();

  // What waits; borrowed until `clear`. As many as `batch_max()`: more may wait.
  std::span<const Train> receive(const UdpSocket& socket);
  std::size_t batch_max() const { return std::min(kBatchMax, kTrainsMax - used_); }
  bool is_full() const { return used_ == kTrainsMax; }
  void clear() { used_ = 0; }

 private:
  struct Slots;

  std::unique_ptr<Slots> slots_;
  std::array<Train, kTrainsMax> trains_;
  std::size_t used_ = 0;
};

// Whether this kernel cuts a buffer into datagrams (UDP_SEGMENT, Linux 4.18).
bool can_segment();

}  // namespace plntry::net
