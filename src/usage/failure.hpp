// Why usage cannot be stored or read, and the one thing to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plntry::usage {

enum class Cause : std::uint8_t {
  no_directory,  // nor one above it to make it in
  no_store,      // nothing has been stored there yet
  forbidden,
  full,
  corrupt,
  busy,
  newer,   // made by a plntry that is newer than this one
  broken,  // anything else: the disk, most likely
};

struct Failure {
  Cause cause = Cause::broken;
  std::string text;  // what the system said
};

// For whoever runs the server.
std::string_view remedy(Cause cause);

}  // namespace plntry::usage
