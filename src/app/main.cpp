#include <cstdio>
#include <exception>

#include "app/credentials.hpp"
#include "app/doctor_command.hpp"
#include "app/options.hpp"
#include "app/run.hpp"
#include "net/clock.hpp"

namespace {

using namespace plntry::app;

int carry_out(const Invocation& invocation) {
  switch (invocation.command) {
    case Command::version:
      std::puts("plntry " PLNTRY_VERSION);
      return 0;
    case Command::usage:
      return show_usage(invocation.usage);
    case Command::credentials: {
      const auto now = plntry::net::now().wall;
      std::fputs(print_credentials(invocation.config, invocation.credentials, now).c_str(), stdout);
      return 0;
    }
    case Command::doctor:
      return examine(invocation.doctor, invocation.config);
    case Command::serve:
      return run(invocation.config, invocation.unknown_variables);
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const auto invocation = parse_invocation(argc, argv);
  if (!invocation) {
    std::fputs(invocation.error().text.c_str(), invocation.error().code == 0 ? stdout : stderr);
    return invocation.error().code;
  }
  const bool starts = invocation->command == Command::serve;
  if (!starts) {  // a server logs them
    for (const std::string& each : invocation->unknown_variables) std::fprintf(stderr, "plntry: %s\n", each.c_str());
  }
  try {
    return carry_out(*invocation);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "plntry: %s\n%s", error.what(), starts ? "Nothing was started.\n" : "");
    return 1;
  }
}
