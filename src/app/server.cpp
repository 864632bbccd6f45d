#include "app/server.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "app/usage_meter.hpp"
#include "base/crypto.hpp"
#include "net/listen.hpp"
#include "net/system_random.hpp"

namespace plntry::app {
namespace {

// Port 0 becomes a free one, and so on: whatever must be known before the rest can be decided.
Config claimed(Config config) {
  for (Endpoint& endpoint : config.listen) endpoint = net::claim(endpoint);
  if (config.threads == 0) config.threads = std::max(1U, std::thread::hardware_concurrency());
  config.limits.trusted_proxies = config.http.trusted_proxies = config.trusted_proxies;
  return config;
}

// Peers are never this server itself, by whichever of its addresses: the public ones too, which a 1:1 NAT leads back
// to it.
std::vector<Endpoint> own_endpoints(const std::vector<Endpoint>& listen, const RelayPlace& place,
                                    const DiscoveryPlace& discovery) {
  std::vector<Endpoint> own = listen;
  std::vector<IpAddress> addresses = net::local_addresses();
  if (place.v4) addresses.push_back(place.v4->shown);
  if (place.v6) addresses.push_back(place.v6->shown);
  for (const Endpoint& endpoint : listen) {
    for (const IpAddress& address : addresses) own.push_back({address, endpoint.port});
  }
  for (const auto& each : discovery.each) {
    for (const std::uint16_t port : each.ports) {
      for (const auto& addresses_of : {each.bound, each.shown}) {
        for (const IpAddress& address : addresses_of) own.push_back({address, port});
      }
    }
  }
  return own;
}

void complete_relay(Config& config, const RelayPlace& place, const DiscoveryPlace& discovery, Random& random) {
  turn::Relay::Config& relay = config.turn.relay;
  if (place.v4) relay.address_v4 = place.v4->shown, config.turn.sockets.bind_v4 = place.v4->bound;
  if (place.v6) relay.address_v6 = place.v6->shown, config.turn.sockets.bind_v6 = place.v6->bound;
  relay.nat_discovery = discovery.each;
  relay.peers.listeners = own_endpoints(config.listen, place, discovery);
  relay.software = "plntry " PLNTRY_VERSION;
  config.turn.can_segment = net::can_segment();
  std::array<std::uint8_t, 32> secret;
  random.fill(secret);
  std::vector<std::string>& secrets = relay.credentials.secrets;
  // Nonces of a server that is started again with the same secret stay good.
  relay.nonce_secret = secrets.empty() ? secret : hmac_sha256(as_bytes(secrets.front()), as_bytes("nonce"));
  if (secrets.empty()) secrets.push_back(base64url_encode(secret));
}

Config completed(Config config, const RelayPlace& place, const DiscoveryPlace& discovery) {
  net::SystemRandom random;
  config.signaling.hash_seed = random.u64();
  complete_relay(config, place, discovery, random);
  if (config.ice.port == 0) config.ice.port = net::port_for_browsers(config.listen);
  config.ice.relay = config.relay == Relaying::on && place.is_anywhere();
  config.ice.relay_secret = config.turn.relay.credentials.secrets.front();
  return config;
}

net::Tls::Config tls_config(const Config& config) {
  net::Tls::Config tls = config.tls;
  tls.addresses = config.public_addresses;
  return tls;
}

}  // namespace

Server::Server(Config config)
    : config_(claimed(std::move(config))),
      place_(place_relay(config_)),
      discovery_(place_discovery(config_)),
      limits_(config_.limits, net::SystemRandom{}.u64()),
      assets_(config_.web_root),
      tls_(tls_config(config_)) {
  config_ = completed(std::move(config_), place_, discovery_);
  config_.http.has_tls = tls_.is_on();
  config_.ice.tls = tls_.is_on() && !config_.tls.self_signed;  // browsers refuse turns: with such a certificate
  books_ = open_books(config_);
  for (unsigned i = 0; i < config_.threads; ++i) loops_.push_back(std::make_unique<net::Loop>(i, config_.tick));
  turn_ = std::make_unique<net::TurnLoops>(loops_, config_.turn, config_.ledger);
  ice_ = std::make_unique<net::IceServers>(config_.ice);
  signalling_ = std::make_unique<net::Signalling>(*loops_.front(), config_.signaling, *ice_,
                                                  [this](std::string_view user) { turn_->revoke(user); });
  http_ = std::make_unique<net::Http>(config_.http, config_.websocket, assets_, metrics_, *signalling_, *turn_, limits_,
                                      draining_);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    for (const Endpoint& endpoint : config_.listen) {
      net::TurnLoop& turn = *turn_->each()[i];
      front_doors_.push_back(std::make_unique<net::FrontDoor>(config_.front_door, config_.turn_stream, tls_, turn,
                                                              net::listen_tcp(loops_[i]->executor(), endpoint), limits_,
                                                              *http_, metrics_));
      turn_udp_.push_back(std::make_unique<net::TurnUdp>(turn, net::bind_udp(endpoint), endpoint, tls_, limits_,
                                                         config_.dtls, metrics_));
    }
    for (const Endpoint& endpoint : discovery_.extra) {
      discovery_udp_.push_back(
          std::make_unique<net::DiscoveryUdp>(*turn_->each()[i], net::bind_udp(endpoint), endpoint));
    }
  }
}

Server::~Server() {
  stop();
  turn_udp_.clear();
  discovery_udp_.clear();
  front_doors_.clear();
  turn_.reset();
  signalling_.reset();
  // The hub's loop first: what other loops have handed over still refers to them.
  for (auto& loop : loops_) loop.reset();
}

void Server::start() {
  for (const auto& door : front_doors_) door->start();
  turn_->start();
  for (const auto& loop : loops_) loop->start();
}

void Server::drain() {
  draining_ = true;
  for (const auto& door : front_doors_) door->stop();
  signalling_->drain();
}

void Server::stop() {
  for (const auto& loop : loops_) loop->stop();
  turn_->meter_rest();
  books_->flush();
}

}  // namespace plntry::app
