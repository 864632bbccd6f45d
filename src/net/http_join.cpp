// How a request becomes a participant's carrier: a WebSocket, or an event stream and its posts.
#include <algorithm>
#include <utility>

#include <boost/beast/websocket/rfc6455.hpp>

#include "net/event_stream.hpp"
#include "net/http.hpp"
#include "net/http_request.hpp"
#include "signaling/message.hpp"

namespace plntry::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr Duration kRetryWhenFull = 10s;

// A page of another origin, which was allowed, may read the answer.
void allow_reading(Response& response, std::string_view origin) {
  if (origin.empty()) return;
  response.add("Access-Control-Allow-Origin", origin);
  response.add("Vary", "Origin");
}

Response answer_post(PostOutcome outcome) {
  switch (outcome) {
    case PostOutcome::taken: {
      Response taken;
      taken.status = 204;
      taken.bodiless = true;
      taken.add("Cache-Control", "no-store");
      return taken;
    }
    case PostOutcome::malformed:
      return refusal(400, "This is not a post of the plntry protocol.");
    case PostOutcome::unknown:
      return refusal(404, "This connection is not open here, or not any more. Join again.");
    case PostOutcome::out_of_order:
      return refusal(409, "A post before this one has not come. Join again.");
  }
  std::unreachable();
}

}  // namespace

std::optional<Response> Http::join(Connection& connection, const Request& request) {
  const std::string_view key = request.header(http::field::sec_websocket_key);
  const bool upgrade = beast::websocket::is_upgrade(request.message) && is_websocket_key(key);
  if (!upgrade || request.header(http::field::sec_websocket_version) != "13") {
    Response required = refusal(426, "Rooms are joined by WebSocket, version 13.");
    required.add("Upgrade", "websocket");
    required.add("Sec-WebSocket-Version", "13");
    return required;
  }
  if (!is_allowed_origin(connection, request)) return refuse_origin();
  const std::string protocols = request.list(http::field::sec_websocket_protocol);
  const auto offer = signaling::parse_join_offer(protocols);
  if (!offer) return refusal(400, "The WebSocket must offer the subprotocol plntry.v1.");

  const Arriving arriving = arrive(connection, request, *offer);
  auto stream = std::move(connection.stream).moved_to(signalling_.loop().executor());
  if (!stream) return std::nullopt;
  enter(std::make_shared<WebSocket>(signalling_.loop(), std::move(*stream), std::move(connection.ticket),
                                    websocket_config_, metrics_, signalling_, print_upgrade(key, offer->version)),
        arriving);
  return std::nullopt;
}

// What a WebSocket would offer as subprotocols is the body here.
std::optional<Response> Http::open_events(Connection& connection, const Request& request) {
  if (!is_allowed_origin(connection, request)) return refuse_origin();
  const auto offer = signaling::parse_join_offer(request.body);
  if (!offer) return refusal(400, "The body must offer plntry.v1.");
  Response head;
  allow_reading(head, request.header(http::field::origin));
  const Arriving arriving = arrive(connection, request, *offer);
  auto stream = std::move(connection.stream).moved_to(signalling_.loop().executor());
  if (!stream) return std::nullopt;
  enter(std::make_shared<EventStream>(signalling_.loop(), std::move(*stream), std::move(connection.ticket),
                                      websocket_config_, metrics_, signalling_, event_streams_,
                                      print_event_stream_head(head.headers)),
        arriving);
  return std::nullopt;
}

Awaitable<Response> Http::take_post(const Connection& connection, const Request& request) {
  if (!is_allowed_origin(connection, request)) co_return refuse_origin();
  const auto question = [this, &request] { return event_streams_.handle_post(request.body); };
  const PostOutcome outcome = co_await signalling_.ask(question, kAwait);
  Response response = answer_post(outcome);
  allow_reading(response, request.header(http::field::origin));
  co_return response;
}

// Before its stream leaves the connection.
Http::Arriving Http::arrive(Connection& connection, const Request& request, const signaling::JoinOffer& offer) const {
  const IpAddress from = request.sender.address;
  if (from != connection.remote.address) connection.ticket.attribute_to(from);
  std::string host = parse_host(request.header(http::field::host)).value_or("");
  return {request, offer, connection.ticket.verdict(), {std::move(host), connection.stream.is_tls()}};
}

void Http::enter(const std::shared_ptr<Carrier>& carrier, const Arriving& arriving) {
  using signaling::ErrorCode;
  if (arriving.verdict != ConnectionLimits::Verdict::admitted) {
    const bool address = arriving.verdict == ConnectionLimits::Verdict::address_full;
    signalling_.loop().post([carrier, error = address ? ErrorCode::too_many_connections : ErrorCode::server_full] {
      carrier->refuse(error, kRetryWhenFull);
      carrier->start();
    });
  } else if (!arriving.offer.supported) {
    signalling_.fault(carrier, ErrorCode::unsupported_version);
  } else if (auto request = signaling::parse_join_request(arriving.request.target.name, arriving.offer.request)) {
    signalling_.join(carrier, std::move(*request), arriving.request.sender.address, arriving.entrance);
  } else {
    signalling_.fault(carrier, request.error());
  }
}

Response Http::refuse_origin() const {
  metrics_.origins_refused += 1;
  return refusal(403,
                 "This page does not come from this server. Whoever runs the server can allow it: --allow-origin.");
}

// A page that came without TLS may have been written by anyone on its way, so over TLS it is a stranger.
bool Http::is_allowed_origin(const Connection& connection, const Request& request) const {
  const std::string_view origin = request.header(http::field::origin);
  if (origin.empty()) return true;
  const bool secure = request.sender.https.value_or(connection.stream.is_tls());
  const bool secure_enough = !secure || origin.starts_with("https://");
  if (secure_enough && is_same_origin(origin, request.header(http::field::host))) return true;
  return std::ranges::any_of(config_.allowed_origins,
                             [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

}  // namespace plntry::net
