// A relay with its loop and its clients, in virtual time: what the loop would do with effects is done here, and what
// it would send is kept for the test to look at.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "stun/builder.hpp"
#include "stun/integrity.hpp"
#include "turn/attributes.hpp"
#include "turn/relay.hpp"

namespace plntry::test {

using stun::Attribute;
using stun::Builder;
using stun::Class;
using stun::ErrorCode;
using stun::MessageView;
using stun::Method;
using stun::PasswordAlgorithm;
using namespace std::chrono_literals;

inline Endpoint endpoint(std::string_view text) { return Endpoint::parse(text).value(); }

// A response that a client got; owns its bytes.
struct Response {
  std::vector<std::uint8_t> bytes;

  MessageView view() const { return MessageView::parse(bytes).value(); }
  bool is_success() const { return view().message_class() == Class::success; }
  // 0 for a success.
  int code() const { return is_success() ? 0 : static_cast<int>(view().error_code()->code); }
  std::optional<Endpoint> xor_address(Attribute type) const {
    const auto value = view().find(type);
    return value ? stun::decode_xor_address(*value, view().transaction_id()) : std::nullopt;
  }
  Endpoint relayed() const { return xor_address(Attribute::xor_relayed_address).value(); }
  std::uint32_t lifetime() const { return turn::lifetime_s(view()).value(); }
};

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

class World {
 public:
  explicit World(turn::Relay::Config config = relay_config()) : relay(std::move(config), random_, now) {}

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
      } else if (auto* open = std::get_if<turn::OpenRelay>(&*effect)) {
        opened_ports.push_back(open->port);
        const bool opens = !hold_opening && !refuses_port(*open);
        if (opens) sockets[open->relay] = *open;
        if (!hold_opening) relay.handle_relay_opened(open->relay, opens, now);
        if (hold_opening) held.push_back(*open);
      } else if (auto* close = std::get_if<turn::CloseRelay>(&*effect)) {
        EXPECT_EQ(sockets.erase(close->relay), 1u) << "a relay was closed that was not open";
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
  turn::Relay relay;
  std::map<turn::FiveTuple, std::deque<Response>> replies;
  std::map<turn::RelayId, turn::OpenRelay> sockets;
  std::vector<std::uint16_t> opened_ports;
  std::vector<turn::OpenRelay> held;
  std::vector<turn::RouteAdded> routes_added;
  std::vector<turn::RouteRemoved> routes_removed;
  std::vector<turn::AllocationEnded> ended;
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

// A client that speaks TURN as RFC 8656 and 8489 tell it to.
class Client {
 public:
  using Fill = std::function<void(Builder&)>;

  Client(World& world, std::string_view address, turn::Transport transport = turn::Transport::udp)
      : five_tuple{endpoint(address), endpoint("192.0.2.15:3478"), transport}, world_(world) {}

  // One request and what came back, nothing if nothing did. `fill` adds the method's attributes.
  std::optional<Response> send_request(Method method, const Fill& fill, bool authenticated = true) {
    std::array<std::uint8_t, 2048> buffer;
    transaction_[0] = static_cast<std::uint8_t>(transaction_[0] + !repeat_transaction);
    transaction_[1] = static_cast<std::uint8_t>(five_tuple.client.port);
    Builder builder{buffer, {method, Class::request}, transaction_};
    fill(builder);
    if (authenticated) add_credentials(builder);
    const Bytes built = builder.finish().value();
    last_request.assign(built.begin(), built.end());
    return send_raw(last_request);
  }
  std::optional<Response> send_raw(Bytes datagram) {
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
  // As a client does: with credentials if it has a nonce, again if it is challenged.
  std::optional<Response> request(Method method, const Fill& fill) {
    auto response = send_request(method, fill, !nonce.empty());
    if (response && (response->code() == 401 || response->code() == 438) && learn(*response)) {
      response = send_request(method, fill);
    }
    return response;
  }

  bool learn(const Response& challenge) {
    const auto given = challenge.view().nonce();
    if (!given) return false;
    nonce = *given;
    realm = challenge.view().realm().value();
    offers_algorithms = challenge.view().password_algorithms().has_value();
    return true;
  }

  std::optional<Response> allocate(const Fill& more = [](Builder&) {}) {
    return request(Method::allocate, [&](Builder& builder) {
      builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24);
      more(builder);
    });
  }
  std::optional<Response> refresh(std::optional<std::uint32_t> lifetime = std::nullopt) {
    return request(Method::refresh, [&](Builder& builder) {
      if (lifetime) builder.add_be32(Attribute::lifetime, *lifetime);
    });
  }
  std::optional<Response> create_permission(std::initializer_list<std::string_view> peers) {
    return request(Method::create_permission, [&](Builder& builder) {
      for (const auto peer : peers) builder.add_xor_address(Attribute::xor_peer_address, endpoint(peer));
    });
  }
  std::optional<Response> bind_channel(std::uint16_t number, std::string_view peer) {
    return request(Method::channel_bind, [&](Builder& builder) {
      builder.add_be32(Attribute::channel_number, std::uint32_t{number} << 16);
      builder.add_xor_address(Attribute::xor_peer_address, endpoint(peer));
    });
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
  std::string username = "alice";
  std::string password = "secret-a";
  std::string realm;
  std::string nonce;
  std::optional<PasswordAlgorithm> algorithm;  // chosen if it is offered
  bool offers_algorithms = false;
  bool use_userhash = false;
  bool repeat_transaction = false;
  std::vector<std::uint8_t> last_request;
  std::vector<std::uint8_t> last_datagram;

  Sha256 key_sha256() const { return stun::long_term_key_sha256(username, realm, password); }
  Md5 key_md5() const { return stun::long_term_key_md5(username, realm, password); }

 private:
  void add_credentials(Builder& builder) {
    if (use_userhash) {
      builder.add(Attribute::userhash, stun::userhash_of(username, realm));
    } else {
      builder.add_text(Attribute::username, username);
    }
    builder.add_text(Attribute::realm, realm);
    builder.add_text(Attribute::nonce, nonce);
    if (!algorithm || !offers_algorithms) return builder.add_integrity(key_md5());
    builder.add_password_algorithms(std::array{PasswordAlgorithm::sha256, PasswordAlgorithm::md5});
    builder.add_password_algorithm(*algorithm);
    if (*algorithm == PasswordAlgorithm::sha256) return builder.add_integrity_sha256(key_sha256());
    builder.add_integrity_sha256(key_md5());
  }

  World& world_;
  stun::TransactionId transaction_{};
};

inline std::string text(Bytes bytes) { return std::string{as_text(bytes)}; }

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
