// Bytes as people read them: "41.3 GB", in powers of ten as the rented services count. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace plntry::usage {

std::string print_size(std::uint64_t bytes);

}  // namespace plntry::usage
