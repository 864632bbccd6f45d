// `plntry credentials`: a set that the relay takes, for trying it and for programs that use it.
#pragma once

#include <string>

#include "app/config.hpp"
#include "base/time.hpp"

namespace plntry::app {

struct CredentialsWanted {
  std::string user;  // whom they are for: what quotas count by; may be empty
  Duration lifetime = 10min;
  bool json = false;
};

// What a server with `config` takes. Throws std::runtime_error, in words, when that cannot be known.
std::string print_credentials(const Config& config, const CredentialsWanted& wanted, WallTime now);

}  // namespace plntry::app
