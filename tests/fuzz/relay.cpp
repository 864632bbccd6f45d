// The relay as a state machine: the input is a script of what clients, peers, the clock and the loop do. Requests are
// signed, so that the script reaches what lies behind authentication; their attributes are whatever the script says.
// Beyond the sanitizers' watch: sockets open and close in pairs, nothing goes to a forbidden peer, every message to a
// client is well framed, and the unproven get no more than 1.6 times what they sent.
#include "turn/relay.hpp"

#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/reader.hpp"
#include "stun/binding.hpp"
#include "stun/builder.hpp"
#include "turn/attributes.hpp"

namespace {

using namespace plntry;
using namespace plntry::turn;
using stun::Attribute;
using stun::Builder;
using stun::Class;
using stun::MessageView;
using stun::Method;

void require(bool holds) {
  if (!holds) std::abort();
}

Endpoint endpoint(std::string_view text) { return *Endpoint::parse(text); }

Relay::Config config() {
  Relay::Config config;
  config.credentials.users = {{"alice", "a"}, {"bob", "b"}};
  config.address_v4 = IpAddress::v4(8, 8, 8, 8);
  config.address_v6 = IpAddress::parse("2a00::8");
  config.peers.listeners = {endpoint("8.8.8.8:3478")};
  config.limits.max_permissions = 4;
  config.limits.max_channels = 3;
  config.limits.source_buckets = 16;
  config.mobility = true;
  config.tcp_allocations = true;
  config.limits.max_connections = 3;
  config.loops = 2;
  return config;
}

const std::set<Endpoint> kAllowed{endpoint("9.9.9.9:9"), endpoint("9.9.9.10:9"), endpoint("[2a00::9]:9")};

const Ledger::Config kLedger{
    .first_port = 50000, .last_port = 50009, .max_allocations_per_user = 4, .max_reservations = 2};

class Script {
 public:
  explicit Script(Bytes bytes) : reader_(bytes) {}
  bool is_over() const { return reader_.empty(); }
  std::uint8_t byte() { return reader_.u8().value_or(0); }
  Bytes bytes() {
    const std::size_t size = byte();
    return *reader_.bytes(std::min(size, reader_.rest().size()));
  }

 private:
  Reader reader_;
};

class World {
 public:
  World() : ledger_(kLedger, random_), relay_(config(), ledger_, random_, now_) {
    for (auto& client : clients_) {
      send(client, Method::refresh, [](Builder& b) { b.add_text(Attribute::software, std::string(64, 's')); }, "", "");
    }
  }

  void run(Script script) {
    while (!script.is_over()) {
      Client& client = clients_[script.byte() % clients_.size()];
      switch (script.byte() % 11) {
        case 0:
          from_client(client, script.bytes());
          break;
        case 1:
        case 2:
        case 3:
          request(client, script);
          break;
        case 4:
          indication(client, script);
          break;
        case 5:
          channel_data(client, script);
          break;
        case 6:
          from_peer(script);
          break;
        case 7:
          now_.mono += std::chrono::seconds{script.byte() * script.byte()};
          relay_.handle_timeout(now_.mono);
          break;
        case 8:
          opens_ = script.byte() % 4 != 0;
          break;
        case 9:
          other_loop(client, script);
          break;
        default:
          end(client, script.byte());
          break;
      }
      drain();
    }
    now_.mono += 24h;
    relay_.handle_timeout(now_.mono);
    drain();
    require(guests_.empty() && relay_.allocations() == 0 && open_.empty() && reserved_.empty() &&
            !relay_.next_deadline());
    require(listening_.empty() && connecting_.empty() && connected_.empty());
    require(relay_.counters().connections_opened == relay_.counters().connections_ended);
    const auto state = ledger_.state();
    require(state.allocations == 0 && state.ports_claimed[0] == 0 && state.ports_claimed[1] == 0);
  }

 private:
  struct Client {
    FiveTuple five_tuple;
    std::string nonce;
  };

  // Peers that the script can name: ordinary, forbidden, the relay itself, and its relayed addresses.
  Endpoint peer(Script& script) const {
    static const std::array kPeers{endpoint("9.9.9.9:9"),     endpoint("9.9.9.10:9"),
                                   endpoint("[2a00::9]:9"),   endpoint("127.0.0.1:9"),
                                   endpoint("8.8.8.8:3478"),  endpoint("[::ffff:9.9.9.9]:9"),
                                   endpoint("8.8.8.8:50000"), endpoint("[2a00::8]:50001")};
    const std::uint8_t choice = script.byte();
    Endpoint chosen = kPeers[choice % kPeers.size()];
    if (choice % kPeers.size() >= 6) chosen.port = static_cast<std::uint16_t>(50000 + choice % 10);
    return chosen;
  }

  template <typename Fill>
  void send(Client& client, Method method, Fill fill, std::string_view user, std::string_view password) {
    std::array<std::uint8_t, 4096> buffer;
    transaction_[0] = static_cast<std::uint8_t>(transaction_[0] + 1);
    Builder builder{buffer, {method, Class::request}, transaction_};
    fill(builder);
    if (!user.empty()) {
      builder.add_text(Attribute::username, user);
      builder.add_text(Attribute::realm, "plntry");
      builder.add_text(Attribute::nonce, client.nonce);
      builder.add_password_algorithms(std::array{stun::PasswordAlgorithm::sha256, stun::PasswordAlgorithm::md5});
      builder.add_password_algorithm(stun::PasswordAlgorithm::md5);
      builder.add_integrity_sha256(stun::long_term_key_md5(user, "plntry", password));
    }
    if (const auto built = builder.finish()) from_client(client, *built);
    drain();
  }

  void request(Client& client, Script& script) {
    static constexpr std::array kMethods{Method::allocate, Method::allocate, Method::refresh, Method::create_permission,
                                         Method::channel_bind};
    static constexpr std::array kAttributes{
        Attribute::lifetime,         Attribute::requested_address_family, Attribute::additional_address_family,
        Attribute::even_port,        Attribute::reservation_token,        Attribute::dont_fragment,
        Attribute::xor_peer_address, Attribute::channel_number,           Attribute::fingerprint,
        Attribute::mobility_ticket};
    Method method = kMethods[script.byte() % kMethods.size()];
    const std::uint8_t shape = script.byte();
    const bool is_tcp = (shape & 8) != 0;
    if (is_tcp && method == Method::channel_bind) method = Method::connect;
    if (is_tcp && method == Method::create_permission) method = Method::connection_bind;
    const bool is_bob = (shape & 1) != 0;
    const auto fill = [&](Builder& builder) {
      if (method == Method::allocate && (shape & 2) == 0) {
        builder.add_be32(Attribute::requested_transport, (is_tcp ? 6U : 17U) << 24);
      }
      if (method == Method::connection_bind) {
        const std::uint32_t other_loop = script.byte() % 8 == 0 ? 1U << 24 : 0;
        builder.add_be32(Attribute::connection_id, connection_id_ | other_loop);
      }
      if (method == Method::channel_bind) {
        builder.add_be32(Attribute::channel_number, 0x40000000U | std::uint32_t{script.byte() % 4U} << 16);
      }
      if (method != Method::allocate && method != Method::refresh && method != Method::connection_bind) {
        builder.add_xor_address(Attribute::xor_peer_address, peer(script));
      }
      for (int more = shape >> 6; more > 0; --more) {
        const Attribute type = kAttributes[script.byte() % kAttributes.size()];
        if (type == Attribute::reservation_token && !token_.empty() && script.byte() % 2 == 0) {
          builder.add(type, token_);
        } else if (type == Attribute::mobility_ticket && method == Method::refresh) {
          std::vector<std::uint8_t> shown = script.byte() % 2 == 0 ? ticket_ : older_ticket_;
          if (!shown.empty() && script.byte() % 4 == 0) shown[1] = 1;  // the other loop
          builder.add(type, shown);
        } else if (type != Attribute::fingerprint) {
          builder.add(type, script.bytes());
        }
      }
    };
    send(client, method, fill, is_bob ? "bob" : "alice", (shape & 4) != 0 ? "wrong" : is_bob ? "b" : "a");
  }

  void indication(Client& client, Script& script) {
    std::array<std::uint8_t, 1024> buffer;
    Builder builder{buffer, {Method::send, Class::indication}, transaction_};
    builder.add_xor_address(Attribute::xor_peer_address, peer(script));
    builder.add(Attribute::data, script.bytes());
    if (const auto built = builder.finish()) from_client(client, *built);
  }

  void channel_data(Client& client, Script& script) {
    const std::uint8_t number = script.byte();
    const Bytes data = script.bytes();
    std::vector<std::uint8_t> datagram{0x40, static_cast<std::uint8_t>(number % 4), 0,
                                       static_cast<std::uint8_t>(data.size())};
    datagram.insert(datagram.end(), data.begin(), data.end());
    from_client(client, datagram);
  }

  void from_peer(Script& script) {
    if (open_.empty()) return;
    const RelayId relay = *std::next(open_.begin(), script.byte() % static_cast<int>(open_.size()));
    const Endpoint from = peer(script);
    if (const auto message = relay_.handle_peer(relay, from, script.bytes(), now_.mono)) check(*message);
    if (const auto message = relay_.handle_icmp(relay, from, {3, script.byte(), 0}, now_.mono)) check(*message);
  }

  // The loop beside this one, for clients that move between the two; and peers over TCP.
  void other_loop(Client& client, Script& script) {
    switch (script.byte() % 6) {
      case 0:
        return relay_.handle_released(client.five_tuple, 1);
      case 1:
        is_guest_ = !is_guest_;
        return;
      case 2:
        return connected(script.byte());
      case 3:
        return incoming(script);
      case 4:
        return closed(script.byte());
      default:
        for (const ConnectionId id : connected_) {
          relay_.relay_bytes(id, Direction::to_peer, script.byte(), now_.mono);
          relay_.relay_bytes(id, Direction::to_client, script.byte(), now_.mono);
        }
    }
  }

  void connected(std::uint8_t how) {
    if (connecting_.empty()) return;
    const ConnectionId id = *connecting_.begin();
    connecting_.erase(id);
    const bool succeeds = how % 4 != 0;
    if (succeeds) connected_.insert(id);
    relay_.handle_connected(id, succeeds, now_);
  }

  void incoming(Script& script) {
    if (listening_.empty()) return;
    const auto id = relay_.handle_incoming(*listening_.begin(), peer(script), now_.mono);
    if (id) require(connected_.insert(*id).second);
  }

  void closed(std::uint8_t which) {
    if (connected_.empty()) return;
    const ConnectionId id = *std::next(connected_.begin(), which % static_cast<int>(connected_.size()));
    connected_.erase(id);
    relay_.handle_connection_closed(id);
  }

  void end(const Client& client, std::uint8_t how) {
    if (how % 4 == 0) return relay_.revoke("bob", now_.mono);
    relay_.handle_client_gone(client.five_tuple, now_.mono);
  }

  void from_client(Client& client, Bytes datagram) {
    request_size_ = datagram.size();
    const auto forward = is_guest_ ? relay_.handle_guest(1, client.five_tuple, datagram, now_)
                                   : relay_.handle_client(client.five_tuple, datagram, now_);
    if (!forward) return;
    if (const auto* passed = std::get_if<ToLoop>(&*forward)) return require(passed->loop == 1 && !is_guest_);
    if (const auto* message = std::get_if<ToClient>(&*forward)) return check(*message);
    const auto& to_peer = std::get<ToPeer>(*forward);
    require(open_.contains(to_peer.relay));
    require(kAllowed.contains(to_peer.peer));
  }

  static void check(const ToClient& message) {
    std::vector<std::uint8_t> bytes{message.header().begin(), message.header().end()};
    bytes.insert(bytes.end(), message.data.begin(), message.data.end());
    bytes.resize(bytes.size() + message.padding);
    if (bytes[0] >= 0x40) return require(parse_channel_data(bytes).has_value());
    const auto view = MessageView::parse(bytes);
    require(view && view->method() == Method::data && xor_peer_address(*view));
  }

  void drain() {
    while (const auto effect = relay_.poll_effect()) {
      if (const auto* open = std::get_if<OpenRelay>(&*effect)) {
        if (opens_) require(open_.insert(open->relay).second);
        if (opens_ && open->protocol == RelayProtocol::tcp) listening_.insert(open->relay);
        relay_.handle_relay_opened(open->relay, opens_, now_);
      } else if (const auto* close = std::get_if<CloseRelay>(&*effect)) {
        require(open_.erase(close->relay) == 1);
        listening_.erase(close->relay);
      } else if (const auto* reserve = std::get_if<ReserveRelay>(&*effect)) {
        require(open_.erase(reserve->relay) == 1 && reserved_.insert(reserve->token).second);
      } else if (const auto* adopt = std::get_if<AdoptRelay>(&*effect)) {
        require(reserved_.erase(adopt->token) == 1 && open_.insert(adopt->relay).second);
        relay_.handle_relay_opened(adopt->relay, true, now_);
      } else if (const auto* discard = std::get_if<DiscardReserved>(&*effect)) {
        require(reserved_.erase(discard->token) == 1);
      } else if (const auto* hosted = std::get_if<GuestHosted>(&*effect)) {
        require(guests_.insert(hosted->client).second);
      } else if (const auto* released = std::get_if<GuestReleased>(&*effect)) {
        guests_.erase(released->client);  // or it was none
      } else if (const auto* connect = std::get_if<OpenConnection>(&*effect)) {
        require(listening_.contains(connect->relay) && connecting_.insert(connect->connection).second);
        require(kAllowed.contains(connect->peer) || connect->peer.port >= kLedger.first_port);
      } else if (const auto* join = std::get_if<JoinConnection>(&*effect)) {
        require(connected_.contains(join->connection) && is_stream(join->client.transport));
      } else if (const auto* disconnect = std::get_if<CloseConnection>(&*effect)) {
        connecting_.erase(disconnect->connection);  // or it was made too late
        connected_.erase(disconnect->connection);
      } else if (const auto* move = std::get_if<MoveClient>(&*effect)) {
        require(move->loop == 1 && is_stream(move->client.transport));
      } else if (const auto* reply = std::get_if<Reply>(&*effect)) {
        check(*reply);
      }
    }
  }

  void check(const Reply& reply) {
    const auto view = MessageView::parse(reply.bytes());
    require(view.has_value());
    const bool is_signed = view->message_integrity() || view->message_integrity_sha256();
    if (!is_signed && reply.to.transport == Transport::udp) {
      require(reply.size <= stun::max_answer_size(request_size_, reply.to.client.address.family()));
    }
    for (Client& client : clients_) {
      if (client.five_tuple == reply.to && view->nonce()) client.nonce = *view->nonce();
    }
    if (const auto ticket = view->find(Attribute::mobility_ticket)) {
      older_ticket_ = std::exchange(ticket_, {ticket->begin(), ticket->end()});
    }
    if (const auto id = turn::connection_id(*view)) connection_id_ = *id;
    if (const auto token = view->find(Attribute::reservation_token)) token_.assign(token->begin(), token->end());
  }

  SeededRandom random_{1};
  Now now_{TimePoint{1h}, WallTime{1'700'000'000s}};
  Ledger ledger_;
  Relay relay_;
  std::array<Client, 5> clients_{
      Client{{endpoint("7.7.7.1:1"), endpoint("8.8.8.8:3478"), Transport::udp}, ""},
      Client{{endpoint("7.7.7.2:1"), endpoint("8.8.8.8:3478"), Transport::udp}, ""},
      Client{{endpoint("7.7.7.3:1"), endpoint("8.8.8.8:3478"), Transport::tcp}, ""},
      Client{{endpoint("[2a00::7]:1"), endpoint("[2a00::8]:3478"), Transport::udp}, ""},
      Client{{endpoint("7.7.7.3:2"), endpoint("8.8.8.8:3478"), Transport::tls}, ""},
  };
  stun::TransactionId transaction_{};
  std::set<RelayId> open_;
  std::set<RelayId> listening_;  // of those that are open
  std::set<ConnectionId> connecting_, connected_;
  std::uint32_t connection_id_ = 0;
  std::set<std::uint64_t> reserved_;
  std::set<FiveTuple> guests_;
  std::vector<std::uint8_t> token_;
  std::vector<std::uint8_t> ticket_, older_ticket_;
  std::size_t request_size_ = 0;
  bool opens_ = true;
  bool is_guest_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World{}.run(Script{{data, size}});
  return 0;
}
