// What somebody may have meant who mistyped a name. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace plntry::app {

// " Did you mean `x`?" with the nearest of the names (insertions, deletions, replacements and swaps of neighbours), or
// nothing where none is near.
std::string suggest(std::string_view name, std::span<const std::string> names);

}  // namespace plntry::app
