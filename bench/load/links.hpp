// How the relay's load generator reaches the server: sockets that never block, and take and give many datagrams a
// system call, so that the generator costs far less than what it measures.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "stun/stream_framer.hpp"

namespace plntry::bench {

inline constexpr IpAddress kLoopback = IpAddress::v4(127, 0, 0, 1);

// Whole messages or datagrams, each borrowed for the call.
using OnMessage = std::function<void(Bytes)>;

// Between a client and the server.
class Link {
 public:
  virtual ~Link() = default;
  // `count` copies of one message back to back. `coalesced`: as one segmented send, the way that a network card which
  // coalesces would hand them over. What the socket does not take is lost.
  virtual void send(Bytes message, unsigned count, bool coalesced) = 0;
  // What waits, up to a batch.
  virtual void receive(const OnMessage& on_message) = 0;
};

// A UDP socket on 127.0.0.1 that receives coalesced datagrams (UDP_GRO) and hands them out one by one.
class UdpPort final : public Link {
 public:
  UdpPort();
  ~UdpPort() override;
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;

  Endpoint local() const;
  void connect(std::uint16_t port);
  void send(Bytes datagram, unsigned count, bool coalesced) override;
  void send_to(std::uint16_t port, Bytes datagram, unsigned count, bool coalesced);
  void receive(const OnMessage& on_message) override;

 private:
  int descriptor_;
};

// A TCP connection to 127.0.0.1. Its messages come padded to four bytes (RFC 8656 §12.5).
class TcpLink final : public Link {
 public:
  explicit TcpLink(std::uint16_t port);
  ~TcpLink() override;
  TcpLink(const TcpLink&) = delete;
  TcpLink& operator=(const TcpLink&) = delete;

  void send(Bytes message, unsigned count, bool coalesced) override;
  void receive(const OnMessage& on_message) override;

 private:
  void flush();

  int descriptor_;
  std::string outbox_;
  stun::StreamFramer framer_;
};

}  // namespace plntry::bench
