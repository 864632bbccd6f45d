// The load generator of the relay's benchmark:
//   relay PORT USER:PASSWORD channel|indications|tcp|relayed to-peer|to-client|both PAYLOAD BURST [coalesced]
// It is told what to do on its standard input, a command a line, and answers each with a line of JSON:
//   allocate N         N more allocations
//   open               a channel or permission for each client's peer
//   run RATE SECONDS   media at RATE packets a second
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "load/fail.hpp"
#include "load/swarm.hpp"

namespace plntry::bench {
namespace {

std::optional<Mode> parse_mode(std::string_view text) {
  if (text == "channel") return Mode::channel;
  if (text == "indications") return Mode::indications;
  if (text == "tcp") return Mode::tcp;
  if (text == "relayed") return Mode::relayed;
  return std::nullopt;
}

std::optional<Direction> parse_direction(std::string_view text) {
  if (text == "to-peer") return Direction::to_peer;
  if (text == "to-client") return Direction::to_client;
  if (text == "both") return Direction::both;
  return std::nullopt;
}

void obey(Swarm& swarm, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  words >> command;
  const auto begin = std::chrono::steady_clock::now();
  if (command == "allocate") {
    std::size_t count = 0;
    words >> count;
    swarm.allocate(count);
  } else if (command == "open") {
    swarm.open();
  } else if (command == "run") {
    double rate = 0;
    double seconds = 0;
    words >> rate >> seconds;
    if (rate <= 0 || seconds <= 0) fail("run RATE SECONDS");
    const Tally tally =
        swarm.run(rate, std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
    std::printf(R"({"sent":%llu,"toPeers":%llu,"toClients":%llu,"seconds":%.4f,"skipped":%.4f})"
                "\n",
                static_cast<unsigned long long>(tally.sent), static_cast<unsigned long long>(tally.to_peers),
                static_cast<unsigned long long>(tally.to_clients), tally.seconds, tally.skipped_seconds);
    return;
  } else {
    fail("no such command: " + line);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf(R"({"seconds":%.4f})"
              "\n",
              seconds.count());
}

int main(int argc, char** argv) {
  const std::string_view credentials = argc > 2 ? argv[2] : "";
  const std::size_t colon = credentials.find(':');
  const auto mode = parse_mode(argc > 3 ? argv[3] : "");
  const auto direction = parse_direction(argc > 4 ? argv[4] : "");
  if (argc < 7 || colon == std::string_view::npos || !mode || !direction) {
    std::fprintf(stderr,
                 "usage: relay PORT USER:PASSWORD channel|indications|tcp|relayed to-peer|to-client|both PAYLOAD BURST "
                 "[coalesced]\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Account account{std::string(credentials.substr(0, colon)), std::string(credentials.substr(colon + 1))};
  const Shape shape{.mode = *mode,
                    .direction = *direction,
                    .payload = static_cast<std::size_t>(std::atoi(argv[5])),
                    .burst = static_cast<unsigned>(std::atoi(argv[6])),
                    .coalesced = argc > 7 && std::string_view(argv[7]) == "coalesced"};
  Swarm swarm(static_cast<std::uint16_t>(std::atoi(argv[1])), account, shape);
  for (std::string line; std::getline(std::cin, line);) obey(swarm, line);
  return 0;
}

}  // namespace
}  // namespace plntry::bench

int main(int argc, char** argv) { return plntry::bench::main(argc, argv); }
