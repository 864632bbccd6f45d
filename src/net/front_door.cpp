#include "net/front_door.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sys/socket.h>

#include "net/address.hpp"
#include "net/clock.hpp"
#include "net/sniff.hpp"

namespace plntry::net {

FrontDoor::FrontDoor(const Config& config, const StunStreamConfig& stun, Loop& loop, TcpAcceptor acceptor,
                     ConnectionLimits& limits, Http& http, Metrics& metrics)
    : config_(config),
      stun_config_(stun),
      loop_(loop),
      acceptor_(std::move(acceptor)),
      pause_(loop.executor()),
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
  const auto [error] = co_await connection->socket.async_wait(TcpSocket::wait_read, asio::as_tuple(kAwait));
  if (error) {
    if (connection->expired) metrics_.connections_expired += 1;
    co_return;
  }
  std::uint8_t first = 0;
  if (::recv(connection->socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1) co_return;
  switch (sniff(first)) {
    case Protocol::http:
      co_await http_.serve(connection);
      break;
    case Protocol::stun:
      co_await serve_stun(connection, stun_config_, metrics_);
      break;
    case Protocol::tls:
      metrics_.connections_tls += 1;
      break;
    case Protocol::unknown:
      metrics_.connections_unknown += 1;
      break;
  }
  if (connection->expired) metrics_.connections_expired += 1;
}

}  // namespace plntry::net
