// What a person reads when the server has started: where to open it.
#pragma once

#include <string>
#include <vector>

#include "base/endpoint.hpp"

namespace plntry::app {

std::string greeting(const std::vector<Endpoint>& endpoints);

}  // namespace plntry::app
