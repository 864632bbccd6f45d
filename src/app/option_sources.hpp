// Where options come from besides the command line: the environment, and then a file. What an earlier source has given
// stays. A value that is not allowed is refused with the place where it stands.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/options.hpp"

namespace plntry::app {

// A value that is not allowed. The sources put before it where they had it from.
struct NotAllowed : std::runtime_error {
  NotAllowed(std::string option, const std::string& text) : std::runtime_error(text), name(std::move(option)) {}
  std::string name;
};

// Cannot go on; `what()` is for people.
struct BadSource : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void read_environment(CLI::App& app, const std::vector<OptionDescription>& options);

// Variables that begin as ours do and are none, each with what may have been meant. Those are left out that Kubernetes
// sets for a service of this name.
std::vector<std::string> unknown_variables(const std::vector<OptionDescription>& options);

// TOML: a key for each option, arrays for those that take several values, a table in place of an ICE server's JSON.
void read_file(CLI::App& app, const std::vector<OptionDescription>& options, const std::string& path);

}  // namespace plntry::app
