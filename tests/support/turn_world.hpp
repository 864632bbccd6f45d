// A relay with its loop and its clients, in virtual time: what the loop would do with effects is done here, and what
// it would send is kept for the test to look at.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/turn_client.hpp"
#include "turn/relay.hpp"

namespace plntry::test {

using namespace std::chrono_literals;

inline turn::Relay::Config relay_config() {
  turn::Relay::Config config;
  config.credentials.realm = "example.org";
  config.credentials.users = {{"alice", "secret-a"}, {"bob", "secret-b"}};
  config.credentials.secrets = {"shared"};
  config.nonce_secret.fill(7);
  config.address_v4 = IpAddress::v4(192, 0, 2, 15);
  config.address_v6 = IpAddress::parse("2001:db8::15");
  // The documentation ranges stand for the internet in tests.
  config.peers.allow = {*Prefix::parse("198.51.100.0/24"), *Prefix::parse("203.0.113.0/24"),
                        *Prefix::parse("2001:db8:1::/48")};
  config.peers.listeners = {endpoint("192.0.2.15:3478"), endpoint("[2001:db8::15]:3478")};
  return config;
}

// What the loops of one server share: the ledger, and the sockets that wait under a reservation's token.
struct Server {
  explicit Server(const turn::Ledger::Config& config = {}) : ledger(config, random) {}

  SeededRandom random{2};
  turn::Ledger ledger;
  std::map<std::uint64_t, turn::OpenRelay> reserved;
};

class World {
 public:
  explicit World(turn::Relay::Config config = relay_config(), const turn::Ledger::Config& ledger = {})
      : World(std::make_shared<Server>(ledger), std::move(config)) {}
  // One more loop of a server.
  explicit World(std::shared_ptr<Server> shared, turn::Relay::Config config = relay_config())
      : server(std::move(shared)), relay(std::move(config), server->ledger, random_, now) {}

  void advance(Duration duration) {
    const TimePoint end = now.mono + duration;
    for (auto next = relay.next_deadline(); next && *next <= end; next = relay.next_deadline()) {
      step_to(std::max(*next, now.mono));
      relay.handle_timeout(now.mono);
      run_effects();
    }
    step_to(end);
  }

  std::optional<turn::Forward> from_client(const turn::FiveTuple& client, Bytes datagram) {
    auto forward = relay.handle_client(client, datagram, now);
    run_effects();
    return forward;
  }

  // What the loop does with effects.
  void run_effects() {
    while (auto effect = relay.poll_effect()) {
      if (auto* reply = std::get_if<turn::Reply>(&*effect)) {
        replies[reply->to].push_back({{reply->bytes().begin(), reply->bytes().end()}});
      } else if (auto* found = std::get_if<turn::DiscoveryReply>(&*effect)) {
        discovered.push_back(std::move(*found));
      } else if (auto* open = std::get_if<turn::OpenRelay>(&*effect)) {
        opened_ports.push_back(open->port);
        const bool opens = !hold_opening && !refuses_port(*open);
        if (opens) sockets[open->relay] = *open;
        if (!hold_opening) relay.handle_relay_opened(open->relay, opens, now);
        if (hold_opening) held.push_back(*open);
      } else if (auto* close = std::get_if<turn::CloseRelay>(&*effect)) {
        EXPECT_EQ(sockets.erase(close->relay), 1u) << "a relay was closed that was not open";
      } else if (auto* reserve = std::get_if<turn::ReserveRelay>(&*effect)) {
        server->reserved.emplace(reserve->token, sockets.extract(reserve->relay).mapped());
      } else if (auto* adopt = std::get_if<turn::AdoptRelay>(&*effect)) {
        const auto socket = server->reserved.extract(adopt->token);
        if (socket) sockets[adopt->relay] = socket.mapped();
        relay.handle_relay_opened(adopt->relay, !socket.empty(), now);
      } else if (auto* discard = std::get_if<turn::DiscardReserved>(&*effect)) {
        EXPECT_EQ(server->reserved.erase(discard->token), 1u) << "a reservation was discarded that is not there";
      } else if (auto* host = std::get_if<turn::GuestHosted>(&*effect)) {
        hosted.push_back(*host);
      } else if (auto* release = std::get_if<turn::GuestReleased>(&*effect)) {
        released.push_back(*release);
      } else if (auto* left = std::get_if<turn::GuestGone>(&*effect)) {
        gone.push_back(*left);
      } else if (auto* connect = std::get_if<turn::OpenConnection>(&*effect)) {
        connecting.push_back(*connect);
      } else if (auto* join = std::get_if<turn::JoinConnection>(&*effect)) {
        joined.push_back(*join);
      } else if (auto* disconnect = std::get_if<turn::CloseConnection>(&*effect)) {
        disconnected.push_back(disconnect->connection);
      } else if (auto* move = std::get_if<turn::MoveClient>(&*effect)) {
        moved.push_back(*move);
      } else if (auto* added = std::get_if<turn::RouteAdded>(&*effect)) {
        routes_added.push_back(*added);
      } else if (auto* removed = std::get_if<turn::RouteRemoved>(&*effect)) {
        routes_removed.push_back(*removed);
      } else if (auto* over = std::get_if<turn::AllocationEnded>(&*effect)) {
        ended.push_back(*over);
      }
    }
  }

  // The socket at a relayed address.
  turn::RelayId relay_at(const Endpoint& relayed) const {
    for (const auto& [id, socket] : sockets) {
      if (socket.port == relayed.port && socket.family == relayed.address.family()) return id;
    }
    ADD_FAILURE() << "nothing is open at " << relayed.to_string();
    return {};
  }

  SeededRandom random_{1};
  Now now{TimePoint{1h}, WallTime{1'700'000'000s}};
  std::shared_ptr<Server> server;
  turn::Relay relay;
  std::map<turn::FiveTuple, std::deque<Response>> replies;
  std::vector<turn::DiscoveryReply> discovered;
  std::map<turn::RelayId, turn::OpenRelay> sockets;
  std::vector<std::uint16_t> opened_ports;
  std::vector<turn::OpenRelay> held;
  std::vector<turn::RouteAdded> routes_added;
  std::vector<turn::RouteRemoved> routes_removed;
  std::vector<turn::AllocationEnded> ended;
  std::vector<turn::GuestHosted> hosted;
  std::vector<turn::GuestReleased> released;
  std::vector<turn::GuestGone> gone;
  std::vector<turn::OpenConnection> connecting;
  std::vector<turn::JoinConnection> joined;
  std::vector<turn::ConnectionId> disconnected;
  std::vector<turn::MoveClient> moved;
  bool hold_opening = false;
  std::function<bool(const turn::OpenRelay&)> refuses_port = [](const turn::OpenRelay&) { return false; };

 private:
  void step_to(TimePoint time) {
    elapsed_ += time - now.mono;
    now.mono = time;
    now.wall = WallTime{1'700'000'000s} + std::chrono::floor<std::chrono::seconds>(elapsed_);
  }

  Duration elapsed_{};
};

// A client of that relay.
class Client : public TurnClient {
 public:
  Client(World& world, std::string_view address, turn::Transport transport = turn::Transport::udp)
      : five_tuple{endpoint(address), endpoint("192.0.2.15:3478"), transport}, world_(world) {
    store_be16(transaction_, 4, five_tuple.client.port);  // no two clients use the same ids
  }

  std::optional<Response> send_raw(Bytes datagram) override {
    world_.from_client(five_tuple, datagram);
    return take_reply();
  }
  std::optional<Response> take_reply() {
    auto& queue = world_.replies[five_tuple];
    if (queue.empty()) return std::nullopt;
    Response response = std::move(queue.front());
    queue.pop_front();
    return response;
  }

  std::optional<Response> create_permission(std::initializer_list<std::string_view> peers) {
    std::vector<Endpoint> endpoints;
    for (const auto peer : peers) endpoints.push_back(endpoint(peer));
    return permit(endpoints);
  }
  std::optional<Response> bind_channel(std::uint16_t number, std::string_view peer) {
    return bind(number, endpoint(peer));
  }
  std::optional<turn::Forward> send_channel_data(std::uint16_t number, std::string_view data) {
    last_datagram.assign(4, 0);
    store_be16(last_datagram, 0, number);
    store_be16(last_datagram, 2, static_cast<std::uint16_t>(data.size()));
    last_datagram.insert(last_datagram.end(), data.begin(), data.end());
    return world_.from_client(five_tuple, last_datagram);
  }
  std::optional<turn::Forward> send_indication(
      std::string_view peer, std::string_view data, const Fill& more = [](Builder&) {}) {
    last_datagram.resize(2048);
    Builder builder{last_datagram, {Method::send, Class::indication}, transaction_};
    builder.add_xor_address(Attribute::xor_peer_address, endpoint(peer));
    builder.add_text(Attribute::data, data);
    more(builder);
    const Bytes built = builder.finish().value();
    return world_.from_client(five_tuple, built);
  }

  turn::FiveTuple five_tuple;
  std::vector<std::uint8_t> last_datagram;

 private:
  World& world_;
};

// What went toward a peer: "data → peer", or why nothing did.
inline std::string sent_to_peer(const std::optional<turn::Forward>& forward) {
  if (!forward) return "nothing";
  if (const auto* to_peer = std::get_if<turn::ToPeer>(&*forward)) {
    return text(to_peer->data) + " > " + to_peer->peer.to_string();
  }
  return "to a client";
}

// A message to a client as it goes onto the wire.
inline std::vector<std::uint8_t> on_the_wire(const turn::ToClient& message) {
  std::vector<std::uint8_t> bytes{message.header().begin(), message.header().end()};
  bytes.insert(bytes.end(), message.data.begin(), message.data.end());
  bytes.resize(bytes.size() + message.padding);
  return bytes;
}

}  // namespace plntry::test
