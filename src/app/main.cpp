#include <cstdio>
#include <exception>

#include "app/credentials.hpp"
#include "app/doctor_command.hpp"
#include "app/options.hpp"
#include "app/run.hpp"
#include "net/clock.hpp"

int main(int argc, char** argv) {
  using namespace plntry::app;
  const auto invocation = parse_invocation(argc, argv);
  if (!invocation) {
    std::fputs(invocation.error().text.c_str(), invocation.error().code == 0 ? stdout : stderr);
    return invocation.error().code;
  }
  if (invocation->command == Command::version) {
    std::puts("plntry " PLNTRY_VERSION);
    return 0;
  }
  if (invocation->command == Command::usage) return show_usage(invocation->usage);
  try {
    if (invocation->command == Command::credentials) {
      std::fputs(print_credentials(invocation->config, invocation->credentials, plntry::net::now().wall).c_str(),
                 stdout);
      return 0;
    }
    if (invocation->command == Command::doctor) return examine(invocation->doctor, invocation->config);
    return run(invocation->config);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "plntry: %s\nNothing was started.\n", error.what());
    return 1;
  }
}
