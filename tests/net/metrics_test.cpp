#include "net/metrics.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "net/metric_families.hpp"

namespace plntry::net {
namespace {

std::string relay_metrics(const RelayState& relay) {
  Families families;
  add_relay(families, relay);
  return families.print();
}

TEST(RelayMetrics, tell_each_counter) {
  RelayState relay;
  relay.counters.packets_to_peer = 1;
  relay.counters.bytes_to_client = 2;
  relay.counters.packets_within = 3;
  relay.counters.drops[static_cast<std::size_t>(turn::Drop::no_permission)] = 4;
  relay.counters.requests_refused = 5;
  relay.counters.challenges = 6;
  relay.counters.quota_refusals = 7;
  relay.counters.peers_denied = 8;
  relay.udp.unreachable = 9;
  relay.allocations = 10;
  relay.ledger.ports_claimed = {11, 12};
  const std::string text = relay_metrics(relay);
  for (const char* line :
       {"relay_packets_total{direction=\"to_peer\"} 1", "relay_packets_total{direction=\"to_client\"} 0",
        "relay_bytes_total{direction=\"to_client\"} 2", "relay_packets_within_total 3",
        "relay_drops_total{reason=\"no_permission\"} 4", "relay_requests_total{outcome=\"refused\"} 5",
        "relay_challenges_total 6", "relay_quota_refusals_total 7", "relay_peers_denied_total 8",
        "relay_send_failures_total{reason=\"unreachable\"} 9", "relay_allocations 10",
        "relay_ports{family=\"ipv4\"} 11", "relay_ports{family=\"ipv6\"} 12"}) {
    EXPECT_TRUE(text.contains("\nplntry_" + std::string{line} + '\n')) << line << "\n" << text;
  }
}

TEST(RelayMetrics, tell_usage_by_transport_and_the_allowance) {
  RelayState relay;
  relay.usage.by_transport[2] = {1, 2, 3, 4};
  relay.usage.bytes_this_month = 40'000'000'001;
  relay.usage.allowance_bytes = 50'000'000'000;
  relay.usage.allows_new = false;
  const std::string text = relay_metrics(relay);
  for (const char* line :
       {"usage_packets_total{transport=\"tls\",direction=\"to_peer\"} 1",
        "usage_bytes_total{transport=\"tls\",direction=\"to_client\"} 4",
        "usage_bytes_total{transport=\"dtls\",direction=\"to_client\"} 0", "usage_month_bytes 40000000001",
        "usage_allowance_bytes 50000000000", "usage_allows_new 0", "usage_stored 0"}) {
    EXPECT_TRUE(text.contains("\nplntry_" + std::string{line} + '\n')) << line << "\n" << text;
  }
}

// `plntry_x{a="1",b="2"} 3` has the labels `a` and `b`.
std::set<std::string> labels_of(const std::string& sample) {
  const std::regex label{"[{,]([a-z_]+)=\""};
  std::set<std::string> labels;
  for (std::sregex_iterator match{sample.begin(), sample.end(), label}, end; match != end; ++match) {
    labels.insert((*match)[1]);
  }
  return labels;
}

// A row for each family, as docs/metrics.md has it.
std::string table_of(const std::string& metrics) {
  std::string table;
  std::string help;
  std::string type;
  std::string row;
  std::istringstream lines{metrics};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      help = line.substr(line.find(' ', 7) + 1);
    } else if (line.starts_with("# TYPE ")) {
      type = line.substr(line.find(' ', 7) + 1);
      row.clear();
    } else if (row.empty()) {
      std::string labels;
      for (const std::string& label : labels_of(line)) labels += (labels.empty() ? "`" : ", `") + label + '`';
      row = "| `" + line.substr(0, line.find_first_of("{ ")) + "` | " + type + " | " + labels + " | " + help + " |\n";
      table += row;
    }
  }
  return table;
}

std::string metrics_of_nothing() { return print_metrics(Metrics{}, 0, HubState{}, RelayState{}); }

// docs/metrics.md has exactly the metrics that there are, and says of each what /metrics says.
TEST(MetricsPage, lists_every_metric) {
  std::ifstream page(PLNTRY_METRICS_PAGE);
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const std::string begin = "| metric | type | labels | what it counts |\n|---|---|---|---|\n";
  const std::size_t at = text.find(begin);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(text.substr(at + begin.size()), table_of(metrics_of_nothing()));
}

// A name would make a series a person, and tell who calls.
TEST(MetricsPage, no_metric_has_a_user_as_a_label) {
  const std::set<std::string> allowed{"code", "direction", "family", "outcome", "reason", "transport"};
  std::istringstream lines{metrics_of_nothing()};
  for (std::string line; std::getline(lines, line);) {
    for (const std::string& label : labels_of(line)) EXPECT_TRUE(allowed.contains(label)) << line;
  }
}

}  // namespace
}  // namespace plntry::net
