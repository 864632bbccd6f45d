#include "net/client_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.hpp"
#include "net/socket_address.hpp"

namespace plntry::net {
namespace {

using doctor::Failure;
using doctor::Transport;
using doctor::Trouble;

constexpr long kDtlsMtu = 1'200;

bool is_datagram(Transport transport) { return transport == Transport::udp || transport == Transport::dtls; }
bool is_secured(Transport transport) { return transport == Transport::tls || transport == Transport::dtls; }

Failure failure_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return {Trouble::refused, {}};
    case ETIMEDOUT:
      return {Trouble::timed_out, {}};
    case ENETUNREACH:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return {Trouble::no_family, {}};
    case ECONNRESET:
      return {Trouble::closed, {}};
    default:
      return {Trouble::unreachable, std::strerror(error)};
  }
}

bool wait_for(int descriptor, short events, TimePoint until) {
  for (;;) {
    const Duration left = until - now().mono;
    if (left <= Duration{}) return false;
    pollfd wish{.fd = descriptor, .events = events, .revents = 0};
    const int result = ::poll(&wish, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    if (result > 0) return true;
    if (result < 0 && errno != EINTR) return false;
  }
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

ClientSocket::Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

bool ClientSocket::wait(short events, TimePoint until) const { return wait_for(descriptor_.number(), events, until); }

std::expected<ClientSocket::Descriptor, Failure> ClientSocket::connect(const To& to, Duration patience) {
  const int family = to.endpoint.address.is_v4() ? AF_INET : AF_INET6;
  const int type = is_datagram(to.transport) ? SOCK_DGRAM : SOCK_STREAM;
  Descriptor descriptor(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.number() < 0) return std::unexpected(failure_of(errno));
  const SocketAddress native = to_socket_address(to.endpoint, to.endpoint.address.family());
  if (::connect(descriptor.number(), &native.any, size_of(native)) != 0 && errno != EINPROGRESS) {
    return std::unexpected(failure_of(errno));
  }
  if (is_datagram(to.transport)) return descriptor;
  if (!wait_for(descriptor.number(), POLLOUT, now().mono + patience))
    return std::unexpected(Failure{Trouble::timed_out, {}});
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor.number(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return std::unexpected(failure_of(error));
  const int on = 1;
  ::setsockopt(descriptor.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

std::expected<ClientSocket, Failure> ClientSocket::open(const To& to, Duration patience) {
  auto descriptor = connect(to, patience);
  if (!descriptor) return std::unexpected(descriptor.error());
  ClientSocket socket(std::move(*descriptor), !is_datagram(to.transport));
  if (!is_secured(to.transport)) return socket;
  if (auto failure = socket.secure(to, now().mono + patience)) return std::unexpected(std::move(*failure));
  return socket;
}

std::optional<Failure> ClientSocket::secure(const To& to, TimePoint until) {
  context_ = make_client_context(!is_stream_);
  ssl_.reset(context_ ? ::SSL_new(context_.get()) : nullptr);
  BIO* bio = is_stream_ ? ::BIO_new_socket(descriptor_.number(), BIO_NOCLOSE)
                        : ::BIO_new_dgram(descriptor_.number(), BIO_NOCLOSE);
  if (!ssl_ || !bio) return Failure{Trouble::handshake, take_openssl_error()};
  ::SSL_set_bio(ssl_.get(), bio, bio);
  if (!is_stream_) {
    const SocketAddress peer = to_socket_address(to.endpoint, to.endpoint.address.family());
    ::BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, const_cast<sockaddr*>(&peer.any));
    ::SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    ::SSL_set_mtu(ssl_.get(), kDtlsMtu);
  }
  if (!IpAddress::parse(to.host)) {  // SSL_set_tlsext_host_name is a macro with a C cast
    ::SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(to.host.c_str()));
  }
  for (;;) {
    ::ERR_clear_error();
    const int result = ::SSL_connect(ssl_.get());
    if (result == 1) break;
    const int error = ::SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      const int cause = errno;
      if (!is_stream_ && error == SSL_ERROR_SYSCALL && cause == ECONNREFUSED) return Failure{Trouble::refused, {}};
      if (error == SSL_ERROR_SYSCALL && ::ERR_peek_error() == 0) return Failure{Trouble::handshake, "it hangs up"};
      return Failure{Trouble::handshake, take_openssl_error()};
    }
    TimePoint next = until;
    timeval timer{};
    if (!is_stream_ && ::SSL_ctrl(ssl_.get(), DTLS_CTRL_GET_TIMEOUT, 0, &timer) == 1) {
      next = std::min(until,
                      now().mono + std::chrono::seconds{timer.tv_sec} + std::chrono::microseconds{timer.tv_usec} + 1ms);
    }
    if (wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, next)) continue;
    if (now().mono >= until)
      return is_stream_ ? Failure{Trouble::handshake, "no answer"} : Failure{Trouble::timed_out, {}};
    ::SSL_ctrl(ssl_.get(), DTLS_CTRL_HANDLE_TIMEOUT, 0, nullptr);
  }
  const CertificateOwner shown(::SSL_get1_peer_certificate(ssl_.get()));
  if (shown) certificate_ = describe(*shown, ::SSL_get_peer_cert_chain(ssl_.get()), to.host);
  return std::nullopt;
}

Endpoint ClientSocket::local() const {
  SocketAddress native{};
  socklen_t size = sizeof native;
  if (::getsockname(descriptor_.number(), &native.any, &size) != 0) return {};
  return to_endpoint(native).value_or(Endpoint{});
}

// What is sent here is short: a socket that has no room for it within a second has none at all.
bool ClientSocket::send(Bytes bytes) {
  const TimePoint until = now().mono + 1s;
  while (!bytes.empty() && is_open_) {
    std::size_t count = 0;
    bool waits = false;
    if (ssl_) {
      ::ERR_clear_error();
      const int result = ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
      const int error = result == 1 ? SSL_ERROR_NONE : ::SSL_get_error(ssl_.get(), result);
      waits = error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
      is_open_ = result == 1 || waits;
    } else {
      const ssize_t sent = ::send(descriptor_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      waits = sent < 0 && would_block();
      if (sent < 0 && !waits && !is_stream_) return true;  // an ICMP error of an earlier one
      is_open_ = sent >= 0 || waits;
      if (sent > 0) count = static_cast<std::size_t>(sent);
    }
    bytes = bytes.subspan(count);
    if (waits && !wait(POLLOUT, until)) return false;
  }
  return is_open_;
}

std::optional<std::size_t> ClientSocket::receive(MutableBytes into, TimePoint until) {
  if (!is_open_) return std::nullopt;
  return ssl_ ? receive_secured(into, until) : receive_plain(into, until);
}

std::optional<std::size_t> ClientSocket::receive_plain(MutableBytes into, TimePoint until) {
  while (wait(POLLIN, until)) {
    const ssize_t size = ::recv(descriptor_.number(), into.data(), into.size(), 0);
    if (size > 0) return static_cast<std::size_t>(size);
    if (is_stream_ && (size == 0 || !would_block())) {
      is_open_ = false;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> ClientSocket::receive_secured(MutableBytes into, TimePoint until) {
  for (;;) {
    ::ERR_clear_error();
    std::size_t size = 0;
    const int result = ::SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
    if (result == 1) return size;
    const int error = ::SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      is_open_ = false;
      return std::nullopt;
    }
    if (!wait(POLLIN, until)) return std::nullopt;
  }
}

OpenUdpSocket::OpenUdpSocket(IpFamily family)
    : family_(family),
      descriptor_(::socket(family == IpFamily::v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
}

OpenUdpSocket::~OpenUdpSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OpenUdpSocket::send(const Endpoint& to, Bytes bytes) const {
  const SocketAddress native = to_socket_address(to, family_);
  ::sendto(descriptor_, bytes.data(), bytes.size(), 0, &native.any, size_of(native));
}

std::optional<std::pair<Endpoint, std::size_t>> OpenUdpSocket::receive(MutableBytes into, TimePoint until) const {
  while (wait_for(descriptor_, POLLIN, until)) {
    SocketAddress native{};
    socklen_t length = sizeof native;
    const ssize_t size = ::recvfrom(descriptor_, into.data(), into.size(), 0, &native.any, &length);
    if (size < 0) continue;
    if (const auto from = to_endpoint(native)) return std::pair{*from, static_cast<std::size_t>(size)};
  }
  return std::nullopt;
}

}  // namespace plntry::net
