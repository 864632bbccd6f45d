#include "app/options.hpp"

#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "app/option_groups.hpp"
#include "app/option_sources.hpp"
#include "app/suggestion.hpp"
#include "app/values.hpp"

namespace plntry::app {
namespace {

constexpr std::uint16_t kStunPort = 3478;  // RFC 8489 §8.1

void be_relay(const CLI::App& app, Config& config) {
  config.http.serves_calls = false;
  if (app.get_option("--listen")->count() == 0) config.listen = {{IpAddress::v6({}), kStunPort}};
  const turn::Credentials::Config& known = config.turn.relay.credentials;
  if (config.relay == Relaying::on && known.secrets.empty() && known.users.empty()) {
    throw BadSource(
        "nobody could use this relay: give it a secret to make credentials with (--relay-secret) or a user "
        "(--relay-user NAME:PASSWORD). For STUN alone, --relay off");
  }
}

CLI::App* declare_usage_command(CLI::App& app, UsageQuery& query) {
  constexpr unsigned kDaysMax = 400;  // as long as they are kept
  CLI::App* command = app.add_subcommand("usage", "Print what was relayed, from the directory of --data");
  command->fallthrough();
  auto* days = command->add_option("--days", query.days, "So many days up to today (1 to 400; default 30)");
  days->check(CLI::Range(1U, kDaysMax).description(""))->type_name("");
  command
      ->add_option_function<std::string>(
          "--month",
          [&query](const std::string& text) {
            query.month = usage::parse_month(text);
            if (!query.month)
              throw CLI::ValidationError("--month", "\"" + text + "\" is no month: give one like 2026-11");
          },
          "A whole month of UTC, like 2026-11, instead")
      ->type_name("")
      ->excludes(days);
  command->add_flag("--calls", query.calls, "Each call, too");
  command->add_flag("--json", query.json, "As JSON (docs/usage.md)");
  return command;
}

// Platforms tell a program its port this way.
void honour_port(const CLI::App& app, Config& config) {
  const char* port = std::getenv("PORT");
  if (!port || *port == '\0' || app.get_option("--listen")->count() > 0) return;
  const auto number = parse_number(port);
  if (!number || *number > 65'535) {
    throw CLI::ValidationError("$PORT", "\"" + std::string{port} + "\" is not allowed: give a port from 0 to 65535");
  }
  config.listen = {{IpAddress::v6({}), static_cast<std::uint16_t>(*number)}};
}

void check_tls(const net::Tls::Config& tls) {
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    throw CLI::ValidationError(tls.key_file.empty() ? "--tls-cert" : "--tls-key",
                               "is of no use alone: give the certificate with --tls-cert and its key with --tls-key");
  }
  if (tls.self_signed && !tls.certificate_file.empty()) {
    throw CLI::ValidationError("--tls", "self-signed and a certificate of files exclude each other: give one of them");
  }
}

void declare(CLI::App& app, Config& config, std::vector<OptionDescription>& descriptions) {
  config.limits.per_address_max = static_cast<std::uint32_t>(config.signaling.connections_per_address);
  Options options(app, descriptions);
  declare_network(options, config);
  declare_relay(options, config);
  declare_ice(options, config);
  declare_tls(options, config);
  declare_usage(options, config);
  declare_signaling(options, config);
  declare_running(options, config);
}

// These are of the command alone: no server is set up by them.
const CLI::App* declare_credentials(CLI::App& app, CredentialsWanted& wanted) {
  CLI::App* command = app.add_subcommand(
      "credentials", "Print a username and a password that the relay takes; give it the server's --relay-secret");
  command->fallthrough();
  command->add_option("--user", wanted.user, "Whom they are for: quotas count by it (at most 256 letters, no colon)")
      ->check([](const std::string& name) {
        return name.size() <= 256 && name.find(':') == std::string::npos ? std::string{}
                                                                         : "give at most 256 letters, no colon";
      })
      ->type_name("");
  command
      ->add_option_function<std::string>(
          "--ttl",
          [&wanted](const std::string& text) {
            const auto lifetime = parse_duration(text);
            if (!lifetime || *lifetime < 1s || *lifetime > 24h) {
              throw CLI::ValidationError("--ttl", '"' + text + "\" is not allowed: give a time from 1s to 24h");
            }
            wanted.lifetime = *lifetime;
          },
          "How long they last (a time from 1s to 24h; default 10m)")
      ->type_name("");
  command->add_flag("--json", wanted.json, "As the TURN REST scheme answers it: username, password, ttl, uris");
  return command;
}

const CLI::App* declare_doctor(CLI::App& app, DoctorQuery& query) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Say what is wrong with this machine and configuration, or, given its URL, with a running server");
  command->fallthrough();
  command
      ->add_option_function<std::string>(
          "url",
          [&query](const std::string& text) {
            query.url = doctor::parse_url(text);
            if (!query.url) {
              throw CLI::ValidationError(
                  "doctor", '"' + text + "\" is no URL: give one like https://call.example.org, or turn:HOST:PORT");
            }
          },
          "The page's address as people open it; or a turn:, turns: or stun: URL of a relay alone")
      ->type_name("");
  command->add_flag("--json", query.json, "As JSON (docs/doctor.md)");
  return command;
}

struct Commands {
  const CLI::App* relay;
  const CLI::App* usage;
  const CLI::App* version;
  const CLI::App* credentials;
  const CLI::App* doctor;

  Command chosen() const {
    if (version->parsed()) return Command::version;
    if (usage->parsed()) return Command::usage;
    if (credentials->parsed()) return Command::credentials;
    if (doctor->parsed()) return Command::doctor;
    return Command::serve;
  }
  bool starts_server() const { return chosen() == Command::serve; }
};

Commands declare_commands(CLI::App& app, Invocation& invocation) {
  app.add_subcommand("serve", "Serve the page and the calls (plntry alone does so too)")->fallthrough();
  const CLI::App* relay =
      app.add_subcommand("relay", "Serve STUN and TURN alone: no page, no calls; listens on port 3478")->fallthrough();
  const CLI::App* usage = declare_usage_command(app, invocation.usage);
  const CLI::App* version = app.add_subcommand("version", "Print the version and end")->fallthrough();
  const CLI::App* credentials = declare_credentials(app, invocation.credentials);
  const CLI::App* doctor = declare_doctor(app, invocation.doctor);
  return {relay, usage, version, credentials, doctor};
}

// A command with arguments of its own prints these; all others the whole program's.
std::string help_of(const CLI::App& app, const Commands& commands) {
  const std::vector<CLI::App*> asked = app.get_subcommands();
  const CLI::App* command = asked.empty() || commands.starts_server() ? &app : asked.front();
  const std::string name = command == &app ? app.get_name() : app.get_name() + ' ' + command->get_name();
  std::string text = app.get_formatter()->make_help(command, name, CLI::AppFormatMode::Normal);
  if (command != &app) text += "\nThe server's options are taken, too: `plntry --help` lists them.\n";
  return text;
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// Without the value, which may be a secret.
std::string unexpected_argument(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining(true);
  const std::string argument = extras.empty() ? std::string{} : extras.front().substr(0, extras.front().find('='));
  const bool is_option = argument.starts_with('-');
  if (!is_option && !app.get_subcommands().empty()) return '"' + argument + "\" is one argument too many.";
  std::vector<std::string> names;
  if (is_option) {
    names = names_of(app);
    for (const CLI::App* command : app.get_subcommands())
      std::ranges::move(names_of(*command), std::back_inserter(names));
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
    }
  }
  return '"' + argument + "\" is no " + (is_option ? "option." : "command.") + suggest(argument, names) +
         " `plntry --help` lists what there is.";
}

// What follows from several options together.
void settle(Invocation& invocation) {
  Config& config = invocation.config;
  invocation.usage.directory = config.usage.book.directory;
  invocation.usage.allowance = config.usage.book.allowance;
  config.signaling.connections_per_address = config.limits.per_address_max;
  config.signaling.message_bytes = config.websocket.message_bytes_max;
  // A welcome, and the hold of everyone who is there.
  const auto holds = static_cast<std::uint32_t>((config.signaling.room_capacity - 1) * config.signaling.held_bytes);
  config.websocket.outbox_bytes_max =
      std::max(config.websocket.outbox_bytes_max, holds + 4 * config.websocket.message_bytes_max);
}

}  // namespace

std::expected<Invocation, Exit> parse_invocation(int argc, const char* const* argv) {
  Invocation invocation;
  std::vector<OptionDescription> descriptions;
  std::string file;
  CLI::App app{"plntry: browser-to-browser calls from any two networks, in one program", "plntry"};
  app.set_help_flag("-h,--help", "Print this and end");
  app.set_version_flag("--version", "plntry " PLNTRY_VERSION, "Print the version and end");
  app.require_subcommand(0, 1);
  const Commands commands = declare_commands(app, invocation);
  declare(app, invocation.config, descriptions);
  app.footer("`plntry COMMAND --help` prints what a command takes besides.");
  app.add_option("--config", file,
                 "Read options from this TOML file, with a line `room-capacity = 4` for each (PLNTRY_CONFIG)")
      ->envname("PLNTRY_CONFIG")
      ->type_name("");
  const auto refuse = [&](const std::string& why) {
    return std::unexpected(Exit{2, "plntry: " + why + (commands.starts_server() ? "\nNothing was started.\n" : "\n")});
  };
  try {
    app.parse(argc, argv);
    read_environment(app, descriptions);
    if (!file.empty()) read_file(app, descriptions, file);
    if (commands.relay->parsed()) be_relay(app, invocation.config);
    honour_port(app, invocation.config);
    check_tls(invocation.config.tls);
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(Exit{0, help_of(app, commands)});
  } catch (const CLI::CallForVersion& version) {
    return std::unexpected(Exit{0, std::string{version.what()} + '\n'});
  } catch (const CLI::ExtrasError&) {
    return refuse(unexpected_argument(app));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    return refuse(what.substr(0, what.find(':')) + " takes one value");
  } catch (const NotAllowed& refused) {
    return refuse("--" + refused.name + ": " + refused.what());
  } catch (const std::runtime_error& error) {  // BadSource, and CLI::Error
    return refuse(error.what());
  }
  invocation.command = commands.chosen();
  invocation.unknown_variables = unknown_variables(descriptions);
  settle(invocation);
  return invocation;
}

std::vector<OptionDescription> describe_options() {
  Config config;
  std::vector<OptionDescription> descriptions;
  CLI::App app;
  declare(app, config, descriptions);
  return descriptions;
}

}  // namespace plntry::app
