// A client's connection over UDP, TCP, TLS or DTLS that waits, but never longer than it is told: for programs that do
// one thing after another (plntry doctor), not for loops.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "doctor/facts.hpp"
#include "net/client_tls.hpp"

namespace plntry::net {

class ClientSocket {
 public:
  struct To {
    doctor::Transport transport;
    Endpoint endpoint;
    std::string host;  // whom the certificate shall name
  };

  // Connects, and shakes hands where there is TLS, within `patience` each.
  static std::expected<ClientSocket, doctor::Failure> open(const To& to, Duration patience);
  ClientSocket(ClientSocket&&) = default;
  ClientSocket& operator=(ClientSocket&&) = default;

  bool is_stream() const { return is_stream_; }
  const std::optional<doctor::Certificate>& certificate() const { return certificate_; }
  // This machine's side of it.
  Endpoint local() const;

  // False when the connection has ended; a datagram that found no room is lost.
  bool send(Bytes bytes);
  // A datagram, or what the stream has; nothing when `until` has passed or the connection has ended.
  std::optional<std::size_t> receive(MutableBytes into, TimePoint until);
  bool is_open() const { return is_open_; }

 private:
  // Closes it.
  class Descriptor {
   public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
      std::swap(number_, other.number_);
      return *this;
    }
    ~Descriptor();
    int number() const { return number_; }

   private:
    int number_;
  };

  ClientSocket(Descriptor descriptor, bool is_stream) : descriptor_(std::move(descriptor)), is_stream_(is_stream) {}

  static std::expected<Descriptor, doctor::Failure> connect(const To& to, Duration patience);
  std::optional<doctor::Failure> secure(const To& to, TimePoint until);
  // False when `until` has passed.
  bool wait(short events, TimePoint until) const;
  std::optional<std::size_t> receive_plain(MutableBytes into, TimePoint until);
  std::optional<std::size_t> receive_secured(MutableBytes into, TimePoint until);

  Descriptor descriptor_;
  bool is_stream_;
  bool is_open_ = true;
  ContextOwner context_;
  SslOwner ssl_;
  std::optional<doctor::Certificate> certificate_;
};

// A UDP socket of this machine that anybody may send to, for trying what arrives.
class OpenUdpSocket {
 public:
  explicit OpenUdpSocket(IpFamily family);
  ~OpenUdpSocket();
  OpenUdpSocket(const OpenUdpSocket&) = delete;
  OpenUdpSocket& operator=(const OpenUdpSocket&) = delete;

  void send(const Endpoint& to, Bytes bytes) const;
  // A datagram and who sent it; nothing when `until` has passed.
  std::optional<std::pair<Endpoint, std::size_t>> receive(MutableBytes into, TimePoint until) const;

 private:
  IpFamily family_;
  int descriptor_;
};

}  // namespace plntry::net
