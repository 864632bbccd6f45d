#include "net/front_door.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/address.hpp"
#include "net/clock.hpp"
#include "net/sniff.hpp"

namespace plntry::net {

FrontDoor::FrontDoor(const Config& config, const TurnStream::Config& turn_stream, const Tls& tls, TurnLoop& turn,
                     TcpAcceptor acceptor, ConnectionLimits& limits, Http& http, Metrics& metrics)
    : config_(config),
      turn_stream_config_(turn_stream),
      tls_(tls),
      turn_(turn),
      loop_(turn.loop()),
      acceptor_(std::move(acceptor)),
      pause_(loop_.executor()),
      limits_(limits),
      http_(http),
      metrics_(metrics) {}

void FrontDoor::start() { asio::co_spawn(loop_.executor(), accept_all(), asio::detached); }

void FrontDoor::stop() {
  loop_.post([this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
}

Awaitable<> FrontDoor::accept_all() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(kAwait));
    if (!error) {
      admit(std::move(socket));
      continue;
    }
    if (error == asio::error::operation_aborted || error == asio::error::connection_aborted) continue;
    metrics_.accept_failures += 1;
    pause_.expires_after(config_.accept_pause);
    co_await pause_.async_wait(asio::as_tuple(kAwait));
  }
}

void FrontDoor::admit(TcpSocket socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // it has gone already
  const Endpoint from = from_asio(remote);
  auto ticket = limits_.admit(from.address);
  if (ticket.verdict() != ConnectionLimits::Verdict::admitted) metrics_.connections_refused += 1;
  if (ticket.verdict() == ConnectionLimits::Verdict::closed) return;

  metrics_.connections_accepted += 1;
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  auto connection = std::make_shared<Connection>(loop_, std::move(socket), from, std::move(ticket));
  connection->deadline = now().mono + config_.request_timeout;
  asio::co_spawn(loop_.executor(), greet(std::move(connection)), asio::detached);
}

Awaitable<> FrontDoor::greet(std::shared_ptr<Connection> connection) {
  auto protocol = co_await await_protocol(*connection);
  if (protocol == Protocol::tls) {
    const bool secured = co_await secure(*connection);
    protocol.reset();
    if (secured) protocol = co_await await_protocol(*connection);
  }
  if (protocol == Protocol::http) {
    co_await http_.serve(connection);
  } else if (protocol == Protocol::stun) {
    serve_turn(*connection);
  } else if (protocol) {
    metrics_.connections_unknown += 1;  // TLS inside of TLS, too
  }
  if (connection->expired) metrics_.connections_expired += 1;
}

// Tries again whenever the stream is ready for it, until it is not blocked.
template <typename Attempt>
Awaitable<Io> FrontDoor::persist(Stream& stream, Attempt attempt) {
  for (;;) {
    const Io result = attempt();
    if (!result.is_blocked()) co_return result;
    const auto [error] = co_await stream.async_wait(result, asio::as_tuple(kAwait));
    if (error) co_return Io{0, Io::Status::closed};
  }
}

// By the first byte, which stays to be read. Nothing when the connection ends before it.
Awaitable<std::optional<Protocol>> FrontDoor::await_protocol(Connection& connection) {
  std::uint8_t first = 0;
  const auto peek = [&stream = connection.stream, &first] { return stream.peek(first); };
  const Io result = co_await persist(connection.stream, peek);
  if (result.is_closed()) co_return std::nullopt;
  co_return sniff(first);
}

// It lives on by itself, and the connection is left empty.
void FrontDoor::serve_turn(Connection& connection) {
  const auto server = connection.stream.local();
  if (!server || connection.ticket.verdict() != ConnectionLimits::Verdict::admitted) return;
  const auto transport = connection.stream.is_tls() ? turn::Transport::tls : turn::Transport::tcp;
  std::make_shared<TurnStream>(turn_, std::move(connection.stream),
                               turn::FiveTuple{connection.remote, *server, transport}, std::move(connection.ticket),
                               turn_stream_config_, metrics_)
      ->start();
}

Awaitable<bool> FrontDoor::secure(Connection& connection) {
  metrics_.connections_tls += 1;
  if (!tls_.is_on()) {
    metrics_.tls_failures += 1;
    co_return false;
  }
  connection.stream.start_tls(*tls_.context(Tls::Kind::stream));
  const auto handshake = [&stream = connection.stream] { return stream.handshake(); };
  const Io result = co_await persist(connection.stream, handshake);
  if (result.is_closed()) metrics_.tls_failures += 1;
  co_return !result.is_closed();
}

}  // namespace plntry::net
