// Every option as a flag, an environment variable and a key of plntry.toml: --room-capacity, PLNTRY_ROOM_CAPACITY and
// room-capacity. A flag goes before the environment, and that before the file. A value that is not allowed is refused.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/credentials.hpp"
#include "app/doctor_command.hpp"
#include "app/usage_command.hpp"

namespace plntry::app {

enum class Command : std::uint8_t { serve, usage, credentials, doctor, version };

struct Invocation {
  Command command = Command::serve;
  Config config;
  CredentialsWanted credentials;
  DoctorQuery doctor;
  UsageQuery usage;                            // what was asked for with `usage`
  std::vector<std::string> unknown_variables;  // of the environment, each with what may have been meant
};

// What to print instead of going on, and the exit code to end with.
struct Exit {
  int code = 0;
  std::string text;
};

std::expected<Invocation, Exit> parse_invocation(int argc, const char* const* argv);

struct OptionDescription {
  std::string name;  // without dashes, as in plntry.toml
  std::string environment;
  std::string allowed;
  std::string fallback;  // the default
  std::string help;
};
std::vector<OptionDescription> describe_options();

}  // namespace plntry::app
