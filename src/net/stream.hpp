// A TCP connection, with or without TLS, that nothing here waits for: attempts say what they moved and what to wait
// for. It can be handed from loop to loop while no operation is pending. Plain, it is a socket and a null pointer.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <sys/uio.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "net/asio.hpp"
#include "net/io.hpp"
#include "net/tls_session.hpp"

namespace plntry::net {

class Stream {
 public:
  using executor_type = Executor;

  explicit Stream(TcpSocket socket) : socket_(std::move(socket)) {}

  // From here on what is read and written is TLS. Nothing may have been read; then `handshake`, until it is done.
  void start_tls(SSL_CTX& context);
  bool is_tls() const { return tls_ != nullptr; }
  Io handshake() { return tls_->handshake(); }

  Io read_some(MutableBytes buffer);
  Io write_some(std::span<const iovec> pieces);
  // The first byte that will be read, left there.
  Io peek(std::uint8_t& first);

  // Read again before waiting: the socket may have nothing more to tell.
  bool has_buffered() const { return tls_ && tls_->has_buffered(); }
  // Wait until it is writable, and write again, though it be nothing: something that was taken has not left.
  bool has_unsent() const { return tls_ && tls_->has_unsent(); }

  void shutdown_send();
  void close();

  // This connection on another loop. Nothing when it cannot be moved; it is closed then.
  std::optional<Stream> moved_to(const Executor& executor) &&;

  // Its own address; nothing when it is gone.
  std::optional<Endpoint> local() const;

  executor_type get_executor() { return socket_.get_executor(); }

  // Until what `blocked` wants.
  template <typename Token>
  auto async_wait(Io blocked, Token&& token) {
    return socket_.async_wait(blocked.status == Io::Status::wants_write ? TcpSocket::wait_write : TcpSocket::wait_read,
                              std::forward<Token>(token));
  }

  // Asio's AsyncReadStream and AsyncWriteStream. A write completes when all that it counts has left.
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(ReadSome<Buffers>{*this, buffers},
                                                                                    token, socket_);
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(WriteSome<Buffers>{*this, buffers},
                                                                                    token, socket_);
  }

 private:
  static constexpr std::size_t kPiecesMax = 16;  // of one write

  template <typename Buffers>
  struct ReadSome {
    Stream& stream;
    Buffers buffers;
    bool started = false;
    Io result{};

    template <typename Self>
    void operator()(Self& self, boost::system::error_code error = {}, std::size_t size = 0);
  };
  template <typename Buffers>
  struct WriteSome {
    Stream& stream;
    Buffers buffers;
    bool started = false;
    Io result{};

    template <typename Self>
    void operator()(Self& self, boost::system::error_code error = {}, std::size_t size = 0);
    Io attempt() const;
  };

  static boost::system::error_code error_of(Io result) {
    return result.is_closed() ? boost::system::error_code{asio::error::eof} : boost::system::error_code{};
  }

  TcpSocket socket_;
  std::unique_ptr<TlsSession> tls_;
};

template <typename Buffers>
template <typename Self>
void Stream::ReadSome<Buffers>::operator()(Self& self, boost::system::error_code error, std::size_t size) {
  const bool first = !std::exchange(started, true);
  if (!stream.tls_) {
    if (first) return stream.socket_.async_read_some(buffers, std::move(self));
    return self.complete(error, size);
  }
  if (error) return self.complete(error, 0);
  if (!first && !result.is_blocked()) return self.complete(error_of(result), result.bytes);
  MutableBytes space;
  for (auto each = asio::buffer_sequence_begin(buffers); each != asio::buffer_sequence_end(buffers); ++each) {
    const asio::mutable_buffer buffer(*each);
    if (space.empty()) space = {static_cast<std::uint8_t*>(buffer.data()), buffer.size()};
  }
  result = space.empty() ? Io{} : stream.read_some(space);
  if (result.is_blocked()) return stream.async_wait(result, std::move(self));
  if (first) return asio::post(stream.get_executor(), std::move(self));  // never within the call that starts it
  self.complete(error_of(result), result.bytes);
}

template <typename Buffers>
Io Stream::WriteSome<Buffers>::attempt() const {
  std::array<iovec, kPiecesMax> pieces;
  std::size_t count = 0;
  for (auto each = asio::buffer_sequence_begin(buffers); each != asio::buffer_sequence_end(buffers); ++each) {
    const asio::const_buffer buffer(*each);
    if (buffer.size() > 0 && count < kPiecesMax) pieces[count++] = {const_cast<void*>(buffer.data()), buffer.size()};
  }
  return stream.write_some(std::span{pieces}.first(count));
}

template <typename Buffers>
template <typename Self>
void Stream::WriteSome<Buffers>::operator()(Self& self, boost::system::error_code error, std::size_t size) {
  const bool first = !std::exchange(started, true);
  if (!stream.tls_) {
    if (first) return stream.socket_.async_write_some(buffers, std::move(self));
    return self.complete(error, size);
  }
  if (error) return self.complete(error, 0);
  if (!first && !result.is_blocked()) return self.complete(error_of(result), result.bytes);
  const bool taken = result.bytes > 0;
  const Io next = taken ? stream.write_some({}) : attempt();
  result = {taken ? result.bytes : next.bytes, next.status};
  if (result.is_blocked()) return stream.async_wait(result, std::move(self));
  if (first) return asio::post(stream.get_executor(), std::move(self));
  self.complete(error_of(result), result.bytes);
}

}  // namespace plntry::net
