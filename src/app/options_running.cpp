#include "app/option_groups.hpp"

namespace plntry::app {

void declare_running(Options& options, Config& config) {
  options.choice("log-format", config.log_format, std::array{"text", "json"}, "Format of the log, on stderr");
  options.choice("log-level", config.log_level, std::array{"debug", "info", "warning", "error", "off"},
                 "Least severe events that are logged");
  options.duration("drain-timeout", config.drain_timeout, 0s, 10min,
                   "How long to wait for the participants to go elsewhere when asked to end");
}

}  // namespace plntry::app
