#include "net/udp_socket.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <unistd.h>

namespace plntry::net {
namespace {

constexpr std::size_t kSlotSize = 65'536;  // the longest train there is
constexpr std::size_t kControlSize = 96;   // an address, and a size

void enable(int descriptor, int level, int option, int value = 1) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);  // what an old kernel lacks is done without
}

// Control messages, written one behind the other.
class Control {
 public:
  template <typename Value>
  void add(int level, int type, const Value& value) {
    cmsghdr header{};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(buffer_.data() + size_, &header, sizeof header);
    std::memcpy(buffer_.data() + size_ + CMSG_LEN(0), &value, sizeof value);
    size_ += CMSG_SPACE(sizeof value);
  }
  void attach(msghdr& message) {
    if (size_ == 0) return;
    message.msg_control = buffer_.data();
    message.msg_controllen = size_;
  }

 private:
  alignas(cmsghdr) std::array<std::byte, kControlSize> buffer_;
  std::size_t size_ = 0;
};

void add_source(Control& control, const IpAddress& from, IpFamily family) {
  if (family == IpFamily::v4) {
    in_pktinfo info{};
    info.ipi_spec_dst = to_in_addr(from);
    control.add(IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_addr = to_in6_addr(from);
    control.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

// A burst as the kernel wants to be told of it.
struct Outgoing {
  // `message` borrows what is here, and the burst's pieces.
  void describe(const Burst& burst, IpFamily family, msghdr& message) {
    to = to_socket_address(burst.to, family);
    if (!burst.from.is_unspecified()) add_source(control, burst.from, family);
    if (burst.size != 0) control.add(SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(burst.size));
    message = {};
    message.msg_name = &to.any;
    message.msg_namelen = size_of(to);
    message.msg_iov = burst.pieces.data();
    message.msg_iovlen = burst.pieces.size();
    control.attach(message);
  }

  SocketAddress to;
  Control control;
};

SendResult explain(int error) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
      return SendResult::full;
    case EMSGSIZE:
    case EINVAL:
    case EIO:
      return SendResult::too_large;
    default:
      return SendResult::unreachable;
  }
}

template <typename Value>
Value value_of(const cmsghdr& header) {
  Value value;
  std::memcpy(&value, CMSG_DATA(&header), sizeof value);
  return value;
}

}  // namespace

UdpSocket::UdpSocket(int descriptor, IpFamily family, Reports reports) : descriptor_(descriptor), family_(family) {
  const bool v6 = family == IpFamily::v6;
  enable(descriptor, SOL_UDP, UDP_GRO);
  if (reports == Reports::local_address) {
    v6 ? enable(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO) : enable(descriptor, IPPROTO_IP, IP_PKTINFO);
  } else if (reports == Reports::icmp_errors && v6) {
    enable(descriptor, IPPROTO_IPV6, IPV6_RECVERR);
  } else if (reports == Reports::icmp_errors) {
    enable(descriptor, IPPROTO_IP, IP_RECVERR);
    enable(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);  // RFC 8656 §14: DF only when it is asked for
  }
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept : descriptor_(other.release()), family_(other.family_) {}

UdpSocket::~UdpSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int UdpSocket::release() { return std::exchange(descriptor_, -1); }

SendResult UdpSocket::send(const Burst& burst) const {
  Outgoing outgoing;
  msghdr message;
  outgoing.describe(burst, family_, message);
  const bool v6 = family_ == IpFamily::v6;
  if (burst.dont_fragment) {
    v6 ? enable(descriptor_, IPPROTO_IPV6, IPV6_DONTFRAG)
       : enable(descriptor_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  }
  // An ICMP error that an earlier datagram met is reported by whichever call comes next, which does nothing else.
  ssize_t sent = -1;
  for (int tries = 0; tries < 2 && sent < 0; ++tries) {
    sent = ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && explain(errno) != SendResult::unreachable && errno != EINTR) break;
  }
  const int error = errno;
  if (burst.dont_fragment) {
    v6 ? enable(descriptor_, IPPROTO_IPV6, IPV6_DONTFRAG, 0)
       : enable(descriptor_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
  }
  return sent >= 0 ? SendResult::sent : explain(error);
}

std::size_t UdpSocket::send(std::span<const Burst> bursts) const {
  assert(bursts.size() <= kBurstsMax);
  std::array<Outgoing, kBurstsMax> outgoing;
  std::array<mmsghdr, kBurstsMax> messages;
  for (std::size_t i = 0; i < bursts.size(); ++i) outgoing[i].describe(bursts[i], family_, messages[i].msg_hdr);
  const auto count = static_cast<unsigned>(bursts.size());
  const int sent = ::sendmmsg(descriptor_, messages.data(), count, MSG_DONTWAIT | MSG_NOSIGNAL);
  return static_cast<std::size_t>(std::max(sent, 0));
}

std::optional<IcmpReport> UdpSocket::take_error() const {
  for (;;) {
    SocketAddress to{};
    alignas(cmsghdr) std::array<std::byte, 256> control;
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(descriptor_, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
    const auto endpoint = to_endpoint(to);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header && endpoint; header = CMSG_NXTHDR(&message, header)) {
      const bool is_error = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
                            (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
      if (!is_error) continue;
      const auto error = value_of<sock_extended_err>(*header);
      if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) continue;
      return IcmpReport{*endpoint, error.ee_type, error.ee_code, error.ee_info};
    }
  }
}

struct UdpInbox::Slots {
  std::array<mmsghdr, kTrainsMax> messages;
  std::array<iovec, kTrainsMax> pieces;
  std::array<SocketAddress, kTrainsMax> sources;
  alignas(cmsghdr) std::array<std::array<std::byte, kControlSize>, kTrainsMax> controls;
  std::array<std::array<std::uint8_t, kSlotSize>, kTrainsMax> buffers;  // untouched pages cost nothing

  void prepare(std::size_t i) {
    msghdr& message = messages[i].msg_hdr;
    message.msg_namelen = sizeof sources[i];
    message.msg_controllen = controls[i].size();
  }
};

UdpInbox::UdpInbox() : slots_(std::make_unique_for_overwrite<Slots>()) {
  for (std::size_t i = 0; i < kTrainsMax; ++i) {
    slots_->pieces[i] = {slots_->buffers[i].data(), kSlotSize};
    msghdr& message = slots_->messages[i].msg_hdr = {};
    message.msg_name = &slots_->sources[i];
    message.msg_iov = &slots_->pieces[i];
    message.msg_iovlen = 1;
    message.msg_control = slots_->controls[i].data();
    slots_->prepare(i);
  }
}

UdpInbox::~UdpInbox() = default;

std::span<const Train> UdpInbox::receive(const UdpSocket& socket) {
  Slots& slots = *slots_;
  const std::size_t begin = used_;
  int count = -1;
  // An error that a datagram sent from here met is reported once, and hides what waits.
  for (int tries = 0; tries < 2 && count < 0; ++tries) {
    count = ::recvmmsg(socket.descriptor(), &slots.messages[begin], static_cast<unsigned>(batch_max()), MSG_DONTWAIT,
                       nullptr);
    if (count < 0 && errno == EAGAIN) break;
  }
  const std::size_t end = begin + static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = begin; i < end; ++i) {
    msghdr& message = slots.messages[i].msg_hdr;
    Train& train = trains_[i];
    train.bytes = Bytes{slots.buffers[i]}.first(slots.messages[i].msg_len);
    train.size = train.bytes.size();
    train.to = {};
    const auto from = to_endpoint(slots.sources[i]);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
        train.size = static_cast<std::size_t>(value_of<int>(*header));
      } else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
        train.to = to_address(value_of<in_pktinfo>(*header).ipi_addr);
      } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
        train.to = to_address(value_of<in6_pktinfo>(*header).ipi6_addr);
      }
    }
    slots.prepare(i);
    train.from = from.value_or(Endpoint{});  // an Internet socket hears from nobody else
  }
  used_ = end;
  return std::span{trains_}.subspan(begin, end - begin);
}

bool can_segment() {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const int size = 1200;
  const bool can = ::setsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &size, sizeof size) == 0;
  ::close(descriptor);
  return can;
}

}  // namespace plntry::net
