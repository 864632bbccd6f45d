#include "app/options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/values.hpp"

namespace plntry::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::expected<Invocation, Exit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "plntry");
  return parse_invocation(static_cast<int>(arguments.size()), arguments.data());
}

// An environment variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

// A file for the length of a test.
class File {
 public:
  explicit File(const std::string& text)
      : path_(std::filesystem::path{testing::TempDir()} / ("plntry-" + std::to_string(::getpid()) + ".toml")) {
    std::ofstream(path_) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  const char* path() const { return path_.c_str(); }

 private:
  std::filesystem::path path_;
};

TEST(Options, defaults_are_those_of_the_layers) {
  const auto invocation = parse({});
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->command, Command::serve);
  EXPECT_THAT(invocation->config.listen, ElementsAre(Endpoint{IpAddress::v6({}), 8080}));
  EXPECT_EQ(invocation->config.signaling.room_capacity, 2);
  EXPECT_EQ(invocation->config.signaling.resume_window, 120s);
  EXPECT_EQ(invocation->config.websocket.ping_interval, 20s);
}

TEST(Options, stun_alternate_is_an_address_a_port_and_what_the_machine_calls_it) {
  const auto given = parse({"--stun-alternate", "198.51.100.8:3479/10.0.0.8", "--stun-alternate", "2001:db8::8"});
  ASSERT_TRUE(given);
  const auto& alternates = given->config.stun_alternates;
  ASSERT_EQ(alternates.size(), 2);
  EXPECT_EQ(alternates[0].shown, IpAddress::v4(198, 51, 100, 8));
  EXPECT_EQ(alternates[0].bound, IpAddress::v4(10, 0, 0, 8));
  EXPECT_EQ(alternates[0].port, 3479);
  EXPECT_EQ(alternates[1].bound, IpAddress::parse("2001:db8::8"));
  EXPECT_EQ(alternates[1].port, 0);
  for (const char* wrong : {"198.51.100.8:0", "198.51.100.8/", "198.51.100.8/::1", "0.0.0.0:3479", "example.org",
                            "198.51.100.8,198.51.100.9"}) {
    EXPECT_FALSE(parse({"--stun-alternate", wrong})) << wrong;
  }
}

TEST(Options, trusted_proxies_are_addresses_and_ranges) {
  const auto two = parse({"--trusted-proxy", "10.0.0.0/8,::1"});
  ASSERT_TRUE(two);
  EXPECT_TRUE(net::is_trusted(two->config.trusted_proxies, *IpAddress::parse("10.1.2.3")));
  EXPECT_TRUE(net::is_trusted(two->config.trusted_proxies, *IpAddress::parse("::1")));
  EXPECT_FALSE(net::is_trusted(two->config.trusted_proxies, *IpAddress::parse("::2")));
  EXPECT_FALSE(parse({"--trusted-proxy", "router.example"}));
}

TEST(Options, certificate_and_key_come_together_or_not_at_all) {
  const auto both = parse({"--tls-cert", "a.pem", "--tls-key", "b.pem"});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->config.tls.certificate_file, "a.pem");
  EXPECT_EQ(both->config.tls.key_file, "b.pem");
  EXPECT_TRUE(parse({"--tls", "self-signed"})->config.tls.self_signed);
  EXPECT_THAT(parse({"--tls-cert", "a.pem"}).error().text, HasSubstr("--tls-cert: is of no use alone"));
  EXPECT_THAT(parse({"--tls-key", "b.pem"}).error().text, HasSubstr("--tls-key: is of no use alone"));
  EXPECT_THAT(parse({"--tls", "maybe"}).error().text, HasSubstr("one of off, self-signed"));
  EXPECT_THAT(parse({"--tls=self-signed", "--tls-cert=a.pem", "--tls-key=b.pem"}).error().text,
              HasSubstr("exclude each other"));
}

TEST(Options, commands_are_serve_and_version) {
  EXPECT_EQ(parse({"serve", "--room-capacity", "4"})->config.signaling.room_capacity, 4);
  EXPECT_EQ(parse({"version"})->command, Command::version);
  EXPECT_EQ(parse({"version", "--room-capacity", "4"})->command, Command::version);
  EXPECT_EQ(parse({"dance"}).error().code, 2);
  EXPECT_EQ(parse({"--help"}).error().code, 0);
  EXPECT_THAT(parse({"serve", "--help"}).error().text, HasSubstr("--room-capacity"));
}

TEST(Options, commas_are_part_of_secrets) {
  const auto invocation = parse({"--relay-secret", "sixteen letters,and more than that", "--relay-secret",
                                 "another one, as long", "--relay-user", "ann:pa,ss,you:word"});
  ASSERT_TRUE(invocation) << invocation.error().text;
  const auto& credentials = invocation->config.turn.relay.credentials;
  EXPECT_THAT(credentials.secrets, ElementsAre("sixteen letters,and more than that", "another one, as long"));
  EXPECT_EQ(credentials.users.size(), 1u);
}

TEST(Options, credentials_takes_what_the_server_takes_and_its_own) {
  const auto invocation =
      parse({"credentials", "--relay-secret", "sixteen letters.", "--user", "ann", "--ttl", "5m", "--json"});
  ASSERT_TRUE(invocation) << invocation.error().text;
  EXPECT_EQ(invocation->command, Command::credentials);
  EXPECT_EQ(invocation->credentials.user, "ann");
  EXPECT_EQ(invocation->credentials.lifetime, 5min);
  EXPECT_TRUE(invocation->credentials.json);
  EXPECT_FALSE(parse({"credentials", "--user", "a:b"}));
  EXPECT_FALSE(parse({"credentials", "--ttl", "25h"}));
}

TEST(Options, flag_goes_before_environment_before_file) {
  const File file(
      "room-capacity = 3\nmax-rooms = 3\nresume-window = \"3s\"\nallow-origin = [\"https://a.example\", \"*\"]\n");
  const Variable capacity("PLNTRY_ROOM_CAPACITY", "4");
  const Variable rooms("PLNTRY_MAX_ROOMS", "4");
  const auto invocation = parse({"--config", file.path(), "--room-capacity=5"});
  ASSERT_TRUE(invocation) << invocation.error().text;
  EXPECT_EQ(invocation->config.signaling.room_capacity, 5);
  EXPECT_EQ(invocation->config.signaling.max_rooms, 4);
  EXPECT_EQ(invocation->config.signaling.resume_window, 3s);
  EXPECT_THAT(invocation->config.http.allowed_origins, ElementsAre("https://a.example", "*"));
}

TEST(Options, wrong_value_is_refused_with_the_option_the_value_and_what_is_allowed) {
  EXPECT_THAT(parse({"--room-capacity", "9"}).error().text,
              HasSubstr("--room-capacity: \"9\" is not allowed: give a whole number from 2 to 8"));
  for (const auto& arguments : std::vector<std::vector<const char*>>{{"--room-capacity", "two"},
                                                                     {"--listen", "8080"},
                                                                     {"--resume-window", "1d"},
                                                                     {"--ping-interval", "26s"},
                                                                     {"--metrics", "everyone"},
                                                                     {"--allow-origin", "example.org"},
                                                                     {"--ice-server", "http://x"},
                                                                     {"--log-level", "loud"}}) {
    const auto invocation = parse(arguments);
    ASSERT_FALSE(invocation) << arguments.front();
    EXPECT_EQ(invocation.error().code, 2);
    EXPECT_THAT(invocation.error().text, HasSubstr(arguments[0]));
    EXPECT_THAT(invocation.error().text, HasSubstr(arguments[1]));
    EXPECT_THAT(invocation.error().text, HasSubstr("is not allowed: give "));
  }
}

TEST(Options, option_takes_one_value) {
  EXPECT_THAT(parse({"--room-capacity"}).error().text, HasSubstr("--room-capacity takes one value"));
  EXPECT_THAT(parse({"--room-capacity=3", "--room-capacity=4"}).error().text,
              HasSubstr("--room-capacity takes one value"));
}

TEST(Options, wrong_ice_server_is_refused_without_its_password) {
  const auto invocation = parse({"--ice-server", R"({"urls":1,"credential":"hunter2"})"});
  ASSERT_FALSE(invocation);
  EXPECT_THAT(invocation.error().text, HasSubstr("--ice-server"));
  EXPECT_THAT(invocation.error().text, Not(HasSubstr("hunter2")));
}

TEST(Options, wrong_value_is_refused_with_the_place_where_it_stands) {
  {
    const Variable capacity("PLNTRY_ROOM_CAPACITY", "9");
    EXPECT_THAT(parse({}).error().text, HasSubstr("PLNTRY_ROOM_CAPACITY: \"9\" is not allowed"));
  }
  const File wrong("# rooms\nroom-capacity = 9\n");
  EXPECT_THAT(parse({"--config", wrong.path()}).error().text,
              HasSubstr(".toml, line 2: room-capacity: \"9\" is not allowed"));
  EXPECT_THAT(parse({"--config", "/nonexistent/plntry.toml"}).error().text, HasSubstr("No such file"));
  EXPECT_THAT(parse({"--config", "/"}).error().text, HasSubstr("Is a directory"));
}

TEST(Options, file_is_toml) {
  const File file(R"(
    allow-origin = [
      "https://a.example",  # the shop
      'https://b.example',
    ]
    "room-capacity" = 4
    relay-user = ["ann:pa,ss", "ben:word"]
    [[ice-server]]
    urls = ["stun:a.example", "turn:a.example"]
    username = "u"
    credential = "c"
    [[ice-server]]
    urls = "stun:b.example"
  )");
  const auto invocation = parse({"--config", file.path()});
  ASSERT_TRUE(invocation) << invocation.error().text;
  EXPECT_THAT(invocation->config.http.allowed_origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(invocation->config.signaling.room_capacity, 4);
  EXPECT_EQ(invocation->config.turn.relay.credentials.users.at(0).password, "pa,ss");
  EXPECT_EQ(invocation->config.ice.services.size(), 2);
}

TEST(Options, file_that_is_no_toml_is_refused_with_the_place) {
  for (const auto& [text, place] : std::vector<std::pair<std::string, std::string>>{
           {"room-capacity = 4\nrelay-realm = \"plntry\n", "line 2, column"},
           {"allow-origin = [\"https://a.example\"\n", "line 1, column"},
           {"room-capacity 4\n", "line 1, column"},
           {"room-capacity = 4\nroom-capacity = 5\n", "line 2, column"}}) {
    const File file(text);
    const auto invocation = parse({"--config", file.path()});
    ASSERT_FALSE(invocation) << text;
    EXPECT_THAT(invocation.error().text, HasSubstr(place)) << text;
  }
}

TEST(Options, file_gives_one_value_where_one_is_taken) {
  const File several("room-capacity = [3, 4]\n");
  EXPECT_THAT(parse({"--config", several.path()}).error().text, HasSubstr("room-capacity takes one value"));
  const File none("allow-origin = []\n");
  EXPECT_THAT(parse({"--config", none.path()}).error().text, HasSubstr("allow-origin is empty"));
}

TEST(Options, unknown_key_in_the_file_is_refused) {
  const File file("room-capasity = 4\n");
  EXPECT_THAT(parse({"--config", file.path()}).error().text,
              HasSubstr("\"room-capasity\" is no option. Did you mean `room-capacity`?"));
  const File section("[server]\nroom-capacity = 4\n");
  EXPECT_THAT(parse({"--config", section.path()}).error().text, HasSubstr("options stand above all sections"));
  const File stray("[[ice-server]]\nurls = \"stun:a.example\"\nroom-capacity = 4\n");
  EXPECT_THAT(parse({"--config", stray.path()}).error().text, HasSubstr("line 3: \"room-capacity\" is out of place"));
}

TEST(Options, unknown_variable_is_told_and_keeps_nothing_from_starting) {
  const Variable mistyped("PLNTRY_ROOM_CAPASITY", "4");
  const Variable of_kubernetes("PLNTRY_PORT_8080_TCP_ADDR", "10.0.0.7");
  const auto invocation = parse({});
  ASSERT_TRUE(invocation);
  EXPECT_THAT(invocation->unknown_variables,
              ElementsAre("PLNTRY_ROOM_CAPASITY is no option. Did you mean `PLNTRY_ROOM_CAPACITY`?"));
}

TEST(Options, mistyped_argument_is_refused_with_what_was_meant_and_without_its_value) {
  EXPECT_THAT(parse({"docter"}).error().text, HasSubstr("\"docter\" is no command. Did you mean `doctor`?"));
  EXPECT_THAT(parse({"doctor", "https://call.example.org", "b"}).error().text,
              HasSubstr("\"b\" is one argument too many."));
  EXPECT_THAT(parse({"usage", "--dayz", "3"}).error().text, HasSubstr("Did you mean `--days`?"));
  EXPECT_THAT(parse({"--xyzzy"}).error().text, Not(HasSubstr("Did you mean")));
  const std::string text = parse({"--relay-secrett=hunter2hunter2"}).error().text;
  EXPECT_THAT(text, HasSubstr("Did you mean `--relay-secret`?"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(Options, help_is_of_the_command_that_was_asked) {
  EXPECT_THAT(parse({"usage", "--help"}).error().text, HasSubstr("--month"));
  EXPECT_THAT(parse({"doctor", "--help"}).error().text, Not(HasSubstr("--room-capacity")));
  EXPECT_THAT(parse({"--help"}).error().text, HasSubstr("PLNTRY_ROOM_CAPACITY"));
  EXPECT_EQ(parse({"--version"}).error().code, 0);
}

TEST(Options, only_a_server_says_that_nothing_was_started) {
  EXPECT_THAT(parse({"--room-capacity", "9"}).error().text, HasSubstr("Nothing was started."));
  EXPECT_THAT(parse({"usage", "--days", "0"}).error().text, Not(HasSubstr("Nothing was started.")));
}

TEST(Options, relay_that_nobody_could_use_is_refused) {
  EXPECT_THAT(parse({"relay"}).error().text, HasSubstr("--relay-secret"));
  EXPECT_TRUE(parse({"relay", "--relay", "off"}));
  EXPECT_TRUE(parse({"relay", "--relay-user", "ann:word"}));
}

TEST(Options, port_of_the_platform_is_honoured_unless_told_otherwise) {
  const Variable port("PORT", "5000");
  EXPECT_THAT(parse({})->config.listen, ElementsAre(Endpoint{IpAddress::v6({}), 5000}));
  EXPECT_THAT(parse({"--listen", "127.0.0.1:80"})->config.listen, ElementsAre(*Endpoint::parse("127.0.0.1:80")));
  const Variable bad("PORT", "many");
  EXPECT_THAT(parse({}).error().text, HasSubstr("$PORT"));
}

TEST(Options, lists_take_several_values_either_way) {
  const auto invocation =
      parse({"--listen", "127.0.0.1:1,[::1]:2", "--listen", "127.0.0.1:3", "--ice-server",
             "stun:a.example,{\"urls\": [\"turn:b.example\"], \"username\": \"u,\", \"credential\": \"c\"}"});
  ASSERT_TRUE(invocation) << invocation.error().text;
  EXPECT_EQ(invocation->config.listen.size(), 3);
  EXPECT_THAT(
      std::vector<std::string>(
          {invocation->config.ice.services.at(0).server, invocation->config.ice.services.at(1).server}),
      ElementsAre(R"({"urls":["stun:a.example"]})", R"({"urls":["turn:b.example"],"username":"u,","credential":"c"})"));
}

// As platforms set it: one variable, with commas in the JSON.
TEST(Options, services_can_stand_in_the_environment) {
  const Variable server("PLNTRY_ICE_SERVER",
                        R"({"urls":["stun:a.example","turn:a.example"],"username":"u","credential":"c"})");
  const auto invocation = parse({});
  ASSERT_TRUE(invocation) << invocation.error().text;
  ASSERT_EQ(invocation->config.ice.services.size(), 1);
  EXPECT_EQ(invocation->config.ice.services[0].server,
            R"({"urls":["stun:a.example","turn:a.example"],"username":"u","credential":"c"})");
}

TEST(Options, relay_can_be_elsewhere_than_the_page) {
  EXPECT_EQ(parse({"--relay-host", "relay.example"})->config.ice.relay_host, "relay.example");
  const auto both = parse({"--relay-host", "[2001:db8::7]:3478", "--relay-transports", "tcp,tls"});
  EXPECT_EQ(both->config.ice.relay_host, "[2001:db8::7]");
  EXPECT_EQ(both->config.ice.port, 3478);
  EXPECT_FALSE(both->config.ice.transports.udp);
  EXPECT_TRUE(both->config.ice.transports.tcp && both->config.ice.transports.tls);
  EXPECT_EQ(parse({"--relay-host", "2001:db8::7"})->config.ice.relay_host, "[2001:db8::7]");
  for (const char* wrong : {"relay.example:0", "relay.example:port", "https://relay.example", "a b"}) {
    EXPECT_FALSE(parse({"--relay-host", wrong})) << wrong;
  }
}

TEST(Values, durations) {
  EXPECT_EQ(parse_duration("2"), 2s);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  for (const char* bad : {"", "s", "-1", "1.5s", "1d", "99999999999999999999", "1 s"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(print_duration(20s), "20s");
  EXPECT_EQ(print_duration(1500ms), "1500ms");
}

// docs/config.md has exactly the options that there are, and says of each what the program says.
TEST(ConfigPage, lists_every_option) {
  std::ifstream page(PLNTRY_CONFIG_PAGE);
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const std::string begin = "<!-- options: checked against the program by tests/net/options_test.cpp -->\n";
  const std::size_t at = text.find(begin);
  ASSERT_NE(at, std::string::npos);
  std::string table = "\n| key and flag | environment | allowed | default | meaning |\n|---|---|---|---|---|\n";
  for (const OptionDescription& option : describe_options()) {
    table += "| `" + option.name + "` | `" + option.environment + "` | " + option.allowed + " | " +
             (option.fallback.empty() ? "none" : option.fallback) + " | " + option.help + " |\n";
  }
  EXPECT_EQ(text.substr(at + begin.size()), table);
}

}  // namespace
}  // namespace plntry::app
