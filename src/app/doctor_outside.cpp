#include "app/doctor_outside.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <boost/json.hpp>

#include "app/doctor_relay.hpp"
#include "base/crypto.hpp"
#include "net/client_http.hpp"
#include "net/client_socket.hpp"
#include "net/clock.hpp"
#include "net/resolve.hpp"
#include "turn/credentials.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

using doctor::Outside;
using doctor::Transport;
using doctor::Url;

constexpr Duration kPagePatience = 5s;
constexpr std::size_t kTrialsMax = 24;

doctor::Name look_up(const std::string& host) {
  auto found = net::resolve(host);
  if (!found) return {host, {}, found.error()};
  return {host, std::move(*found), {}};
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(json::string_view{key.data(), key.size()});
  return value && value->is_string() ? std::string{value->get_string().c_str()} : std::string{};
}

std::vector<std::string> urls_of(const json::object& server) {
  std::vector<std::string> urls;
  const json::value* value = server.if_contains("urls");
  if (value && value->is_string()) urls.emplace_back(value->get_string().c_str());
  if (value && value->is_array()) {
    for (const json::value& each : value->get_array()) {
      if (each.is_string()) urls.emplace_back(each.get_string().c_str());
    }
  }
  return urls;
}

std::string random_text(Random& random, std::size_t bytes) {
  std::vector<std::uint8_t> drawn(bytes);
  random.fill(drawn);
  return base64url_encode(drawn);
}

std::string random_room(Random& random) {
  std::string room = "doctor-";
  for (int i = 0; i < 16; ++i) room += static_cast<char>('a' + random.below(26));
  return room;
}

class IceServers {
 public:
  IceServers(const std::vector<IpAddress>& own, Random& random, const std::function<void()>& between)
      : own_(own), random_(random), between_(between) {}

  void take(const json::array& servers) {
    for (const json::value& each : servers) {
      if (!each.is_object()) continue;
      const json::object& server = each.get_object();
      std::optional<doctor::Account> account;
      if (const std::string user = text_of(server, "username"); !user.empty()) {
        account = {.username = user, .password = text_of(server, "credential")};
      }
      for (const std::string& text : urls_of(server)) {
        const auto url = doctor::parse_url(text);
        if (url && !url->is_page()) {
          wishes_.push_back({*url, account, false});
        } else {
          trials_.unknown_urls.push_back(text);
        }
      }
    }
  }

  IceTrials run() && {
    add_dtls();
    for (const Wish& wish : wishes_) {
      if (!is_covered(wish.url)) try_all(wish);
    }
    return std::move(trials_);
  }

 private:
  struct Wish {
    Url url;
    std::optional<doctor::Account> account;
    bool is_optional;
  };

  // A relay at the same place shows all that STUN would.
  bool is_covered(const Url& url) const {
    return !url.is_turn() && std::ranges::any_of(wishes_, [&](const Wish& each) {
      return each.url.is_turn() && each.url.transport == url.transport && each.url.authority() == url.authority();
    });
  }

  // Browsers do not use it, other clients may: where our own relay speaks TLS it speaks DTLS too.
  void add_dtls() {
    const auto tls = std::ranges::find_if(wishes_, [&](const Wish& each) {
      return each.url.scheme == doctor::Scheme::turns && each.url.transport == Transport::tls &&
             is_own(name(each.url.host));
    });
    if (tls == wishes_.end()) return;
    Wish dtls = *tls;
    dtls.url.transport = Transport::dtls;
    dtls.is_optional = true;
    wishes_.push_back(std::move(dtls));
  }

  const doctor::Name& name(const std::string& host) {
    const auto [found, is_new] = names_.try_emplace(host);
    if (is_new) found->second = look_up(host);
    if (is_new && found->second.addresses.empty()) trials_.unresolved.push_back(found->second);
    return found->second;
  }

  bool is_own(const doctor::Name& name) const {
    return std::ranges::any_of(name.addresses,
                               [&](const IpAddress& each) { return std::ranges::count(own_, each) > 0; });
  }

  void try_all(const Wish& wish) {
    const doctor::Name& at = name(wish.url.host);
    for (const IpAddress& address : at.addresses) {
      if (trials_.relays.size() == kTrialsMax) return;
      if (between_) between_();
      bool& peer_tried = peer_tried_[static_cast<std::size_t>(address.family())];
      trials_.relays.push_back(try_relay({.url = wish.url,
                                          .server = {address, wish.url.port},
                                          .account = wish.account,
                                          .is_own = is_own(at),
                                          .is_optional = wish.is_optional,
                                          .with_peer = is_own(at) && !peer_tried},
                                         random_));
      peer_tried = peer_tried || (is_own(at) && trials_.relays.back().allocation.succeeded());
    }
  }

  const std::vector<IpAddress>& own_;
  Random& random_;
  const std::function<void()>& between_;
  std::vector<Wish> wishes_;
  std::map<std::string, doctor::Name> names_;
  std::array<bool, 2> peer_tried_{};  // by IpFamily
  IceTrials trials_;
};

// To the first address that answers; why not, of the last.
std::expected<net::ClientSocket, doctor::Failure> open_page(const Outside& facts) {
  std::expected<net::ClientSocket, doctor::Failure> socket = std::unexpected(doctor::Failure{});
  for (const IpAddress& address : facts.name.addresses) {
    socket = net::ClientSocket::open({facts.target.transport, {address, facts.target.port}, facts.target.host},
                                     kPagePatience);
    if (socket) break;
  }
  return socket;
}

void ask_health(net::ClientSocket& socket, Outside& facts) {
  const auto answer =
      net::ask(socket, facts.target.authority(), "/healthz", "Connection: close\r\n", net::now().mono + kPagePatience);
  facts.time = net::now().wall;
  if (!answer) return;
  facts.health_status = answer->status;
  facts.is_plntry = answer->status == 200 && answer->body.starts_with("ok");
  facts.server_time = net::parse_http_date(answer->header("Date"));
}

// The connection of somebody who waits: the credentials that it brought end with it.
struct Lobby {
  net::ClientSocket socket;
  json::array ice_servers;
};

// Into a room that nobody else is in, as far as the lobby: no seat is taken (docs/protocol.md §2).
std::optional<Lobby> wait_in_lobby(Outside& facts, Random& random) {
  auto socket = open_page(facts);
  if (!socket) {
    facts.join_refusal = "the port takes no second connection";
    return std::nullopt;
  }
  const TimePoint until = net::now().mono + kPagePatience;
  const std::string request = R"({"secret":")" + random_text(random, 32) + R"(","wait":true})";
  std::array<std::uint8_t, 16> key;
  random.fill(key);
  const auto answer =
      net::ask(*socket, facts.target.authority(), "/api/rooms/" + random_room(random) + "/join",
               "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                   base64_encode(key) + "\r\nSec-WebSocket-Protocol: plntry.v1, join." +
                   base64url_encode(as_bytes(request)) + "\r\n",
               until);
  if (!answer || answer->status != 101) {
    facts.join_refusal = answer ? "HTTP status " + std::to_string(answer->status) : "no answer";
    return std::nullopt;
  }
  const auto frame = net::read_frame(*socket, answer->body, until);
  json::error_code error;
  const json::value value = frame && frame->is_text ? json::parse(frame->text, error) : json::value{};
  if (!value.is_object()) {
    facts.join_refusal = frame && !frame->text.empty() ? frame->text : "no word behind the upgrade";
    return std::nullopt;
  }
  const json::value* servers = value.get_object().if_contains("iceServers");
  if (!servers || !servers->is_array()) {
    facts.join_refusal = text_of(value.get_object(), "text");
    return std::nullopt;
  }
  facts.joined = true;
  return Lobby{std::move(*socket), servers->get_array()};
}

// Credentials for a relay without a page, as the configuration has them.
std::optional<doctor::Account> account_of(const Config& config, WallTime now) {
  const turn::Credentials::Config& known = config.turn.relay.credentials;
  if (!known.users.empty()) return doctor::Account{known.users.front().name, known.users.front().password};
  if (known.secrets.empty()) return std::nullopt;
  auto minted = turn::mint_ephemeral(known.secrets.front(), "doctor", now + 10min);
  return doctor::Account{std::move(minted.username), std::move(minted.password)};
}

json::array as_ice_server(const Url& target, const std::string& url, const std::optional<doctor::Account>& account) {
  json::object server{{"urls", url}};
  if (account && target.is_turn()) server["username"] = account->username, server["credential"] = account->password;
  return {std::move(server)};
}

std::string print(const Url& url) {
  const bool secure = url.scheme == doctor::Scheme::turns || url.scheme == doctor::Scheme::stuns;
  const bool datagrams = url.transport == Transport::udp || url.transport == Transport::dtls;
  return std::string{url.is_turn() ? "turn" : "stun"} + (secure ? "s:" : ":") + url.authority() +
         (datagrams ? "?transport=udp" : "?transport=tcp");
}

}  // namespace

IceTrials try_ice_servers(const std::string& text, const std::vector<IpAddress>& own, Random& random,
                          const std::function<void()>& between) {
  json::error_code error;
  const json::value value = json::parse(text, error);
  IceServers servers(own, random, between);
  if (value.is_array()) servers.take(value.get_array());
  return std::move(servers).run();
}

Outside gather_outside(const Url& target, const Config& config, Random& random) {
  Outside facts;
  facts.target = target;
  facts.time = net::now().wall;
  facts.name = look_up(target.host);
  if (facts.name.addresses.empty()) return facts;
  std::optional<Lobby> lobby;
  json::array servers;
  if (target.is_page()) {
    auto socket = open_page(facts);
    if (!socket) {
      facts.page_failure = socket.error();
      return facts;
    }
    facts.certificate = socket->certificate();
    ask_health(*socket, facts);
    if (facts.is_plntry) lobby = wait_in_lobby(facts, random);
    if (lobby) servers = lobby->ice_servers;
  } else {
    servers = as_ice_server(target, print(target), account_of(config, facts.time));
  }
  const auto stay = [&lobby] {
    if (lobby) net::answer_pings(lobby->socket);
  };
  IceTrials trials = try_ice_servers(json::serialize(servers), facts.name.addresses, random, stay);
  facts.unknown_urls = std::move(trials.unknown_urls);
  facts.unresolved = std::move(trials.unresolved);
  facts.relays = std::move(trials.relays);
  return facts;
}

}  // namespace plntry::app
