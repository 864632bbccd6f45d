// Every TCP connection comes in here: counted against the limits, given a deadline, and handed to what its first byte
// asks for; under TLS, by the first byte inside.
#pragma once

#include <memory>
#include <optional>

#include "net/connection.hpp"
#include "net/http.hpp"
#include "net/metrics.hpp"
#include "net/sniff.hpp"
#include "net/tls.hpp"
#include "net/turn_stream.hpp"

namespace plntry::net {

class FrontDoor {
 public:
  struct Config {
    Duration request_timeout = 10s;  // from the connection to the end of its first request's header
    Duration accept_pause = 100ms;   // after a failure to accept: out of descriptors, until some are closed
  };

  // What it lets in on the loop of `turn` is served there.
  FrontDoor(const Config& config, const TurnStream::Config& turn_stream, const Tls& tls, TurnLoop& turn,
            TcpAcceptor acceptor, ConnectionLimits& limits, Http& http, Metrics& metrics);

  void start();
  // Nobody new comes in. From any thread.
  void stop();

 private:
  Awaitable<> accept_all();
  void admit(TcpSocket socket);
  Awaitable<> greet(std::shared_ptr<Connection> connection);
  template <typename Attempt>
  Awaitable<Io> persist(Stream& stream, Attempt attempt);
  Awaitable<std::optional<Protocol>> await_protocol(Connection& connection);
  Awaitable<bool> secure(Connection& connection);
  void serve_turn(Connection& connection);

  const Config& config_;
  const TurnStream::Config& turn_stream_config_;
  const Tls& tls_;
  TurnLoop& turn_;
  Loop& loop_;
  TcpAcceptor acceptor_;
  Timer pause_;
  ConnectionLimits& limits_;
  Http& http_;
  Metrics& metrics_;
};

}  // namespace plntry::net
