#include "app/doctor_relay.hpp"

#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "net/client_socket.hpp"
#include "net/clock.hpp"
#include "stun/stream_framer.hpp"

namespace plntry::app {
namespace {

using doctor::Outcome;
using doctor::RelayFacts;
using doctor::TurnClient;

constexpr Duration kConnectPatience = 3s;
constexpr Duration kStreamPatience = 3s;
constexpr Duration kDataPatience = 300ms;
constexpr unsigned kDataTries = 4;
constexpr std::array<Duration, 3> kRetransmissions{400ms, 700ms, 1'200ms};  // over UDP

using Message = std::vector<std::uint8_t>;

// A client's line to the server: whole messages, requests with their answers, and data as it comes.
class Line {
 public:
  Line(net::ClientSocket socket, const doctor::Account& account, Random& random)
      : client_(account, random),
        socket_(std::move(socket)),
        framer_({.max_message_size = TurnClient::kMaxSize, .framing = stun::Framing::stun_and_channel_data}) {}

  TurnClient& client() { return client_; }
  const net::ClientSocket& socket() const { return socket_; }

  // `make` writes the request; anew for each challenge that it meets.
  template <typename Make>
  Outcome exchange(Make make) {
    Outcome outcome;
    do {
      std::array<std::uint8_t, TurnClient::kMaxSize> out;
      const Bytes request = make(client_, MutableBytes{out});
      outcome = await_answer(request);
    } while (client_.is_challenge(outcome));
    return outcome;
  }

  void send(const Endpoint& peer, Bytes data) {
    std::array<std::uint8_t, TurnClient::kMaxSize> out;
    socket_.send(client_.send(out, peer, data));
  }

  // The peer that sent `wanted`.
  std::optional<Endpoint> await_data(Bytes wanted, TimePoint until) {
    for (;;) {
      while (!data_.empty()) {
        const Message message = std::move(data_.front());
        data_.pop_front();
        const auto data = TurnClient::data_in(message);
        if (data && std::ranges::equal(data->second, wanted)) return data->first;
      }
      auto message = next(until);
      if (!message) return std::nullopt;
      data_.push_back(std::move(*message));
    }
  }

 private:
  static constexpr std::size_t kDataMax = 64;  // kept while an answer is waited for

  Outcome await_answer(Bytes request) {
    for (const Duration patience : kRetransmissions) {
      socket_.send(request);
      const TimePoint until = net::now().mono + (socket_.is_stream() ? kStreamPatience : patience);
      while (auto message = next(until)) {
        if (const auto outcome = client_.handle(*message)) return *outcome;
        if (data_.size() < kDataMax) data_.push_back(std::move(*message));
      }
      if (socket_.is_stream()) break;
    }
    return {.kind = Outcome::Kind::no_answer, .code = 0, .phrase = {}};
  }

  std::optional<Message> next(TimePoint until) {
    if (!socket_.is_stream()) {
      Message datagram(TurnClient::kMaxSize);
      const auto size = socket_.receive(datagram, until);
      if (!size) return std::nullopt;
      datagram.resize(*size);
      return datagram;
    }
    for (;;) {
      const auto whole = framer_.next();
      if (!whole) return std::nullopt;  // what comes is no STUN
      if (*whole) return Message((*whole)->begin(), (*whole)->end());
      const MutableBytes space = framer_.space();
      const auto size = socket_.receive(space, until);
      if (!size) return std::nullopt;
      framer_.commit(*size);
    }
  }

  TurnClient client_;
  net::ClientSocket socket_;
  stun::StreamFramer framer_;
  std::deque<Message> data_;
};

Message word(Random& random) {
  Message bytes(32);
  random.fill(bytes);
  return bytes;
}

std::expected<Line, doctor::Failure> open(const RelayTrial& trial, Random& random) {
  auto socket = net::ClientSocket::open({trial.url.transport, trial.server, trial.url.host}, kConnectPatience);
  if (!socket) return std::unexpected(socket.error());
  return Line(std::move(*socket), trial.account.value_or(doctor::Account{}), random);
}

// In the family by which the server was reached, or in IPv4, which every relay has.
Outcome allocate(Line& line, const RelayTrial& trial) {
  constexpr std::uint16_t kNoSuchFamily = 440;
  const auto in = [&](IpFamily family) {
    return line.exchange([&](TurnClient& client, MutableBytes out) { return client.allocate(out, family); });
  };
  Outcome outcome = in(trial.server.address.family());
  if (trial.server.address.is_v6() && outcome.code == kNoSuchFamily) outcome = in(IpFamily::v4);
  return outcome;
}

Outcome permit(Line& line, const IpAddress& peer) {
  return line.exchange([&](TurnClient& client, MutableBytes out) { return client.permit(out, peer); });
}

// `from` sends toward `to` until that has it.
bool carries(Line& from, Line& to, Random& random) {
  const Message sent = word(random);
  for (unsigned i = 0; i < kDataTries; ++i) {
    from.send(*to.client().relayed(), sent);
    if (to.await_data(sent, net::now().mono + kDataPatience)) return true;
  }
  return false;
}

void try_between(Line& first, const RelayTrial& trial, RelayFacts& facts, Random& random) {
  auto second = open(trial, random);
  if (!second) return;
  facts.second = allocate(*second, trial);
  if (!facts.second.succeeded() || !second->client().relayed()) return;
  facts.permission_between = permit(first, second->client().relayed()->address);
  if (facts.permission_between.succeeded()) {
    facts.permission_between = permit(*second, first.client().relayed()->address);
  }
  if (facts.permission_between.succeeded()) {
    facts.round_trip = carries(first, *second, random) && carries(*second, first, random);
  }
  second->exchange([](TurnClient& client, MutableBytes out) { return client.release(out); });
}

// Where `socket` is seen, if the server answers it.
std::optional<Endpoint> mapped_of(const net::OpenUdpSocket& socket, const Endpoint& server, Random& random) {
  TurnClient client({}, random);
  std::array<std::uint8_t, TurnClient::kMaxSize> buffer;
  const Message request = [&] {
    const Bytes bytes = client.binding(buffer);
    return Message(bytes.begin(), bytes.end());
  }();
  for (unsigned i = 0; i < kDataTries; ++i) {
    socket.send(server, request);
    const TimePoint until = net::now().mono + kDataPatience;
    while (const auto got = socket.receive(buffer, until)) {
      if (client.handle(Bytes{buffer}.first(got->second))) return client.mapped();
    }
  }
  return std::nullopt;
}

// This machine as a peer, with nothing between it and the relayed address but the networks. It speaks first, which
// opens its own router's way for the answer.
void try_here(Line& line, const RelayTrial& trial, RelayFacts& facts, Random& random) {
  const Endpoint relayed = *line.client().relayed();
  if (!facts.mapped || relayed.address.family() != facts.mapped->address.family()) return;
  facts.permission_here = permit(line, facts.mapped->address);
  if (!facts.permission_here.succeeded()) return;
  const net::OpenUdpSocket here(relayed.address.family());
  std::optional<Endpoint> seen = mapped_of(here, trial.server, random);
  const Message to_relay = word(random);
  for (unsigned i = 0; i < kDataTries && !facts.reached_relay; ++i) {
    here.send(relayed, to_relay);
    if (const auto from = line.await_data(to_relay, net::now().mono + kDataPatience)) {
      facts.reached_relay = true;
      seen = from;
    }
  }
  if (!seen) return;
  const Message to_us = word(random);
  for (unsigned i = 0; i < kDataTries && !facts.reached_us; ++i) {
    line.send(*seen, to_us);
    std::array<std::uint8_t, TurnClient::kMaxSize> buffer;
    const TimePoint until = net::now().mono + kDataPatience;
    while (const auto got = here.receive(buffer, until)) {
      if (!std::ranges::equal(Bytes{buffer}.first(got->second), to_us)) continue;
      facts.reached_us = true;
      facts.came_from = got->first;
      break;
    }
  }
}

}  // namespace

RelayFacts try_relay(const RelayTrial& trial, Random& random) {
  RelayFacts facts;
  facts.url = trial.url;
  facts.server = trial.server;
  facts.is_own = trial.is_own;
  facts.is_optional = trial.is_optional;
  facts.has_account = trial.account.has_value();
  auto line = open(trial, random);
  if (!line) {
    facts.failure = line.error();
    return facts;
  }
  facts.certificate = line->socket().certificate();
  facts.binding = line->exchange([](TurnClient& client, MutableBytes out) { return client.binding(out); });
  facts.mapped = line->client().mapped();
  if (!facts.binding.succeeded() || !trial.url.is_turn() || !trial.account) return facts;
  const TimePoint began = net::now().mono;
  facts.allocation = allocate(*line, trial);
  facts.took = net::now().mono - began;
  facts.relayed = line->client().relayed();
  if (!facts.allocation.succeeded() || !facts.relayed) return facts;
  try_between(*line, trial, facts, random);
  if (trial.with_peer) try_here(*line, trial, facts, random);
  line->exchange([](TurnClient& client, MutableBytes out) { return client.release(out); });
  return facts;
}

}  // namespace plntry::app
