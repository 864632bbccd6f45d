#include "app/option_groups.hpp"

namespace plntry::app {
namespace {

// "49152-65535"
bool parse_ports(const std::string& text, turn::Ledger::Config& ledger) {
  const std::size_t dash = text.find('-');
  if (dash == std::string::npos) return false;
  const auto first = parse_number(text.substr(0, dash));
  const auto last = parse_number(text.substr(dash + 1));
  if (!first || !last || *first < 1024 || *last > 65'535 || *first > *last) return false;
  ledger.first_port = static_cast<std::uint16_t>(*first);
  ledger.last_port = static_cast<std::uint16_t>(*last);
  return true;
}

// "198.51.100.8", "198.51.100.8:3479", "[2001:db8::8]:3479", and the machine's own address behind a slash.
std::optional<StunAlternate> parse_alternate(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string shown = text.substr(0, slash);
  StunAlternate alternate;
  if (const auto address = IpAddress::parse(shown)) {
    alternate.shown = *address;
  } else if (const auto endpoint = Endpoint::parse(shown); endpoint && endpoint->port != 0) {
    alternate.shown = endpoint->address;
    alternate.port = endpoint->port;
  } else {
    return std::nullopt;
  }
  const auto bound = slash == std::string::npos ? alternate.shown : IpAddress::parse(text.substr(slash + 1));
  if (!bound || bound->family() != alternate.shown.family()) return std::nullopt;
  if (bound->is_unspecified() || alternate.shown.is_unspecified()) return std::nullopt;
  alternate.bound = *bound;
  return alternate;
}

void declare_discovery(Options& options, std::vector<StunAlternate>& alternates) {
  options.many(
      "stun-alternate", "ADDRESS[:PORT][/LOCAL], an IPv4 and an IPv6 one at most", "",
      "A second address and UDP port of this machine, for clients that find out how their NAT behaves (RFC 5780); the "
      "port after that of listen if none is named. LOCAL is the machine's own address where the internet sees another "
      "one",
      [&alternates] { alternates.clear(); },
      [&alternates](const std::string& text) {
        const auto alternate = parse_alternate(text);
        if (!alternate) return false;
        const auto has_family = [&](const StunAlternate& other) {
          return other.bound.family() == alternate->bound.family();
        };
        const bool second = std::ranges::any_of(alternates, has_family);
        alternates.push_back(*alternate);
        return !second;
      });
}

void declare_who(Options& options, turn::Credentials::Config& credentials) {
  options.one("relay-realm", "1 to 127 bytes of text", credentials.realm, "The realm that TURN clients are asked for",
              [&](const std::string& text) {
                credentials.realm = text;
                return !text.empty() && text.size() <= 127;
              });
  options.secret(
      "relay-user", "NAME:PASSWORD", "A user of the relay besides the callers here, for other programs",
      [&] { credentials.users.clear(); },
      [&](const std::string& text) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return false;
        credentials.users.push_back({text.substr(0, colon), text.substr(colon + 1)});
        return true;
      });
  options.secret(
      "relay-secret", "at least 16 bytes of text, at most 4 of them",
      "Whoever has it can mint credentials for the relay (TURN REST); the first mints for the callers here. Without "
      "it, "
      "one is made at each start",
      [&] { credentials.secrets.clear(); },
      [&](const std::string& text) {
        credentials.secrets.push_back(text);
        return text.size() >= 16 && credentials.secrets.size() <= turn::Credentials::kMaxSecrets;
      });
}

void declare_bounds(Options& options, Config& config) {
  turn::Ledger::Config& ledger = config.ledger;
  constexpr std::uint64_t kMany = 1'000'000;
  turn::Relay::Config& relay = config.turn.relay;
  options.one("relay-lifetime", "a time from 60s to 3600s", "3600s",
              "How long an allocation lasts at most if its client does not refresh it, as browsers do",
              [&relay, unasked = relay.default_lifetime](const std::string& text) {
                const auto value = parse_duration(text);
                if (!value || *value < 60s || *value > 1h) return false;
                relay.max_lifetime = std::chrono::floor<std::chrono::seconds>(*value);
                relay.default_lifetime = std::min(unasked, relay.max_lifetime);
                return true;
              });
  options.number("relay-allocations", ledger.max_allocations, 0, kMany, "Allocations at a time; 0 is no limit");
  options.number("relay-allocations-per-user", ledger.max_allocations_per_user, 0, kMany,
                 "Allocations of one user or one caller at a time; 0 is no limit");
  options.number("relay-allocations-per-address", ledger.max_allocations_per_source, 0, kMany,
                 "Allocations from one IPv4 address or IPv6 /64 at a time; 0 is no limit");
  options.number("relay-permissions", config.turn.relay.limits.max_permissions, 1, 4096,
                 "Peer addresses that one allocation may talk to at a time");
  options.number("relay-channels", config.turn.relay.limits.max_channels, 1, 4096,
                 "Channels that one allocation may bind at a time");
  const auto bandwidth = [&](const std::string& name, double& field, std::string help) {
    options.one(name, "a whole number from 0 to 1000000000", std::to_string(static_cast<std::uint64_t>(field / 125)),
                std::move(help), [&field](const std::string& text) {
                  const auto value = parse_number(text);
                  if (!value || *value > 1'000'000'000) return false;
                  field = static_cast<double>(*value) * 125;
                  return true;
                });
  };
  bandwidth("relay-kbps-per-user", ledger.user_bytes_per_second,
            "Kilobits a second that one user or one caller may relay, both ways together; 0 is no limit");
  bandwidth("relay-kbps-per-address", ledger.source_bytes_per_second,
            "Kilobits a second that may be relayed for one IPv4 address or IPv6 /64; 0 is no limit");
  bandwidth("relay-kbps", ledger.total_bytes_per_second,
            "Kilobits a second that may be relayed for everyone together; 0 is no limit");
}

}  // namespace

void declare_relay(Options& options, Config& config) {
  options.choice("relay", config.relay, std::array{"off", "on"},
                 "Whether media is relayed for those who find no direct path; off: places without UDP, or another TURN "
                 "service is given by ice-server");
  options.many(
      "public-address", "an IPv4 and an IPv6 address at most", "the address that packets to the internet leave from",
      "The address of this server as the internet sees it, where the machine itself has another one (clouds, "
      "containers)",
      [&] { config.public_addresses.clear(); },
      [&](const std::string& text) {
        const auto address = IpAddress::parse(text);
        if (!address || address->is_unspecified()) return false;
        const bool second = std::ranges::find(config.public_addresses, address->family(), &IpAddress::family) !=
                            config.public_addresses.end();
        config.public_addresses.push_back(*address);
        return !second;
      });
  options.one("relay-ports", "FIRST-LAST, from 1024 to 65535",
              std::to_string(config.ledger.first_port) + '-' + std::to_string(config.ledger.last_port),
              "UDP ports of relayed addresses; let the firewall pass them",
              [&](const std::string& text) { return parse_ports(text, config.ledger); });
  declare_who(options, config.turn.relay.credentials);
  options.prefixes("relay-allow", config.turn.relay.peers.allow,
                   "Peers that may be reached although they are refused otherwise: private and special addresses are");
  options.prefixes("relay-deny", config.turn.relay.peers.deny, "Peers that may not be reached in any case");
  options.choice(
      "relay-mobility", config.turn.relay.mobility, std::array{"off", "on"},
      "Whether an allocation may follow its client to another address (RFC 8016); browsers do not ask for it");
  options.choice("relay-tcp-allocations", config.turn.relay.tcp_allocations, std::array{"off", "on"},
                 "Whether peers may be reached over TCP too (RFC 6062), on TCP ports of relay-ports; browsers do not "
                 "ask for it");
  declare_discovery(options, config.stun_alternates);
  declare_bounds(options, config);
}

}  // namespace plntry::app
