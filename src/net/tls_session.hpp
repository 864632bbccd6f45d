// The server's side of one TLS connection (RFC 8446, RFC 5246) over a socket that is never waited for. OpenSSL's rule
// that a blocked write is repeated with the same bytes is kept in here. While idle it holds no buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <sys/uio.h>

#include "base/bytes.hpp"
#include "net/io.hpp"
#include "net/openssl.hpp"

namespace plntry::net {

class TlsSession {
 public:
  static constexpr std::size_t kRecordMax = 16'384;  // RFC 8446 §5.1: of plaintext in a record

  // `descriptor` is a socket's and outlives this. Throws std::bad_alloc.
  TlsSession(SSL_CTX& context, int descriptor);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Until it is done, or closed: then it has failed, and the other side has been told why.
  Io handshake();
  Io read(MutableBytes buffer);
  // The first byte that `read` will give.
  Io peek(std::uint8_t& first);
  // The pieces as one record, as far as they fit. Blocked with `bytes`: they are taken and no longer the caller's, but
  // leave only with further calls; an empty one will do.
  Io write(std::span<const iovec> pieces);

  // `read` has something to give although the socket may have nothing more.
  bool has_buffered() const { return !kept_.empty() || ::SSL_pending(ssl_.get()) > 0; }
  bool has_unsent() const { return !unsent_.empty(); }

  // Says that nothing more will be written (close_notify), if that can be said at once.
  void shutdown();

 private:
  static const BIO_METHOD* bio_method();
  static int receive(BIO* bio, char* out, int size);
  static int send(BIO* bio, const char* data, int size);
  static long control(BIO* bio, int command, long number, void* pointer);

  void begin(std::size_t wanted);
  Io end(Io result);
  Io::Status failure(int result);
  Io flush_unsent();

  int descriptor_;
  bool broken_ = false;
  std::size_t wanted_ = 0;            // of a receive, while a call lasts
  Bytes ahead_;                       // received and not yet taken by OpenSSL, while a call lasts
  std::vector<std::uint8_t> kept_;    // … between calls
  std::vector<std::uint8_t> unsent_;  // the plaintext of a record that is not wholly sent
  SslOwner ssl_;
};

}  // namespace plntry::net
