#include "net/tcp_relay.hpp"

#include <utility>

#include <boost/asio/ip/v6_only.hpp>

#include "net/address.hpp"

namespace plntry::net {
namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using ErrorCode = boost::system::error_code;

constexpr auto kAcceptPause = std::chrono::milliseconds{100};  // out of descriptors, until some are closed

// Of a listener and of all that connects from its address. Before it is bound a socket may follow its predecessors'
// lingering connections, and shares with nobody who listens; what is ours by then is shared among ourselves.
template <typename Socket>
ErrorCode bind_to(Socket& socket, const asio::ip::tcp::endpoint& at, bool shares) {
  ErrorCode error;
  socket.open(at.protocol(), error);
  if (!error && at.address().is_v6()) socket.set_option(asio::ip::v6_only(true), error);
  if (!error) socket.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && shares) socket.set_option(ReusePort(true), error);
  if (!error) socket.bind(at, error);
  if (!error && !shares) socket.set_option(ReusePort(true), error);
  return error;
}

}  // namespace

struct TcpRelay::Listener {
  Listener(const Executor& executor, turn::RelayId its_id) : id(its_id), acceptor(executor), pause(executor) {}

  turn::RelayId id;
  TcpAcceptor acceptor;
  asio::ip::tcp::endpoint at;
  Timer pause;
};

struct TcpRelay::Connection {
  explicit Connection(TcpSocket its_socket) : socket(std::move(its_socket)) {}

  TcpSocket socket;  // until it is joined
  std::shared_ptr<DataPipe> pipe;
};

TcpRelay::TcpRelay(Loop& loop, const RelaySockets::Config& config, Core& core)
    : loop_(loop), config_(config), core_(core) {}

TcpRelay::~TcpRelay() = default;

bool TcpRelay::listen(const turn::OpenRelay& effect) {
  const auto& address = effect.family == IpFamily::v4 ? config_.bind_v4 : config_.bind_v6;
  if (!address) return false;
  auto listener = std::make_shared<Listener>(loop_.executor(), effect.relay);
  listener->at = to_asio<asio::ip::tcp>(Endpoint{*address, effect.port});
  ErrorCode error = bind_to(listener->acceptor, listener->at, false);
  if (!error) listener->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return false;
  listeners_.emplace(effect.relay, listener);
  accept(listener);
  return true;
}

void TcpRelay::accept(const std::shared_ptr<Listener>& listener) {
  listener->acceptor.async_accept([this, listener](const ErrorCode& error, TcpSocket socket) {
    if (!listener->acceptor.is_open()) return;
    if (!error) {
      admit(listener->id, std::move(socket));
      if (listener->acceptor.is_open()) accept(listener);
      return;
    }
    listener->pause.expires_after(kAcceptPause);
    listener->pause.async_wait([this, listener](const ErrorCode& cancelled) {
      if (!cancelled && listener->acceptor.is_open()) accept(listener);
    });
  });
}

// RFC 6062 §5.3: it is accepted first, and closed at once if nobody wants it.
void TcpRelay::admit(turn::RelayId relay, TcpSocket socket) {
  ErrorCode error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;
  const auto id = core_.handle_incoming(relay, from_asio(peer));
  if (id) connections_.emplace(*id, std::make_shared<Connection>(std::move(socket)));
  core_.settle();
}

void TcpRelay::connect(const turn::OpenConnection& effect, const Endpoint& peer) {
  const turn::ConnectionId id = effect.connection;
  const auto listener = listeners_.find(effect.relay);
  auto connection = std::make_shared<Connection>(TcpSocket{loop_.executor()});
  connections_.emplace(id, connection);
  const bool is_bound = listener != listeners_.end() && !bind_to(connection->socket, listener->second->at, true);
  if (!is_bound) return loop_.post([this, id, connection] { handle_outcome(id, connection, false); });
  connection->socket.async_connect(to_asio<asio::ip::tcp>(peer), [this, id, connection](const ErrorCode& error) {
    handle_outcome(id, connection, !error);
  });
}

void TcpRelay::handle_outcome(turn::ConnectionId id, const std::shared_ptr<Connection>& connection, bool connected) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second != connection) return;  // closed in the meantime
  if (!connected) connections_.erase(found);
  core_.handle_connected(id, connected);
}

void TcpRelay::join(turn::ConnectionId id, Stream client, ConnectionLimits::Ticket ticket,
                    std::vector<std::uint8_t> early) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return client.close();
  ErrorCode ignored;
  found->second->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto pipe = std::make_shared<DataPipe>(loop_, id, std::move(client), Stream{std::move(found->second->socket)},
                                               std::move(ticket), static_cast<DataPipe::Owner&>(*this));
  found->second->pipe = pipe;
  pipe->start(std::move(early));
}

void TcpRelay::close(turn::RelayId relay) {
  const auto found = listeners_.find(relay);
  if (found == listeners_.end()) return;
  ErrorCode ignored;
  found->second->acceptor.close(ignored);
  found->second->pause.cancel();
  listeners_.erase(found);
}

void TcpRelay::close(turn::ConnectionId connection) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  const auto closing = std::move(found->second);
  connections_.erase(found);
  ErrorCode ignored;
  closing->socket.close(ignored);
  if (closing->pipe) closing->pipe->close();
}

bool TcpRelay::may_relay(turn::ConnectionId connection, turn::Direction direction, std::size_t size) {
  return core_.may_relay(connection, direction, size);
}

void TcpRelay::handle_pipe_closed(turn::ConnectionId connection) {
  connections_.erase(connection);
  core_.handle_connection_closed(connection);
}

}  // namespace plntry::net
