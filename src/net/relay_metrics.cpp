#include <array>

#include "net/metric_families.hpp"

namespace plntry::net {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::array kTransports{"udp", "tcp", "tls", "dtls"};  // by turn::Transport

void add_media(Families& families, const turn::Counters& counters) {
  MetricFamily& packets = families.open(MetricType::Counter, "relay_packets_total", "Packets relayed");
  Families::add(packets, counters.packets_to_peer, {{"direction", "to_peer"}});
  Families::add(packets, counters.packets_to_client, {{"direction", "to_client"}});
  MetricFamily& bytes = families.open(MetricType::Counter, "relay_bytes_total", "Their payload");
  Families::add(bytes, counters.bytes_to_peer, {{"direction", "to_peer"}});
  Families::add(bytes, counters.bytes_to_client, {{"direction", "to_client"}});
  families.counter("relay_packets_within_total",
                   "Packets from one allocation to another inside the process; counted in both directions as well",
                   counters.packets_within);
  MetricFamily& drops = families.open(MetricType::Counter, "relay_drops_total", "Packets that went nowhere, by reason");
  for (std::size_t i = 0; i < counters.drops.size(); ++i) {
    const auto reason = static_cast<turn::Drop>(i);
    Families::add(drops, counters.dropped(reason), {{"reason", std::string{turn::name(reason)}}});
  }
}

void add_requests(Families& families, const turn::Counters& counters) {
  families.counter("stun_bindings_total", "STUN Binding requests answered by the relay's sockets", counters.bindings);
  MetricFamily& requests = families.open(MetricType::Counter, "relay_requests_total", "TURN requests that were proven");
  Families::add(requests, counters.requests_accepted, {{"outcome", "accepted"}});
  Families::add(requests, counters.requests_refused, {{"outcome", "refused"}});
  families.counter("relay_challenges_total", "Requests answered with a realm and a nonce to prove themselves with",
                   counters.challenges);
  families.counter("relay_wrong_credentials_total", "Requests with a wrong name or password",
                   counters.wrong_credentials);
  families.counter("relay_peers_denied_total", "Peers refused because of where they are", counters.peers_denied);
  families.counter("relay_quota_refusals_total", "Allocations refused by a quota or by the month's allowance",
                   counters.quota_refusals);
}

void add_state(Families& families, const RelayState& relay) {
  families.gauge("relay_allocations", "Allocations of the relay now", relay.allocations);
  families.counter("relay_allocations_opened_total", "Allocations made", relay.counters.allocations_opened);
  families.counter("relay_allocations_ended_total", "Allocations that are over", relay.counters.allocations_ended);
  families.counter("relay_allocations_moved_total", "Allocations that followed their client to another address",
                   relay.counters.allocations_moved);
  families.gauge("relay_tcp_connections", "TCP connections with peers now, those that are being made included",
                 relay.counters.connections_opened - relay.counters.connections_ended);
  families.counter("relay_tcp_connections_total", "TCP connections with peers (relay-tcp-allocations), whoever began",
                   relay.counters.connections_opened);
  families.gauge("relay_users", "Users with an allocation, or that had one a moment ago", relay.ledger.users);
  families.gauge("relay_sources", "Source networks with an allocation, or that had one a moment ago",
                 relay.ledger.sources);
  families.gauge("relay_reservations", "Relayed addresses reserved for a second allocation", relay.ledger.reservations);
  families.gauge("relay_revoked", "Users that get no more allocations", relay.ledger.revoked);
  MetricFamily& ports = families.open(MetricType::Gauge, "relay_ports", "Ports of relayed addresses in use");
  Families::add(ports, relay.ledger.ports_claimed[0], {{"family", "ipv4"}});
  Families::add(ports, relay.ledger.ports_claimed[1], {{"family", "ipv6"}});
}

void add_sending(Families& families, const RelayState& relay) {
  families.counter("relay_datagrams_sent_total", "UDP datagrams sent, to clients and peers", relay.udp.datagrams);
  families.counter("relay_send_calls_total", "System calls that they took", relay.udp.calls);
  MetricFamily& failures = families.open(MetricType::Counter, "relay_send_failures_total",
                                         "UDP datagrams that could not be sent, by reason");
  Families::add(failures, relay.udp.full, {{"reason", "full"}});
  Families::add(failures, relay.udp.too_large, {{"reason", "too_large"}});
  Families::add(failures, relay.udp.unreachable, {{"reason", "unreachable"}});
  families.counter("relay_sessions_full_total", "Packets that a slow TCP, TLS or DTLS client had no room for",
                   relay.sessions_full);
}

void add_usage(Families& families, const UsageState& usage) {
  const auto add = [&](std::string_view name, std::string_view help, auto to_peer, auto to_client) {
    MetricFamily& family = families.open(MetricType::Counter, name, help);
    for (std::size_t i = 0; i < kTransports.size(); ++i) {
      const turn::Usage& relayed = usage.by_transport[i];
      Families::add(family, relayed.*to_peer, {{"transport", kTransports[i]}, {"direction", "to_peer"}});
      Families::add(family, relayed.*to_client, {{"transport", kTransports[i]}, {"direction", "to_client"}});
    }
  };
  add("usage_packets_total", "Packets relayed, by the client's transport, as they are metered every few seconds",
      &turn::Usage::packets_to_peer, &turn::Usage::packets_to_client);
  add("usage_bytes_total", "Their payload", &turn::Usage::bytes_to_peer, &turn::Usage::bytes_to_client);
  families.gauge("usage_month_bytes", "Payload relayed in this month of UTC, both directions", usage.bytes_this_month);
  families.gauge("usage_allowance_bytes", "What may be relayed in a month (relay-quota); 0 is no limit",
                 usage.allowance_bytes);
  families.gauge("usage_allows_new", "1 while the relay makes new allocations, 0 once the allowance is used up",
                 usage.allows_new ? 1 : 0);
  families.gauge("usage_stored", "1 while usage is kept on disk, 0 while it is in memory only",
                 usage.is_stored ? 1 : 0);
  families.counter("usage_records_without_call_total", "Records that had no room, and are in the totals alone",
                   usage.records_without_call);
}

}  // namespace

void add_relay(Families& families, const RelayState& relay) {
  add_state(families, relay);
  add_media(families, relay.counters);
  add_requests(families, relay.counters);
  add_sending(families, relay);
  add_usage(families, relay.usage);
}

}  // namespace plntry::net
