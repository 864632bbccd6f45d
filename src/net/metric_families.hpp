// Metrics as they are printed: families, each with a help text and a sample for each combination of its labels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "net/relay_state.hpp"

namespace plntry::net {

class Families {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  prometheus::MetricFamily& open(prometheus::MetricType type, std::string_view name, std::string_view help) {
    prometheus::MetricFamily& family = families_.emplace_back();
    family.name = "plntry_" + std::string{name};
    family.help = help;
    family.type = type;
    return family;
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    add(open(prometheus::MetricType::Counter, name, help), value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    add(open(prometheus::MetricType::Gauge, name, help), value);
  }
  static void add(prometheus::MetricFamily& family, std::uint64_t value, Labels labels = {}) {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(labels);
    const bool is_counter = family.type == prometheus::MetricType::Counter;
    (is_counter ? metric.counter.value : metric.gauge.value) = static_cast<double>(value);
  }

  std::string print() const { return prometheus::TextSerializer{}.Serialize(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

void add_relay(Families& families, const RelayState& relay);

}  // namespace plntry::net
