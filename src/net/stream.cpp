#include "net/stream.hpp"

#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "net/address.hpp"

namespace plntry::net {
namespace {

Io io_of(ssize_t count, Io::Status blocked) {
  if (count > 0) return {static_cast<std::size_t>(count), Io::Status::done};
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {0, blocked};
  return {0, Io::Status::closed};
}

}  // namespace

void Stream::start_tls(SSL_CTX& context) { tls_ = std::make_unique<TlsSession>(context, socket_.native_handle()); }

Io Stream::read_some(MutableBytes buffer) {
  if (tls_) return tls_->read(buffer);
  return io_of(::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT), Io::Status::wants_read);
}

Io Stream::write_some(std::span<const iovec> pieces) {
  if (tls_) return tls_->write(pieces);
  if (pieces.empty()) return {};
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  return io_of(::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL), Io::Status::wants_write);
}

Io Stream::peek(std::uint8_t& first) {
  if (tls_) return tls_->peek(first);
  return io_of(::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT), Io::Status::wants_read);
}

void Stream::shutdown_send() {
  if (tls_) tls_->shutdown();
  boost::system::error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
}

void Stream::close() {
  if (!socket_.is_open()) return;
  if (tls_) tls_->shutdown();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::optional<Endpoint> Stream::local() const {
  boost::system::error_code error;
  const auto endpoint = socket_.local_endpoint(error);
  if (error) return std::nullopt;
  return from_asio(endpoint);
}

// The descriptor stays the same one, so a TLS session need not know.
std::optional<Stream> Stream::moved_to(const Executor& executor) && {
  boost::system::error_code error;
  const auto protocol = socket_.local_endpoint(error).protocol();
  if (error) return std::nullopt;
  const int descriptor = socket_.release(error);
  if (error) return std::nullopt;
  TcpSocket moved(executor);
  moved.assign(protocol, descriptor, error);
  if (error) {
    ::close(descriptor);
    return std::nullopt;
  }
  Stream stream(std::move(moved));
  stream.tls_ = std::move(tls_);
  return stream;
}

}  // namespace plntry::net
