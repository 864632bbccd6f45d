// What the doctor gathers of this machine and of a configuration, by asking the system; it changes nothing.
#pragma once

#include "app/config.hpp"
#include "base/random.hpp"
#include "doctor/facts.hpp"

namespace plntry::app {

doctor::Inside gather_inside(const Config& config, Random& random);

}  // namespace plntry::app
