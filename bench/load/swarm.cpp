#include "load/swarm.hpp"

#include <algorithm>
#include <array>

#include "load/fail.hpp"
#include "stun/builder.hpp"
#include "stun/message.hpp"
#include "turn/channel_data.hpp"

namespace plntry::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::size_t kPeers = 16;
constexpr std::size_t kWindow = 64;
constexpr auto kRetransmission = 500ms;
constexpr int kMaxTransmissions = 20;
constexpr std::size_t kMaxRequest = 1024;
constexpr std::size_t kMaxMessage = 2048;
constexpr std::uint32_t kMagic = 0x706C6E74;
constexpr std::size_t kStampSize = 12;  // magic, run, client
constexpr auto kMaxCatchUp = 1ms;       // a longer hiccup of the generator would be a burst that nobody asked for
constexpr int kMaxSendsInARow = 4;      // then what was delivered has its turn
constexpr auto kSweep = 300us;          // each socket is looked at no more often than this
constexpr auto kSilence = 100ms;        // nothing more is coming

struct Pending {
  std::size_t client;
  std::vector<std::uint8_t> request;
  Clock::time_point sent;
  int transmissions = 1;
};

double in_seconds(nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Swarm::Swarm(std::uint16_t server, Account account, Shape shape)
    : server_(server), account_(std::move(account)), shape_(shape), random_(server) {
  if (shape_.payload < kStampSize) fail("a payload is too small for its stamp");
  for (std::size_t i = 0; i < kPeers; ++i) peers_.push_back(std::make_unique<UdpPort>());
}

void Swarm::allocate(std::size_t count) {
  const std::size_t begin = clients_.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::unique_ptr<Link> link;
    if (shape_.mode == Mode::tcp) {
      link = std::make_unique<TcpLink>(server_);
    } else {
      auto port = std::make_unique<UdpPort>();
      port->connect(server_);
      link = std::move(port);
    }
    clients_.push_back(std::make_unique<Client>(std::move(link), TurnClient(account_, random_)));
  }
  advance(begin, &TurnClient::is_allocated);
}

void Swarm::open() { advance(0, &TurnClient::is_open); }

void Swarm::advance(std::size_t begin, bool (TurnClient::*is_done)() const) {
  const auto ask = [&](std::size_t index) {
    Client& client = *clients_[index];
    std::array<std::uint8_t, kMaxRequest> buffer;
    const Endpoint peer = client.turn.is_allocated() ? peer_of(index) : Endpoint{};
    const Bytes request = client.turn.request(buffer, peer, shape_.mode != Mode::indications);
    client.link->send(request, 1, false);
    return Pending{.client = index, .request = {request.begin(), request.end()}, .sent = Clock::now()};
  };
  std::vector<Pending> pending;
  std::size_t next = begin;
  for (;;) {
    while (pending.size() < kWindow && next < clients_.size()) pending.push_back(ask(next++));
    if (pending.empty()) return;
    for (std::size_t i = 0; i < pending.size();) {
      Client& client = *clients_[pending[i].client];
      bool is_answered = false;
      client.link->receive([&](Bytes message) { is_answered |= client.turn.handle(message); });
      if (is_answered && (client.turn.*is_done)()) {
        std::swap(pending[i], pending.back());
        pending.pop_back();
        continue;
      }
      if (is_answered) pending[i] = ask(pending[i].client);
      if (Clock::now() - pending[i].sent > kRetransmission) {
        if (++pending[i].transmissions > kMaxTransmissions) fail("the server does not answer");
        client.link->send(pending[i].request, 1, false);
        pending[i].sent = Clock::now();
      }
      ++i;
    }
  }
}

Endpoint Swarm::peer_of(std::size_t client) const {
  if (shape_.mode == Mode::relayed) return clients_[client ^ 1]->turn.relayed();
  return peers_[client % kPeers]->local();
}

std::vector<std::uint8_t> Swarm::payload_of(std::size_t client) const {
  std::vector<std::uint8_t> payload(shape_.payload, 0xA5);
  store_be32(payload, 0, kMagic);
  store_be32(payload, 4, run_);
  store_be32(payload, 8, static_cast<std::uint32_t>(client));
  return payload;
}

std::vector<std::uint8_t> Swarm::message_of(std::size_t client, Bytes payload) const {
  if (shape_.mode != Mode::indications) {
    std::vector<std::uint8_t> message(turn::kChannelDataHeaderSize);
    store_be16(message, 0, kChannel);
    store_be16(message, 2, static_cast<std::uint16_t>(payload.size()));
    message.insert(message.end(), payload.begin(), payload.end());
    return message;
  }
  std::array<std::uint8_t, kMaxMessage> buffer;
  stun::Builder builder(buffer, {stun::Method::send, stun::Class::indication}, {});
  builder.add_xor_address(stun::Attribute::xor_peer_address, peer_of(client));
  builder.add(stun::Attribute::data, payload);
  const auto message = builder.finish();
  if (!message) fail("a payload is too large");
  return {message->begin(), message->end()};
}

void Swarm::prepare_messages() {
  ++run_;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i]->payload = payload_of(i);
    clients_[i]->message = message_of(i, clients_[i]->payload);
  }
}

Tally Swarm::run(double rate, nanoseconds duration) {
  prepare_messages();
  tally_ = {};
  const std::size_t ports = clients_.size() + peers_.size();
  const auto gap = nanoseconds(static_cast<std::int64_t>(1e9 * shape_.burst / rate));
  const auto begin = Clock::now();
  auto now = begin;
  auto due = begin;
  auto sweep = begin;
  std::uint64_t bursts = 0;
  std::size_t port = 0;
  for (int in_a_row = 0; now < begin + duration; now = Clock::now()) {
    if (now >= due && in_a_row < kMaxSendsInARow) {
      if (now - due > kMaxCatchUp) {
        tally_.skipped_seconds += in_seconds(now - due);
        due = now;
      }
      send_burst(bursts++);
      due += gap;
      ++in_a_row;
      continue;
    }
    in_a_row = 0;
    if (port < ports) {
      drain(port++);
    } else if (now >= sweep) {
      port = 0;
      sweep = now + kSweep;
    }
  }
  tally_.sent = bursts * shape_.burst;
  tally_.seconds = in_seconds(now - begin);
  drain_until_silent();
  return tally_;
}

void Swarm::send_burst(std::uint64_t turn) {
  const bool both = shape_.direction == Direction::both && shape_.mode != Mode::relayed;
  const bool to_client = both ? turn % 2 == 1 : shape_.direction == Direction::to_client;
  const std::size_t index = (both ? turn / 2 : turn) % clients_.size();
  Client& client = *clients_[index];
  if (to_client) {
    peers_[index % kPeers]->send_to(client.turn.relayed().port, client.payload, shape_.burst, shape_.coalesced);
  } else {
    client.link->send(client.message, shape_.burst, shape_.coalesced);
  }
}

void Swarm::drain(std::size_t port) {
  if (port < clients_.size()) {
    clients_[port]->link->receive([&](Bytes message) { heard_by_client(port, message); });
  } else {
    peers_[port - clients_.size()]->receive([&](Bytes payload) { heard_by_peer(payload); });
  }
}

void Swarm::drain_until_silent() {
  const std::size_t ports = clients_.size() + peers_.size();
  auto heard = Clock::now();
  while (Clock::now() - heard < kSilence) {
    const std::uint64_t before = tally_.to_peers + tally_.to_clients;
    for (std::size_t port = 0; port < ports; ++port) drain(port);
    if (tally_.to_peers + tally_.to_clients != before) heard = Clock::now();
  }
}

std::optional<std::uint32_t> Swarm::sender_of(Bytes payload) const {
  if (payload.size() != shape_.payload || load_be32(payload, 0) != kMagic) fail("a packet arrived changed");
  if (load_be32(payload, 4) != run_) return std::nullopt;
  return load_be32(payload, 8);
}

void Swarm::heard_by_client(std::size_t client, Bytes message) {
  Bytes payload;
  if (shape_.mode == Mode::indications) {
    const auto indication = stun::MessageView::parse(message);
    const auto data = indication ? indication->find(stun::Attribute::data) : std::nullopt;
    if (!data) fail("a client got what is no Data indication");
    payload = *data;
  } else {
    const auto channel_data = turn::parse_channel_data(message);
    if (!channel_data || channel_data->number.wire() != kChannel) fail("a client got what is no ChannelData");
    payload = channel_data->data;
  }
  const auto sender = sender_of(payload);
  if (!sender) return;
  if (*sender != (shape_.mode == Mode::relayed ? client ^ 1 : client)) fail("a packet reached the wrong client");
  tally_.to_clients += 1;
}

void Swarm::heard_by_peer(Bytes payload) {
  if (sender_of(payload)) tally_.to_peers += 1;
}

}  // namespace plntry::bench
