// The books of a server: takes what the relays of all loops meter, and tells /metrics and the ledger how it stands.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "usage/store.hpp"

namespace plntry::app {

// Opens the store and has the relay's, the ledger's and HTTP's parts of the config refer to it: it outlives them.
std::unique_ptr<usage::Store> open_books(Config& config);

}  // namespace plntry::app
