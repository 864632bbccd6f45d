// The options, a group a file. Each fills its part of the config, which outlives the parsing.
#pragma once

#include "app/config.hpp"
#include "app/option_table.hpp"

namespace plntry::app {

void declare_network(Options& options, Config& config);
void declare_relay(Options& options, Config& config);
void declare_ice(Options& options, Config& config);
void declare_tls(Options& options, Config& config);
void declare_usage(Options& options, Config& config);
void declare_signaling(Options& options, Config& config);
void declare_running(Options& options, Config& config);

}  // namespace plntry::app
