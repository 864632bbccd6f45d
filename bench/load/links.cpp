#include "load/links.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "load/fail.hpp"

namespace plntry::bench {
namespace {

constexpr unsigned kMaxBurst = 64;
constexpr std::size_t kBatch = 32;
constexpr std::size_t kSlotSize = 65536;  // what the kernel coalesces at most
constexpr int kReceiveBuffer = 4 << 20;
constexpr std::size_t kMaxOutbox = 1 << 16;

[[noreturn]] void fail_with_reason(const char* what) { fail(std::string(what) + ": " + std::strerror(errno)); }

bool is_full() { return errno == EAGAIN || errno == ENOBUFS; }

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int open_socket(int type) {
  const int descriptor = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail_with_reason("opening a socket (raise ulimit -n?)");
  return descriptor;
}

// One segmented send of `count` datagrams: the kernel carries them as one until somebody needs them apart.
void send_segmented(int descriptor, sockaddr_in* to, Bytes datagram, unsigned count) {
  std::array<iovec, kMaxBurst> pieces;
  for (unsigned i = 0; i < count; ++i) pieces[i] = {const_cast<std::uint8_t*>(datagram.data()), datagram.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  msghdr message{};
  message.msg_name = to;
  message.msg_namelen = to ? sizeof *to : 0;
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto size = static_cast<std::uint16_t>(datagram.size());
  std::memcpy(CMSG_DATA(header), &size, sizeof size);
  if (sendmsg(descriptor, &message, 0) < 0 && !is_full()) fail_with_reason("sending segments");
}

void send_each(int descriptor, sockaddr_in* to, Bytes datagram, unsigned count) {
  iovec piece{const_cast<std::uint8_t*>(datagram.data()), datagram.size()};
  std::array<mmsghdr, kMaxBurst> messages;
  for (unsigned i = 0; i < count; ++i) {
    messages[i] = {};
    messages[i].msg_hdr.msg_name = to;
    messages[i].msg_hdr.msg_namelen = to ? sizeof *to : 0;
    messages[i].msg_hdr.msg_iov = &piece;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  if (sendmmsg(descriptor, messages.data(), count, 0) < 0 && !is_full()) fail_with_reason("sending");
}

void send_datagrams(int descriptor, sockaddr_in* to, Bytes datagram, unsigned count, bool coalesced) {
  if (count > kMaxBurst) fail("a burst is too long");
  if (coalesced && count > 1) {
    send_segmented(descriptor, to, datagram, count);
  } else if (count > 1) {
    send_each(descriptor, to, datagram, count);
  } else if (sendto(descriptor, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(to),
                    to ? sizeof *to : 0) < 0 &&
             !is_full()) {
    fail_with_reason("sending");
  }
}

// The size of the datagrams in a coalesced one; `whole` when it is a single one.
std::size_t segment_size(msghdr& message, std::size_t whole) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_UDP || header->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(header), sizeof size);
    return static_cast<std::size_t>(size);
  }
  return whole;
}

}  // namespace

UdpPort::UdpPort() : descriptor_(open_socket(SOCK_DGRAM)) {
  const sockaddr_in address = loopback(0);
  if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) fail_with_reason("binding");
  const int on = 1;
  if (setsockopt(descriptor_, SOL_UDP, UDP_GRO, &on, sizeof on) < 0) fail_with_reason("setting UDP_GRO");
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
}

UdpPort::~UdpPort() { close(descriptor_); }

Endpoint UdpPort::local() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
  return {kLoopback, ntohs(address.sin_port)};
}

void UdpPort::connect(std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    fail_with_reason("connecting");
  }
}

void UdpPort::send(Bytes datagram, unsigned count, bool coalesced) {
  send_datagrams(descriptor_, nullptr, datagram, count, coalesced);
}

void UdpPort::send_to(std::uint16_t port, Bytes datagram, unsigned count, bool coalesced) {
  sockaddr_in to = loopback(port);
  send_datagrams(descriptor_, &to, datagram, count, coalesced);
}

void UdpPort::receive(const OnMessage& on_message) {
  // One batch's buffers serve all sockets: a batch is handed out before the next one is received.
  static std::array<std::array<std::uint8_t, kSlotSize>, kBatch> slots;
  static std::array<std::array<std::byte, CMSG_SPACE(sizeof(int))>, kBatch> controls;
  std::array<iovec, kBatch> pieces;
  std::array<mmsghdr, kBatch> messages;
  for (std::size_t i = 0; i < kBatch; ++i) {
    pieces[i] = {slots[i].data(), kSlotSize};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_control = controls[i].data();
    messages[i].msg_hdr.msg_controllen = controls[i].size();
  }
  const int count = recvmmsg(descriptor_, messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0 && !is_full()) fail_with_reason("receiving");
  for (int i = 0; i < count; ++i) {
    mmsghdr& message = messages[static_cast<std::size_t>(i)];
    Bytes rest = Bytes{slots[static_cast<std::size_t>(i)]}.first(message.msg_len);
    const std::size_t size = segment_size(message.msg_hdr, rest.size());
    while (!rest.empty()) {
      const Bytes datagram = rest.first(std::min(size, rest.size()));
      on_message(datagram);
      rest = rest.subspan(datagram.size());
    }
  }
}

TcpLink::TcpLink(std::uint16_t port)
    : descriptor_(open_socket(SOCK_STREAM)),
      framer_({.max_message_size = 4096, .read_size = 65536, .framing = stun::Framing::stun_and_channel_data}) {
  const int no_delay = 1;  // as browsers do
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  // At the end reset instead of waiting in TIME_WAIT, so that the next round finds all ports free.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS) {
    fail_with_reason("connecting");
  }
}

TcpLink::~TcpLink() { close(descriptor_); }

void TcpLink::send(Bytes message, unsigned count, bool /*coalesced*/) {
  static constexpr std::array<char, 3> padding{};
  if (outbox_.size() <= kMaxOutbox) {
    for (unsigned i = 0; i < count; ++i) {
      outbox_.append(as_text(message));
      outbox_.append(padding.data(), (4 - message.size() % 4) % 4);
    }
  }
  flush();
}

void TcpLink::flush() {
  const ssize_t size = ::send(descriptor_, outbox_.data(), outbox_.size(), MSG_NOSIGNAL);
  if (size < 0 && !is_full()) fail_with_reason("sending");
  if (size > 0) outbox_.erase(0, static_cast<std::size_t>(size));
}

void TcpLink::receive(const OnMessage& on_message) {
  if (!outbox_.empty()) flush();
  const MutableBytes space = framer_.space();
  const ssize_t size = recv(descriptor_, space.data(), space.size(), 0);
  if (size == 0) fail("the server closed a connection");
  if (size < 0 && !is_full()) fail_with_reason("receiving");
  if (size <= 0) return;
  framer_.commit(static_cast<std::size_t>(size));
  for (;;) {
    const auto message = framer_.next();
    if (!message) fail("the server sent what is no message");
    if (!*message) return;
    on_message(**message);
  }
}

}  // namespace plntry::bench
