#include "app/server.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "net/listen.hpp"
#include "net/system_random.hpp"

namespace plntry::app {
namespace {

Config completed(Config config) {
  net::SystemRandom random;
  config.signaling.hash_seed = random.u64();
  for (Endpoint& endpoint : config.listen) endpoint = net::claim(endpoint);
  config.http.stun_port = config.listen.front().port;
  if (config.threads == 0) config.threads = std::max(1U, std::thread::hardware_concurrency());
  return config;
}

}  // namespace

Server::Server(Config config)
    : config_(completed(std::move(config))),
      limits_(config_.limits, net::SystemRandom{}.u64()),
      assets_(config_.web_root) {
  for (unsigned i = 0; i < config_.threads; ++i) loops_.push_back(std::make_unique<net::Loop>(i, config_.tick));
  signalling_ = std::make_unique<net::Signalling>(*loops_.front(), config_.signaling);
  http_ =
      std::make_unique<net::Http>(config_.http, config_.websocket, assets_, metrics_, *signalling_, limits_, draining_);
  for (const auto& loop : loops_) {
    for (const Endpoint& endpoint : config_.listen) {
      front_doors_.push_back(std::make_unique<net::FrontDoor>(config_.front_door, config_.stun_stream, *loop,
                                                              net::listen_tcp(loop->executor(), endpoint), limits_,
                                                              *http_, metrics_));
      stun_.push_back(std::make_unique<net::StunUdp>(*loop, net::bind_udp(loop->executor(), endpoint), metrics_));
    }
  }
}

Server::~Server() {
  stop();
  stun_.clear();
  front_doors_.clear();
  signalling_.reset();
  // The hub's loop first: what other loops have handed over still refers to them.
  for (auto& loop : loops_) loop.reset();
}

void Server::start() {
  for (const auto& door : front_doors_) door->start();
  for (const auto& stun : stun_) stun->start();
  for (const auto& loop : loops_) loop->start();
}

void Server::drain() {
  draining_ = true;
  for (const auto& door : front_doors_) door->stop();
  signalling_->drain();
}

void Server::stop() {
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace plntry::app
