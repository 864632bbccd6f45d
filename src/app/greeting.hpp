// What a person reads when the server has started: where to open it.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/endpoint.hpp"
#include "net/tls.hpp"

namespace plntry::app {

std::string greeting(const std::vector<Endpoint>& endpoints, const net::Tls::Config& tls);

// Of a relay alone: there is nothing to open.
std::string relay_greeting(const std::vector<Endpoint>& endpoints, const Config& config);

}  // namespace plntry::app
