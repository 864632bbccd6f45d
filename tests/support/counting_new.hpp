// How often `operator new` was called, for tests that a path costs no memory. Link counting_new.cpp.
#pragma once

#include <cstddef>

namespace plntry::test {

std::size_t allocations();

}  // namespace plntry::test
