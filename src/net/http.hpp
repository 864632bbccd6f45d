// HTTP/1.1 (RFC 9110, 9112) on one port: the page, health, metrics, and joining a room, by the upgrade to a WebSocket
// or by an event stream. GET and HEAD, and POST for event streams only.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/assets.hpp"
#include "net/connection.hpp"
#include "net/event_stream.hpp"
#include "net/forwarded.hpp"
#include "net/http_response.hpp"
#include "net/metrics.hpp"
#include "net/signalling.hpp"
#include "net/turn_loops.hpp"
#include "net/websocket.hpp"
#include "signaling/message.hpp"

namespace plntry::net {

enum class MetricsAccess : std::uint8_t { off, loopback, all };

class Http {
 public:
  struct Config {
    std::uint32_t header_bytes_max = 12'288;  // a join request travels in a header
    Duration idle_timeout = 30s;              // from the end of an answer to the end of the next request's header
    Duration response_timeout = 60s;          // for a client to take an answer
    MetricsAccess metrics = MetricsAccess::loopback;
    bool serves_calls = true;                  // the page and the rooms; without: health and metrics alone
    std::vector<std::string> allowed_origins;  // besides the server's own; "*" is every one
    bool has_tls = false;                      // a certificate, so that the page can be had over https
    TrustedProxies trusted_proxies;            // whose word counts for who sends a request, and how
    std::function<UsageState()> usage;         // for /metrics, from any thread; may be empty
  };

  Http(const Config& config, const WebSocket::Config& websocket, const Assets& assets, Metrics& metrics,
       Signalling& signalling, TurnLoops& turn, const ConnectionLimits& limits, const std::atomic<bool>& draining);

  // Until the connection ends or becomes a carrier. Its deadline is that of the first request.
  Awaitable<> serve(std::shared_ptr<Connection> connection);

 private:
  struct Request;
  // Somebody about to join. Borrows the request, and from it.
  struct Arriving {
    const Request& request;
    const signaling::JoinOffer& offer;
    ConnectionLimits::Verdict verdict;
    signaling::Entrance entrance;
  };

  static bool becomes_carrier(const Request& request);
  Awaitable<bool> respond(Connection& connection, const Request& request, const Response& response);
  Awaitable<> linger(Connection& connection);
  Awaitable<Response> answer(const Connection& connection, const Request& request);
  Response answer_asset(const Request& request, std::string_view path) const;
  Awaitable<Response> answer_metrics(const Connection& connection, const Request& request);

  // http_join.cpp. Nothing: it has become a carrier.
  std::optional<Response> join(Connection& connection, const Request& request);
  std::optional<Response> open_events(Connection& connection, const Request& request);
  Awaitable<Response> take_post(const Connection& connection, const Request& request);
  Arriving arrive(Connection& connection, const Request& request, const signaling::JoinOffer& offer) const;
  void enter(const std::shared_ptr<Carrier>& carrier, const Arriving& arriving);
  Response refuse_origin() const;
  bool is_allowed_origin(const Connection& connection, const Request& request) const;
  std::optional<Response> redirect_to_https(const Connection& connection, const Request& request) const;

  const Config& config_;
  const WebSocket::Config& websocket_config_;
  const Assets& assets_;
  Metrics& metrics_;
  Signalling& signalling_;
  TurnLoops& turn_;
  const ConnectionLimits& limits_;
  const std::atomic<bool>& draining_;
  EventStreams event_streams_;  // on the hub's loop
};

}  // namespace plntry::net
