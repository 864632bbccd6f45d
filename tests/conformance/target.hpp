// Who is put to the test: the pure core in virtual time, or any server behind real sockets. A case is written once,
// against what stands here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

namespace plntry::test {

using Octets = std::vector<std::uint8_t>;

// What must come is waited for patiently, what must not come only as long as it would reasonably take.
enum class Expect : std::uint8_t { something, nothing };

// A client's way to the server: one 5-tuple, never used before.
class Line {
 public:
  virtual ~Line() = default;
  virtual void send(Bytes bytes) = 0;                        // one datagram; on a stream any piece of it
  virtual std::optional<Octets> receive(Expect expect) = 0;  // one whole message
  virtual Endpoint address() const = 0;                      // of the client, as the server sees it
  virtual bool is_stream() const = 0;
  // Whether the server has closed a stream.
  virtual bool is_closed() const = 0;
};

struct Datagram {
  Endpoint from;
  std::string data;
};

// A UDP socket somewhere behind the relay.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual Endpoint address() const = 0;
  virtual void send(const Endpoint& to, std::string_view data) = 0;
  virtual std::optional<Datagram> receive(Expect expect) = 0;
};

// A TCP socket behind the relay that lets everybody connect, for as long as it lives.
class TcpPeer {
 public:
  virtual ~TcpPeer() = default;
  virtual Endpoint address() const = 0;
};

// Who may use the server, and what it was told to refuse.
struct Access {
  std::string username = "alice";
  std::string password = "secret-a";
  std::string other_username = "bob";  // empty: there is only one user
  std::string other_password = "secret-b";
  std::string realm = "example.org";
  Endpoint refused_peer{IpAddress::v4(10, 0, 0, 1), 9};
  bool is_ours = false;  // plntry, whose departures from an RFC are decisions on record
};

// Outlives its lines and peers.
class Target {
 public:
  virtual ~Target() = default;
  virtual std::unique_ptr<Line> connect() = 0;
  // On the `host`-th address of that family; null if there is none for the server to reach.
  virtual std::unique_ptr<Peer> open_peer(IpFamily family, unsigned host) = 0;
  // The same for one over TCP, on IPv4.
  virtual std::unique_ptr<TcpPeer> open_tcp_peer() = 0;
  virtual const Access& access() const = 0;
};

}  // namespace plntry::test
