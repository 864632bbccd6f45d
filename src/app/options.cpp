#include "app/options.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <thread>

#include <CLI/CLI.hpp>

#include "app/values.hpp"

namespace plntry::app {
namespace {

// Takes a text into the config; false when it is not allowed.
using Setter = std::function<bool(const std::string&)>;

std::string environment_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return "PLNTRY_" + name;
}

// Declares options to CLI11 and keeps what is said about them.
class Options {
 public:
  Options(CLI::App& app, std::vector<OptionDescription>& descriptions) : app_(app), descriptions_(descriptions) {}

  void one(const std::string& name, std::string allowed, std::string fallback, std::string help, const Setter& set) {
    auto* option = app_.add_option_function<std::string>(
        "--" + name, [=](const std::string& value) { check(name, value, allowed, set); }, help);
    describe(option, name, std::move(allowed), std::move(fallback), std::move(help));
  }

  // May be given several times, or several values at once, separated by commas. The first takes the default's place.
  void many(const std::string& name, std::string allowed, std::string fallback, std::string help,
            const std::function<void()>& clear, const Setter& set) {
    auto* option = app_.add_option_function<std::vector<std::string>>(
        "--" + name,
        [=](const std::vector<std::string>& values) {
          clear();
          for (const std::string& value : values) {
            for (const std::string& item : split_list(value)) check(name, item, allowed, set);
          }
        },
        help);
    option->type_size(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    describe(option, name, std::move(allowed) + "; repeatable", std::move(fallback), std::move(help));
  }

  template <typename Integer>
  void number(const std::string& name, Integer& field, std::uint64_t min, std::uint64_t max, std::string help) {
    one(name, "a whole number from " + std::to_string(min) + " to " + std::to_string(max), std::to_string(field),
        std::move(help), [&field, min, max](const std::string& text) {
          const auto value = parse_number(text);
          if (!value || *value < min || *value > max) return false;
          field = static_cast<Integer>(*value);
          return true;
        });
  }

  void duration(const std::string& name, Duration& field, Duration min, Duration max, std::string help) {
    one(name, "a time from " + print_duration(min) + " to " + print_duration(max), print_duration(field),
        std::move(help), [&field, min, max](const std::string& text) {
          const auto value = parse_duration(text);
          if (!value || *value < min || *value > max) return false;
          field = *value;
          return true;
        });
  }

  template <typename Enum, std::size_t Size>
  void choice(const std::string& name, Enum& field, const std::array<const char*, Size>& words, std::string help) {
    std::string allowed;
    for (const char* word : words) allowed += (allowed.empty() ? "" : ", ") + std::string{word};
    one(name, "one of " + allowed, words[static_cast<std::size_t>(field)], std::move(help),
        [&field, words](const std::string& text) {
          const auto found = std::ranges::find(words, text);
          if (found != words.end()) field = static_cast<Enum>(found - words.begin());
          return found != words.end();
        });
  }

 private:
  static void check(const std::string& name, const std::string& value, const std::string& allowed, const Setter& set) {
    if (set(value)) return;
    // An RTCIceServer may hold a password, and errors go into journals.
    const std::string shown = value.find('{') == std::string::npos ? "\"" + value + "\"" : "this JSON";
    throw CLI::ValidationError("--" + name, shown + " is not allowed: give " + allowed);
  }

  void describe(CLI::Option* option, const std::string& name, std::string allowed, std::string fallback,
                std::string help) {
    option->envname(environment_name(name))->type_name("");
    option->description(help + " (" + allowed + (fallback.empty() ? ")" : "; default " + fallback + ")"));
    descriptions_.push_back({name, environment_name(name), std::move(allowed), std::move(fallback), std::move(help)});
  }

  CLI::App& app_;
  std::vector<OptionDescription>& descriptions_;
};

void declare_network(Options& options, Config& config) {
  options.many(
      "listen", "ADDRESS:PORT, like 0.0.0.0:8080 or [::]:8080", "[::]:8080",
      "Where to listen, TCP and UDP; [::] is every address, IPv4 too. Without it, $PORT is honoured",
      [&] { config.listen.clear(); },
      [&](const std::string& text) {
        const auto endpoint = Endpoint::parse(text);
        if (endpoint) config.listen.push_back(*endpoint);
        return endpoint.has_value();
      });
  options.one("threads", "a whole number from 1 to 256", "as many as cores",
              "Threads for pages and STUN; the first one also carries the signalling", [&](const std::string& text) {
                const auto value = parse_number(text);
                if (!value || *value < 1 || *value > 256) return false;
                config.threads = static_cast<unsigned>(*value);
                return true;
              });
  options.number("max-connections", config.limits.total_max, 1, 10'000'000, "TCP connections at a time");
  options.number("max-connections-per-address", config.limits.per_address_max, 1, 10'000'000,
                 "TCP connections at a time from one IPv4 address or IPv6 /64");
  options.many(
      "allow-origin", "an origin like https://example.org, or *", "",
      "Pages of these origins may join, besides our own", [&] { config.http.allowed_origins.clear(); },
      [&](const std::string& text) {
        config.http.allowed_origins.push_back(text);
        return is_origin(text);
      });
  options.many(
      "ice-server", "a stun: URL or an RTCIceServer as JSON", "", "Further ICE servers for the browsers",
      [&] { config.http.ice_servers.clear(); },
      [&](const std::string& text) {
        const auto server = parse_ice_server(text);
        if (server) config.http.ice_servers.push_back(*server);
        return server.has_value();
      });
  options.one("web-root", "a directory", "", "Serve the page from here instead of the one in the binary",
              [&](const std::string& text) {
                config.web_root = text;
                return !text.empty();
              });
  options.choice("metrics", config.http.metrics, std::array{"off", "loopback", "all"},
                 "Who may read /metrics; loopback: this machine, but not through a proxy");
}

void declare_signaling(Options& options, Config& config) {
  signaling::Config& signaling = config.signaling;
  options.number("room-capacity", signaling.room_capacity, 2, signaling::kMaxRoomCapacity, "Seats in a room");
  options.duration("resume-window", signaling.resume_window, 1s, 1h,
                   "How long the seat of a dropped participant is kept");
  options.number("max-rooms", signaling.max_rooms, 1, 10'000'000, "Rooms at a time");
  options.number("max-participants", signaling.max_participants, 1, 10'000'000, "Seats in all rooms at a time");
  options.number("max-message-bytes", config.websocket.message_bytes_max, 32'768, 1'048'576,
                 "Size of one message; a browser's offer, sealed, takes some 10 kB");
  options.one("messages-per-second", "a whole number from 1 to 10000", "50",
              "Messages of one participant; a burst of five seconds, or of 256, is let pass",
              [&](const std::string& text) {
                const auto value = parse_number(text);
                if (!value || *value < 1 || *value > 10'000) return false;
                signaling.messages.per_second = static_cast<double>(*value);
                signaling.messages.capacity = std::max(256.0, 5 * signaling.messages.per_second);
                return true;
              });
  options.one("joins-per-second", "a whole number from 1 to 100000", "5",
              "Joins from one IPv4 address or IPv6 /64; a burst of twenty seconds is let pass",
              [&](const std::string& text) {
                const auto value = parse_number(text);
                if (!value || *value < 1 || *value > 100'000) return false;
                signaling.joins.per_second = static_cast<double>(*value);
                signaling.joins.capacity = 20 * signaling.joins.per_second;
                return true;
              });
  options.duration("ping-interval", config.websocket.ping_interval, 1s, 25s,
                   "How often a connection is asked for a sign of life; routers cut idle ones after 55s, some earlier");
}

void declare_running(Options& options, Config& config) {
  options.choice("log-format", config.log_format, std::array{"text", "json"}, "Format of the log, on stderr");
  options.choice("log-level", config.log_level, std::array{"debug", "info", "warning", "error", "off"},
                 "Least severe events that are logged");
  options.duration("drain-timeout", config.drain_timeout, 0s, 10min,
                   "How long to wait for the participants to go elsewhere when asked to end");
}

void read_file(CLI::App& app, const std::string& path) {
  for (const CLI::ConfigItem& item : CLI::ConfigTOML{}.from_file(path)) {
    CLI::Option* option = item.parents.empty() ? app.get_option_no_throw("--" + item.name) : nullptr;
    if (!option || item.name == "config" || item.name == "help") {
      throw CLI::ConfigError(path + ": \"" + item.fullname() + "\" is no option. `plntry --help` lists them.");
    }
    if (option->count() > 0) continue;  // the command line and the environment go first
    option->add_result(item.inputs);
    option->run_callback();
  }
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

void declare(CLI::App& app, Config& config, std::vector<OptionDescription>& descriptions) {
  config.limits.per_address_max = static_cast<std::uint32_t>(config.signaling.connections_per_address);
  Options options(app, descriptions);
  declare_network(options, config);
  declare_signaling(options, config);
  declare_running(options, config);
}

}  // namespace

std::expected<Invocation, Exit> parse_invocation(int argc, const char* const* argv) {
  Invocation invocation;
  std::vector<OptionDescription> descriptions;
  std::string file;
  CLI::App app{"plntry: browser-to-browser calls from any two networks, in one program", "plntry"};
  app.set_help_flag("-h,--help", "Print this and end");
  app.require_subcommand(0, 1);
  app.add_subcommand("serve", "Serve the page and the calls (plntry alone does so too)")->fallthrough();
  const CLI::App* version = app.add_subcommand("version", "Print the version and end");
  declare(app, invocation.config, descriptions);
  app.add_option("--config", file, "Read options from this file: plntry.toml, with a line `room-capacity = 4` for each")
      ->envname("PLNTRY_CONFIG")
      ->type_name("");
  try {
    app.parse(argc, argv);
    if (!file.empty()) read_file(app, file);
    honour_port(app, invocation.config);
  } catch (const CLI::CallForHelp&) {
    // Of the whole program, also when it was asked after `serve`.
    return std::unexpected(Exit{0, app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)});
  } catch (const CLI::Error& error) {
    return std::unexpected(Exit{2, "plntry: " + std::string{error.what()} + "\nNothing was started.\n"});
  }
  if (version->parsed()) invocation.command = Command::version;
  Config& config = invocation.config;
  config.signaling.connections_per_address = config.limits.per_address_max;
  config.signaling.message_bytes = config.websocket.message_bytes_max;
  // A welcome, and the hold of everyone who is there.
  const auto holds = static_cast<std::uint32_t>((config.signaling.room_capacity - 1) * config.signaling.held_bytes);
  config.websocket.outbox_bytes_max =
      std::max(config.websocket.outbox_bytes_max, holds + 4 * config.websocket.message_bytes_max);
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
