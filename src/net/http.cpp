#include "net/http.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/clock.hpp"
#include "net/http_request.hpp"

namespace plntry::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr Duration kLinger = 2s;

// The parser found it wrong; anything else is the connection's end.
bool is_fault_of_request(const boost::system::error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_target).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

bool is_of_calls(Route route) {
  return route != Route::health && route != Route::ready && route != Route::metrics && route != Route::not_found;
}

bool is_posted(Route route) { return route == Route::events || route == Route::frames; }

Response answer_fault(const boost::system::error_code& error) {
  const bool too_long = error == http::error::header_limit || error == http::error::buffer_overflow;
  Response response =
      too_long ? refusal(431, "The header of this request is too long.") : refusal(400, "This is not an HTTP request.");
  response.close = true;
  return response;
}

using HeaderParser = http::request_parser<http::empty_body>;
using Message = http::request<http::empty_body>;

Response too_long() {
  Response response = refusal(413, "This is more than one post may hold.");
  response.close = true;
  return response;
}

// What follows `header` into `body`, at most `most` bytes of it; the message, without, into `message`. Why not, if not.
Awaitable<std::optional<Response>> read_body(Connection& connection, beast::flat_buffer& buffer, HeaderParser& header,
                                             std::size_t most, Message& message, std::string& body) {
  if (header.content_length().value_or(0) > most) {
    message = header.release();
    co_return too_long();
  }
  http::request_parser<http::string_body> parser(std::move(header));
  parser.body_limit(most);  // of chunks
  const auto [error, size] = co_await http::async_read(connection.stream, buffer, parser, asio::as_tuple(kAwait));
  auto whole = parser.release();
  body = std::move(whole.body());
  message = Message{std::move(whole.base())};
  if (error == http::error::body_limit) co_return too_long();
  if (error) co_return answer_fault(error);
  co_return std::nullopt;
}

}  // namespace

Http::Http(const Config& config, const WebSocket::Config& websocket, const Assets& assets, Metrics& metrics,
           Signalling& signalling, TurnLoops& turn, const ConnectionLimits& limits, const std::atomic<bool>& draining)
    : config_(config),
      websocket_config_(websocket),
      assets_(assets),
      metrics_(metrics),
      signalling_(signalling),
      turn_(turn),
      limits_(limits),
      draining_(draining) {}

// Everything that is awaited takes references to locals: g++ 12 destroys some temporaries of a co_await twice.
Awaitable<> Http::serve(std::shared_ptr<Connection> connection) {
  beast::flat_buffer buffer(config_.header_bytes_max);
  for (bool goes_on = true; goes_on;) {
    HeaderParser parser;
    parser.header_limit(config_.header_bytes_max);
    parser.body_limit(boost::none);  // what is too long is refused in words
    const auto [error, size] =
        co_await http::async_read_header(connection->stream, buffer, parser, asio::as_tuple(kAwait));
    if (error && !is_fault_of_request(error)) co_return;  // it went away
    if (error) {
      metrics_.http_bad_requests += 1;
      const Request unread;
      const Response fault = answer_fault(error);
      co_await respond(*connection, unread, fault);
      break;
    }
    metrics_.http_requests += 1;
    Request request;
    request.target = parse_target(view_of(parser.get().target()));
    // Any transfer coding frames a body, also one that the parser does not know (RFC 9112 §6.1).
    const bool has_body =
        parser.content_length().value_or(0) > 0 || parser.get().count(http::field::transfer_encoding) > 0;
    const bool reads_body = has_body && is_posted(request.target.route) && parser.get().method() == http::verb::post;
    std::optional<Response> refused;
    if (reads_body) {
      connection->deadline = now().mono + config_.idle_timeout;
      const std::size_t most = websocket_config_.message_bytes_max + kPostLineMax;
      refused = co_await read_body(*connection, buffer, parser, most, request.message, request.body);
    } else {
      request.message = parser.release();
    }
    request.target = parse_target(view_of(request.message.target()));
    request.sender = sender_of(connection->remote.address, request.forwarded(), config_.trusted_proxies);
    if (!config_.serves_calls && is_of_calls(request.target.route)) request.target.route = Route::not_found;

    Response response;
    if (refused) {
      response = std::move(*refused);
    } else if (has_body && !reads_body) {
      response = refusal(413, "This server takes no such request with a body.");
      response.close = true;  // the body is not read, so nothing after it can be
    } else if (request.message.version() >= 11 && request.message.count(http::field::host) != 1) {
      response = refusal(400, "A request names one Host.");  // RFC 9112 §3.2
    } else if (becomes_carrier(request)) {
      auto refused_join =
          request.target.route == Route::join ? join(*connection, request) : open_events(*connection, request);
      if (!refused_join) co_return;
      response = std::move(*refused_join);
    } else {
      response = co_await answer(*connection, request);
    }
    goes_on = co_await respond(*connection, request, response);
  }
  co_await linger(*connection);
}

bool Http::becomes_carrier(const Request& request) {
  if (request.target.route == Route::join) return request.message.method() == http::verb::get;
  return request.target.route == Route::events && request.message.method() == http::verb::post;
}

// Whether the connection goes on.
Awaitable<bool> Http::respond(Connection& connection, const Request& request, const Response& response) {
  const bool keep_alive = request.message.keep_alive() && !response.close && !draining_.load();
  const std::string head = print_head(response, keep_alive);
  std::array<asio::const_buffer, 2> pieces{asio::buffer(head), asio::buffer(response.content())};
  if (request.is_head() || response.bodiless) pieces[1] = {};
  connection.deadline = now().mono + config_.response_timeout;
  const auto [error, size] = co_await asio::async_write(connection.stream, pieces, asio::as_tuple(kAwait));
  connection.deadline = now().mono + config_.idle_timeout;
  co_return !error && keep_alive;
}

// Closing while the client still sends would take the answer away from it (RFC 9112 §9.6).
Awaitable<> Http::linger(Connection& connection) {
  connection.stream.shutdown_send();
  connection.deadline = now().mono + kLinger;
  std::array<std::uint8_t, 512> dropped;
  for (;;) {
    const auto [error, size] =
        co_await connection.stream.async_read_some(asio::buffer(dropped), asio::as_tuple(kAwait));
    if (error) co_return;
  }
}

Awaitable<Response> Http::answer(const Connection& connection, const Request& request) {
  if (connection.ticket.verdict() != ConnectionLimits::Verdict::admitted) {
    Response busy = refusal(503, "Too many connections are open. Try again in a moment.");
    busy.add("Retry-After", "10");
    busy.close = true;
    co_return busy;
  }
  const bool posted = is_posted(request.target.route);
  const auto method = request.message.method();
  const bool fits = posted ? method == http::verb::post : method == http::verb::get || request.is_head();
  if (!fits) {
    Response not_allowed = refusal(405, posted ? "This is for POST only." : "This is for GET and HEAD only.");
    not_allowed.add("Allow", posted ? "POST" : "GET, HEAD");
    co_return not_allowed;
  }
  switch (request.target.route) {
    case Route::page:
      if (auto secure = redirect_to_https(connection, request)) co_return std::move(*secure);
      co_return answer_asset(request, kPage);
    case Route::asset:
      co_return answer_asset(request, request.target.name);
    case Route::join:  // HEAD
      co_return refusal(426, "Rooms are joined by WebSocket.");
    case Route::frames: {
      Response taken = co_await take_post(connection, request);
      co_return taken;
    }
    case Route::health:
      co_return refusal(200, "ok");
    case Route::ready:
      co_return draining_.load() ? refusal(503, "draining") : refusal(200, "ready");
    case Route::metrics: {
      Response metrics = co_await answer_metrics(connection, request);
      co_return metrics;
    }
    case Route::events:  // became a carrier
    case Route::not_found:
      break;
  }
  co_return refusal(404, "There is nothing here.");
}

// Over plain HTTP a page gets no camera, unless it is this machine's own. Through a proxy it may have come over https
// all the same, if nobody who is trusted says otherwise.
std::optional<Response> Http::redirect_to_https(const Connection& connection, const Request& request) const {
  const bool plain_here = config_.has_tls && !connection.stream.is_tls() && !request.is_proxied();
  const bool plain = request.sender.https ? !*request.sender.https : plain_here;
  if (!plain) return std::nullopt;
  const std::string_view host_header = request.header(http::field::host);
  const auto host = parse_host(host_header);
  if (!host || is_loopback_host(*host)) return std::nullopt;
  Response redirect = refusal(308, "This page is served over https.");
  redirect.add("Location", "https://" + std::string{host_header} + std::string{view_of(request.message.target())});
  return redirect;
}

Response Http::answer_asset(const Request& request, std::string_view path) const {
  auto asset = assets_.find(path, request.list(http::field::accept_encoding));
  if (!asset) return refusal(404, "There is nothing here.");
  Response response;
  response.type = asset->type;
  response.add("ETag", asset->etag);
  response.add("Vary", "Accept-Encoding");
  response.add("Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (path.ends_with(".html")) response.headers += kPageHeaders;
  if (matches_etag(request.list(http::field::if_none_match), asset->etag)) {
    response.status = 304;
    response.bodiless = true;
    return response;
  }
  if (!asset->encoding.empty()) response.add("Content-Encoding", asset->encoding);
  if (asset->owned.empty()) {
    response.body = asset->body;
  } else {
    response.text = std::move(asset->owned);
  }
  return response;
}

// A proxy on this machine is a loopback peer too, but speaks for someone else.
Awaitable<Response> Http::answer_metrics(const Connection& connection, const Request& request) {
  const IpAddress peer = connection.remote.address;
  const bool loopback = peer.is_v4() ? peer.bytes()[0] == 127 : peer == *IpAddress::parse("::1");
  const bool allowed = config_.metrics == MetricsAccess::all ||
                       (config_.metrics == MetricsAccess::loopback && loopback && !request.is_proxied());
  if (!allowed) co_return refusal(404, "There is nothing here.");
  const auto question = [this] { return signalling_.read_state(); };
  const HubState hub = co_await signalling_.ask(question, kAwait);
  RelayState relay = co_await turn_.state();
  if (config_.usage) relay.usage = config_.usage();
  Response response;
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  response.text = print_metrics(metrics_, limits_.total(), hub, relay);
  response.add("Cache-Control", "no-store");
  co_return response;
}

}  // namespace plntry::net
