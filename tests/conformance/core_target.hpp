// The pure core as a target: what loops and networks would do is done at once, in virtual time.
#pragma once

#include <memory>

#include "target.hpp"
#include "turn/five_tuple.hpp"

namespace plntry::test {

std::unique_ptr<Target> make_core_target(turn::Transport transport);

}  // namespace plntry::test
