// `plntry serve`: starts the server, says where it is, and waits to be told to end.
#pragma once

#include "app/config.hpp"

namespace plntry::app {

// Until SIGTERM or SIGINT; a second one ends it at once. The exit code. Throws what a server that cannot start throws.
int run(const Config& config);

}  // namespace plntry::app
