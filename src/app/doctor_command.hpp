// `plntry doctor`: examines this machine and a configuration, or, given a URL, a running server (docs/doctor.md).
#pragma once

#include <optional>

#include "app/config.hpp"
#include "doctor/url.hpp"

namespace plntry::app {

struct DoctorQuery {
  std::optional<doctor::Url> url;
  bool json = false;
};

// Prints what it finds. The exit code: 0 when nothing failed, 1 otherwise.
int examine(const DoctorQuery& query, const Config& config);

}  // namespace plntry::app
