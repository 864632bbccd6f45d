// `plntry serve`: starts the server, says where it is, and waits to be told to end.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"

namespace plntry::app {

// Until SIGTERM or SIGINT; a second one ends it at once. The exit code. Throws what a server that cannot start throws.
// `unknown_variables` are logged.
int run(const Config& config, const std::vector<std::string>& unknown_variables);

}  // namespace plntry::app
