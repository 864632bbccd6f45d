// Runs the cases over the pure core, or with --server over sockets against any server.
#include <cstdio>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>

#include "core_target.hpp"
#include "report.hpp"
#include "rules.hpp"
#include "socket_target.hpp"

namespace plntry::test {
namespace {

std::function<std::unique_ptr<Target>()>& target_maker() {
  static std::function<std::unique_ptr<Target>()> maker;
  return maker;
}

}  // namespace

std::vector<Rule>& rules() {
  static std::vector<Rule> rules;
  return rules;
}

std::unique_ptr<Target> make_target() { return target_maker()(); }

namespace {

// What knows a Target alone, and not the core's inside.
std::string filter_of_rules() {
  std::string filter;
  for (const Rule& rule : rules()) {
    filter.append("*").append(rule.suite).append(".").append(rule.name).append("*:");
  }
  return filter;
}

template <typename T>
CLI::Validator parsed_into(T& value) {
  return CLI::Validator{[&value](const std::string& text) {
                          using Value = typename T::value_type;
                          value = Value::parse(text);
                          return value ? std::string{} : "not an address: " + text;
                        },
                        "ADDRESS"};
}

int run(int argc, char** argv) {
  CLI::App app{"Whether a STUN and TURN server does what RFC 8489 and RFC 8656 demand; without --server, our own core"};
  SocketConfig config;
  std::optional<Endpoint> server;
  std::optional<Endpoint> refused = config.access.refused_peer;
  std::string ignored;
  std::string transport = "udp";
  bool json = false;
  app.add_option("--server", ignored, "The server, as 127.0.0.1:3478")->check(parsed_into(server));
  app.add_option("--user", config.access.username, "A user of the server");
  app.add_option("--password", config.access.password, "That user's password");
  app.add_option("--other-user", config.access.other_username, "Another user of the server; empty if there is none");
  app.add_option("--other-password", config.access.other_password, "That user's password");
  app.add_option("--realm", config.access.realm, "The realm that the server must name");
  app.add_option("--transport", transport, "How to speak to the server")->check(CLI::IsMember({"udp", "tcp"}));
  app.add_option("--peer-address", ignored, "Where peers stand that the server can reach (127.0.0.1)")
      ->check(parsed_into(config.peers_v4));
  app.add_option("--peer-address-v6", ignored, "The same for IPv6; without it those cases are not run")
      ->check(parsed_into(config.peers_v6));
  app.add_option("--refused-peer", ignored, "A peer that the server was told to refuse (10.0.0.1:9)")
      ->check(parsed_into(refused));
  app.add_flag("--ours", config.access.is_ours, "The server is plntry: tell apart what it departs from on purpose");
  app.add_flag("--json", json, "Print the cases as JSON");
  CLI11_PARSE(app, argc, argv);

  config.access.refused_peer = *refused;
  config.transport = transport == "tcp" ? SocketTransport::tcp : SocketTransport::udp;
  if (server) {
    config.server = *server;
    target_maker() = [&config] { return make_socket_target(config); };
  } else {
    const auto over = transport == "tcp" ? turn::Transport::tcp : turn::Transport::udp;
    target_maker() = [over] { return make_core_target(over); };
  }
  if (server || json) {
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(make_report(json ? ReportFormat::json : ReportFormat::lines).release());
    if (GTEST_FLAG_GET(filter) == "*") GTEST_FLAG_SET(filter, filter_of_rules());
  }
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace plntry::test

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return plntry::test::run(argc, argv);
}
