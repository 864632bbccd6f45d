#include "net/tls_session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <sys/socket.h>

namespace plntry::net {
namespace {

constexpr std::size_t kAheadMax = 64 * 1024;
constexpr std::size_t kAheadMargin = 512;  // headers and tags beside the plaintext that was asked for
constexpr std::size_t kHandshakeSize = 4'096;

// What one call receives or gathers, reused by the next: every connection of a thread has them in turn.
thread_local std::array<std::uint8_t, kAheadMax> ciphertext;
thread_local std::array<std::uint8_t, TlsSession::kRecordMax> plaintext;

// As much of `pieces` as one record takes, in one piece.
Bytes gather(std::span<const iovec> pieces) {
  const std::size_t count = pieces.size();
  const auto view = [](const iovec& piece) {
    return Bytes{static_cast<const std::uint8_t*>(piece.iov_base), piece.iov_len};
  };
  if (count == 0) return {};
  if (count == 1 || pieces[0].iov_len >= TlsSession::kRecordMax) {
    return view(pieces[0]).first(std::min(pieces[0].iov_len, TlsSession::kRecordMax));
  }
  std::size_t size = 0;
  for (const iovec& piece : pieces) {
    const Bytes bytes = view(piece).first(std::min(piece.iov_len, plaintext.size() - size));
    std::ranges::copy(bytes, plaintext.begin() + static_cast<std::ptrdiff_t>(size));
    size += bytes.size();
    if (size == plaintext.size()) break;
  }
  return Bytes{plaintext}.first(size);
}

}  // namespace

TlsSession::TlsSession(SSL_CTX& context, int descriptor) : descriptor_(descriptor), ssl_(::SSL_new(&context)) {
  BIO* bio = ssl_ ? ::BIO_new(bio_method()) : nullptr;
  if (!bio) throw std::bad_alloc{};
  ::BIO_set_data(bio, this);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl_.get(), bio, bio);
  ::SSL_set_accept_state(ssl_.get());
}

Io TlsSession::handshake() {
  begin(kHandshakeSize);
  const int result = ::SSL_do_handshake(ssl_.get());
  return end({0, result == 1 ? Io::Status::done : failure(result)});
}

// Everything that one receive brought, so that a connection of many small records costs few system calls.
Io TlsSession::read(MutableBytes buffer) {
  begin(buffer.size());
  std::size_t size = 0;
  Io::Status status = Io::Status::done;
  while (size < buffer.size()) {
    std::size_t count = 0;
    const MutableBytes rest = buffer.subspan(size);
    const int result = ::SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &count);
    if (result != 1) status = failure(result);
    if (result != 1) break;
    size += count;
    if (ahead_.empty() && ::SSL_pending(ssl_.get()) == 0) break;
  }
  return end({size, size > 0 ? Io::Status::done : status});
}

Io TlsSession::peek(std::uint8_t& first) {
  begin(kAheadMargin);
  std::size_t count = 0;
  const int result = ::SSL_peek_ex(ssl_.get(), &first, 1, &count);
  return end({count, result == 1 ? Io::Status::done : failure(result)});
}

Io TlsSession::write(std::span<const iovec> pieces) {
  begin(0);
  if (const Io flushed = flush_unsent(); flushed.status != Io::Status::done) return end(flushed);
  const Bytes record = gather(pieces);
  if (record.empty()) return end({});
  std::size_t count = 0;
  const int result = ::SSL_write_ex(ssl_.get(), record.data(), record.size(), &count);
  if (result == 1) return end({count, Io::Status::done});
  const Io::Status status = failure(result);
  if (status == Io::Status::closed) return end({0, status});
  unsent_.assign(record.begin(), record.end());
  return end({record.size(), status});
}

Io TlsSession::flush_unsent() {
  if (unsent_.empty()) return {};
  std::size_t count = 0;
  const int result = ::SSL_write_ex(ssl_.get(), unsent_.data(), unsent_.size(), &count);
  if (result != 1) return {0, failure(result)};
  std::vector<std::uint8_t>{}.swap(unsent_);
  return {};
}

void TlsSession::shutdown() {
  if (broken_ || has_unsent() || ::SSL_is_init_finished(ssl_.get()) != 1) return;
  begin(0);
  ::SSL_shutdown(ssl_.get());
  ::ERR_clear_error();
  end({});
}

void TlsSession::begin(std::size_t wanted) {
  ::ERR_clear_error();
  wanted_ = std::min(wanted + kAheadMargin, kAheadMax);
  ahead_ = kept_;
}

Io TlsSession::end(Io result) {
  if (ahead_.size() != kept_.size() || ahead_.data() != kept_.data()) {
    std::vector<std::uint8_t>(ahead_.begin(), ahead_.end()).swap(kept_);
  }
  ahead_ = {};
  if (broken_) result.status = Io::Status::closed;
  return result;
}

Io::Status TlsSession::failure(int result) {
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Io::Status::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Io::Status::wants_write;
    case SSL_ERROR_ZERO_RETURN:  // close_notify
      return Io::Status::closed;
    default:
      broken_ = true;  // an alert, a reset or an end without close_notify: OpenSSL allows no further call
      return Io::Status::closed;
  }
}

int TlsSession::receive(BIO* bio, char* out, int size) {
  auto& self = *static_cast<TlsSession*>(::BIO_get_data(bio));
  ::BIO_clear_retry_flags(bio);
  if (self.ahead_.empty()) {
    const ssize_t count = ::recv(self.descriptor_, ciphertext.data(), self.wanted_, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_retry_read(bio);
    if (count <= 0) return static_cast<int>(count);
    self.ahead_ = Bytes{ciphertext}.first(static_cast<std::size_t>(count));
  }
  const std::size_t taken = std::min(self.ahead_.size(), static_cast<std::size_t>(size));
  std::memcpy(out, self.ahead_.data(), taken);
  self.ahead_ = self.ahead_.subspan(taken);
  return static_cast<int>(taken);
}

int TlsSession::send(BIO* bio, const char* data, int size) {
  const auto& self = *static_cast<TlsSession*>(::BIO_get_data(bio));
  ::BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(self.descriptor_, data, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long TlsSession::control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* TlsSession::bio_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "plntry socket");
    if (!method) throw std::bad_alloc{};
    ::BIO_meth_set_read(method, receive);
    ::BIO_meth_set_write(method, send);
    ::BIO_meth_set_ctrl(method, control);
    return method;
  }();
  return kMethod;
}

}  // namespace plntry::net
