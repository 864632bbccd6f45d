#include "usage/failure.hpp"

#include <array>

namespace plntry::usage {

std::string_view remedy(Cause cause) {
  constexpr std::array<std::string_view, 8> kRemedies{
      "make the directory, or name another one with --data",
      "start the server with the same --data",
      "let the user that plntry runs as write to the directory of --data",
      "make room on the disk",
      "move usage.db away, with its -wal and -shm: a new one is made within a minute",
      "end whatever holds usage.db locked",
      "run the newer plntry that made usage.db, or name another directory with --data",
      "check the disk that the directory of --data is on",
  };
  static_assert(kRemedies.size() == static_cast<std::size_t>(Cause::broken) + 1);
  return kRemedies[static_cast<std::size_t>(cause)];
}

}  // namespace plntry::usage
