// A load generator has no way to go on: numbers from a run that went wrong would lie.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace plntry::bench {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace plntry::bench
