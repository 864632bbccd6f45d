// Where relayed addresses are: as peers see them, and on this machine.
#pragma once

#include <optional>
#include <vector>

#include "app/config.hpp"

namespace plntry::app {

struct RelayPlace {
  struct Side {
    IpAddress shown;
    IpAddress bound;
    bool is_guess = false;  // the machine's own address; behind a 1:1 NAT the internet sees another one
  };
  std::optional<Side> v4;
  std::optional<Side> v6;

  bool is_anywhere() const { return v4 || v6; }
};

// Looks at the machine's addresses and routes. Throws std::runtime_error, in words, for an address that cannot be.
RelayPlace place_relay(const Config& config);

}  // namespace plntry::app
