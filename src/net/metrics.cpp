#include "net/metrics.hpp"

#include "net/metric_families.hpp"

namespace plntry::net {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add_network(Families& families, const Metrics& metrics, std::size_t connections_open) {
  families.gauge("connections", "TCP connections that are open now", connections_open);
  families.counter("connections_accepted_total", "TCP connections let in", metrics.connections_accepted.value());
  families.counter("connections_refused_total", "TCP connections over a limit", metrics.connections_refused.value());
  families.counter("connections_expired_total", "TCP connections closed for being too slow",
                   metrics.connections_expired.value());
  families.counter("connections_tls_total", "TCP connections that began with TLS", metrics.connections_tls.value());
  families.counter("tls_failures_total", "TLS handshakes over TCP that came to nothing", metrics.tls_failures.value());
  families.counter("connections_unknown_total", "TCP connections that began with nothing known",
                   metrics.connections_unknown.value());
  families.counter("accept_failures_total", "Failures to accept: out of file descriptors, most likely",
                   metrics.accept_failures.value());
  families.counter("http_requests_total", "HTTP requests read", metrics.http_requests.value());
  families.counter("http_bad_requests_total", "HTTP requests that were none", metrics.http_bad_requests.value());
  families.counter("origins_refused_total", "Joins from pages of another origin", metrics.origins_refused.value());
  families.gauge("turn_streams", "STUN and TURN clients over TCP and TLS that are connected now",
                 metrics.turn_streams_open.value());
  families.counter("turn_streams_broken_total",
                   "STUN and TURN clients over TCP and TLS that were closed because they sent something else",
                   metrics.turn_streams_broken.value());
  families.counter("dtls_sessions_total", "DTLS handshakes begun by clients that have shown their address",
                   metrics.dtls_sessions.value());
  families.counter("dtls_failures_total", "DTLS handshakes of such clients that came to nothing",
                   metrics.dtls_failures.value());
  families.gauge("websockets", "WebSockets that are open now", metrics.websockets_open.value());
  families.counter("websockets_dead_total", "WebSockets that answered no ping", metrics.websockets_dead.value());
  families.gauge("event_streams", "Connections without WebSocket that are open now",
                 metrics.event_streams_open.value());
  families.counter("event_streams_dead_total", "… that answered no ping", metrics.event_streams_dead.value());
  families.counter("websocket_bad_frames_total", "Frames that break RFC 6455 or are too large",
                   metrics.bad_frames.value());
  families.counter("slow_consumers_total", "WebSockets and event streams closed because they did not read",
                   metrics.slow_consumers.value());
  families.counter("messages_received_total", "Signalling messages from clients", metrics.messages_received.value());
  families.counter("messages_sent_total", "Signalling messages to clients", metrics.messages_sent.value());
}

void add_hub(Families& families, const HubState& hub) {
  const signaling::Counters& counters = hub.counters;
  families.gauge("rooms", "Rooms with someone in them", hub.rooms);
  families.gauge("participants", "Seats taken, those kept for the away included", hub.participants);
  families.gauge("participants_present", "Participants with a connection", hub.connections);
  families.counter("joins_total", "Seats taken by a connection", counters.joins);
  families.counter("resumes_total", "Participants that came back to their seat", counters.resumes);
  families.counter("replaced_total", "Seats handed to the same person's next page", counters.replaced);
  families.counter("evicted_total", "Seats given to one who resumed after a restart", counters.evicted);
  families.counter("left_total", "Participants that left", counters.left);
  families.counter("timed_out_total", "Participants whose resume window passed", counters.timed_out);
  families.counter("messages_relayed_total", "Messages carried from one participant to another",
                   counters.messages_relayed);
  families.counter("bytes_relayed_total", "Their bytes, without headers", counters.bytes_relayed);
  families.counter("messages_dropped_total", "Messages for someone away", counters.messages_dropped);
  families.counter("messages_held_total", "Messages held for whoever joins next", counters.messages_held);
  families.counter("messages_handed_over_total", "Held messages given to who joined", counters.messages_handed_over);
  MetricFamily& errors = families.open(MetricType::Counter, "errors_total", "Errors told to clients");
  for (const signaling::ErrorDescription& error : signaling::kErrors) {
    Families::add(errors, counters.errors[static_cast<std::size_t>(error.code)], {{"code", std::string{error.name}}});
  }
}

}  // namespace

std::string print_metrics(const Metrics& metrics, std::size_t connections_open, const HubState& hub,
                          const RelayState& relay) {
  Families families;
  add_network(families, metrics, connections_open);
  add_hub(families, hub);
  add_relay(families, relay);
  return families.print();
}

}  // namespace plntry::net
