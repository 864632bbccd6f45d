#include "socket_target.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stun/stream_framer.hpp"

namespace plntry::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxDatagram = 65536;

class Socket {
 public:
  Socket(IpFamily family, int type)
      : fd_(::socket(family == IpFamily::v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw std::system_error(errno, std::system_category(), "cannot open a socket");
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  bool is_readable_within(std::chrono::milliseconds time) const {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(std::max(time.count(), std::chrono::milliseconds::rep{0}))) > 0;
  }

 private:
  int fd_;
};

struct RawAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

RawAddress to_raw(const Endpoint& endpoint) {
  RawAddress raw;
  const Bytes bytes = endpoint.address.bytes();
  if (endpoint.address.is_v4()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&raw.storage, &address, raw.size = sizeof address);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    std::memcpy(&address.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&raw.storage, &address, raw.size = sizeof address);
  }
  return raw;
}

Endpoint from_raw(const RawAddress& raw) {
  if (raw.storage.ss_family == AF_INET) {
    sockaddr_in address;
    std::memcpy(&address, &raw.storage, sizeof address);
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
    return {IpAddress::v4(bytes), ntohs(address.sin_port)};
  }
  sockaddr_in6 address;
  std::memcpy(&address, &raw.storage, sizeof address);
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
  return {IpAddress::v6(bytes), ntohs(address.sin6_port)};
}

bool try_bind(const Socket& socket, const IpAddress& address) {
  RawAddress raw = to_raw({address, 0});
  return ::bind(socket.fd(), raw.get(), raw.size) == 0;
}

Endpoint local_address(const Socket& socket) {
  RawAddress raw;
  ::getsockname(socket.fd(), raw.get(), &raw.size);
  return from_raw(raw);
}

bool is_v4_loopback(const IpAddress& address) { return address.is_v4() && address.bytes()[0] == 127; }

class SocketLine final : public Line {
 public:
  // Speaks from `source`, if there is one.
  SocketLine(const SocketConfig& config, const std::optional<IpAddress>& source)
      : config_(config),
        socket_(config.server.address.family(), config.transport == SocketTransport::udp ? SOCK_DGRAM : SOCK_STREAM) {
    if (source && !try_bind(socket_, *source)) throw std::system_error(errno, std::system_category(), "cannot bind");
    RawAddress server = to_raw(config.server);
    if (::connect(socket_.fd(), server.get(), server.size) != 0) {
      throw std::system_error(errno, std::system_category(), "cannot reach " + config.server.to_string());
    }
  }

  void send(Bytes bytes) override {
    while (!is_closed_) {
      const auto sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (!is_stream()) return;
      if (sent < 0) is_closed_ = true;
      if (sent < 0 || std::cmp_equal(sent, bytes.size())) return;
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
  }

  std::optional<Octets> receive(Expect expect) override {
    const auto until = Clock::now() + (expect == Expect::something ? config_.patience : config_.silence);
    for (;;) {
      if (auto message = is_stream() ? buffered() : std::nullopt) return message;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      if (is_closed_ || !socket_.is_readable_within(left)) return std::nullopt;
      if (is_stream()) {
        read();
        continue;
      }
      Octets datagram(kMaxDatagram);
      const auto size = ::recv(socket_.fd(), datagram.data(), datagram.size(), 0);
      if (size < 0) continue;  // an ICMP error of something sent before
      datagram.resize(static_cast<std::size_t>(size));
      return datagram;
    }
  }

  Endpoint address() const override { return local_address(socket_); }
  bool is_stream() const override { return config_.transport == SocketTransport::tcp; }
  bool is_closed() const override { return is_closed_; }

 private:
  std::optional<Octets> buffered() {
    const auto message = framer_.next();
    if (!message) throw std::runtime_error("the server's stream is not made of STUN and ChannelData messages");
    return *message ? std::optional{Octets{(*message)->begin(), (*message)->end()}} : std::nullopt;
  }
  void read() {
    const MutableBytes space = framer_.space();
    const auto size = ::recv(socket_.fd(), space.data(), space.size(), 0);
    if (size <= 0) {
      is_closed_ = true;
      return;
    }
    framer_.commit(static_cast<std::size_t>(size));
  }

  const SocketConfig& config_;
  Socket socket_;
  stun::StreamFramer framer_{{.max_message_size = kMaxDatagram, .framing = stun::Framing::stun_and_channel_data}};
  bool is_closed_ = false;
};

class SocketPeer final : public Peer {
 public:
  SocketPeer(const SocketConfig& config, IpFamily family) : config_(config), socket_(family, SOCK_DGRAM) {}

  bool bind(const IpAddress& address) const { return try_bind(socket_, address); }
  Endpoint address() const override { return local_address(socket_); }
  void send(const Endpoint& to, std::string_view data) override {
    RawAddress raw = to_raw(to);
    ::sendto(socket_.fd(), data.data(), data.size(), 0, raw.get(), raw.size);
  }
  std::optional<Datagram> receive(Expect expect) override {
    if (!socket_.is_readable_within(expect == Expect::something ? config_.patience : config_.silence))
      return std::nullopt;
    RawAddress raw;
    Datagram datagram{{}, std::string(kMaxDatagram, '\0')};
    const auto size = ::recvfrom(socket_.fd(), datagram.data.data(), datagram.data.size(), 0, raw.get(), &raw.size);
    if (size < 0) return std::nullopt;
    datagram.from = from_raw(raw);
    datagram.data.resize(static_cast<std::size_t>(size));
    return datagram;
  }

 private:
  const SocketConfig& config_;
  Socket socket_;
};

class SocketTcpPeer final : public TcpPeer {
 public:
  SocketTcpPeer() : socket_(IpFamily::v4, SOCK_STREAM) {}

  // The kernel answers for it.
  bool listen(const IpAddress& address) const { return try_bind(socket_, address) && ::listen(socket_.fd(), 8) == 0; }
  Endpoint address() const override { return local_address(socket_); }

 private:
  Socket socket_;
};

class SocketTarget final : public Target {
 public:
  explicit SocketTarget(const SocketConfig& config) : config_(config) {}

  // On loopback each client has an address of its own: servers budget what one address may do.
  std::unique_ptr<Line> connect() override {
    static unsigned clients = 0;
    if (!is_v4_loopback(config_.server.address)) return std::make_unique<SocketLine>(config_, std::nullopt);
    clients = (clients + 1) % 60'000;
    const auto source =
        IpAddress::v4(127, 9, static_cast<std::uint8_t>(clients / 250), static_cast<std::uint8_t>(1 + clients % 250));
    return std::make_unique<SocketLine>(config_, source);
  }

  std::unique_ptr<Peer> open_peer(IpFamily family, unsigned host) override {
    auto address = family == IpFamily::v4 ? config_.peers_v4 : config_.peers_v6;
    if (!address || (host > 0 && !is_v4_loopback(*address))) return nullptr;
    if (host > 0) {
      const Bytes base = address->bytes();
      address = IpAddress::v4(base[0], base[1], base[2], static_cast<std::uint8_t>(base[3] + host));
    }
    auto peer = std::make_unique<SocketPeer>(config_, family);
    if (!peer->bind(*address)) return nullptr;
    return peer;
  }

  std::unique_ptr<TcpPeer> open_tcp_peer() override {
    auto peer = std::make_unique<SocketTcpPeer>();
    if (!config_.peers_v4 || !peer->listen(*config_.peers_v4)) return nullptr;
    return peer;
  }

  const Access& access() const override { return config_.access; }

 private:
  const SocketConfig& config_;
};

}  // namespace

std::unique_ptr<Target> make_socket_target(const SocketConfig& config) {
  return std::make_unique<SocketTarget>(config);
}

}  // namespace plntry::test
