#include "core_target.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "stun/stream_framer.hpp"
#include "support/turn_world.hpp"

namespace plntry::test {
namespace {

turn::Relay::Config core_config() {
  auto config = relay_config();
  config.software = "plntry";
  config.tcp_allocations = true;
  return config;
}

std::string numbered(std::string_view prefix, unsigned number) { return std::string{prefix} + std::to_string(number); }

class CoreTarget final : public Target {
 public:
  explicit CoreTarget(turn::Transport transport) : transport_(transport) {}

  std::unique_ptr<Line> connect() override;
  std::unique_ptr<Peer> open_peer(IpFamily family, unsigned host) override;
  std::unique_ptr<TcpPeer> open_tcp_peer() override;
  const Access& access() const override { return access_; }

  void from_client(const turn::FiveTuple& client, Bytes message) {
    const auto forward = world.from_client(client, message);
    settle_connections();
    if (!forward) return;
    if (const auto* to_client = std::get_if<turn::ToClient>(&*forward)) return deliver(*to_client);
    const auto& to_peer = std::get<turn::ToPeer>(*forward);
    const auto mailbox = mailboxes.find(to_peer.peer);
    if (mailbox != mailboxes.end()) {
      mailbox->second.push_back({address_of(to_peer.relay), text(to_peer.data)});
      return;
    }
    // Nobody is there: port unreachable.
    const bool is_v4 = to_peer.peer.address.is_v4();
    const turn::IcmpError error{is_v4 ? std::uint8_t{3} : std::uint8_t{1}, is_v4 ? std::uint8_t{3} : std::uint8_t{4},
                                0};
    const auto told = world.relay.handle_icmp(to_peer.relay, to_peer.peer, error, world.now.mono);
    if (told) deliver(*told);
  }
  void from_peer(const Endpoint& peer, const Endpoint& relayed, std::string_view data) {
    const auto socket =
        std::ranges::find_if(world.sockets, [&](const auto& entry) { return at(entry.second) == relayed; });
    if (socket == world.sockets.end()) return;
    const auto message = world.relay.handle_peer(socket->first, peer, as_bytes(data), world.now.mono);
    if (message) deliver(*message);
  }

  World world{core_config()};
  std::map<Endpoint, std::deque<Datagram>> mailboxes;
  std::set<Endpoint> listening;

 private:
  static Endpoint at(const turn::OpenRelay& socket) {
    const auto config = relay_config();
    return {socket.family == IpFamily::v4 ? *config.address_v4 : *config.address_v6, socket.port};
  }
  Endpoint address_of(turn::RelayId relay) const { return at(world.sockets.at(relay)); }
  // Whoever does not listen refuses.
  void settle_connections() {
    for (const turn::OpenConnection& each : std::exchange(world.connecting, {})) {
      world.relay.handle_connected(each.connection, listening.contains(each.peer), world.now);
    }
    world.run_effects();
  }
  void deliver(const turn::ToClient& message) { world.replies[message.client].push_back({on_the_wire(message)}); }

  turn::Transport transport_;
  Access access_{.is_ours = true};
  std::uint16_t next_port_ = 9000;
};

class CoreLine final : public Line {
 public:
  CoreLine(CoreTarget& target, const turn::FiveTuple& five_tuple) : target_(target), five_tuple_(five_tuple) {}
  ~CoreLine() override {
    if (is_stream()) target_.world.relay.handle_client_gone(five_tuple_, target_.world.now.mono);
  }

  void send(Bytes bytes) override {
    if (!is_stream()) return target_.from_client(five_tuple_, bytes);
    while (!bytes.empty() && !is_closed_) {
      const MutableBytes space = framer_.space();
      const std::size_t size = std::min(space.size(), bytes.size());
      std::ranges::copy(bytes.first(size), space.begin());
      framer_.commit(size);
      bytes = bytes.subspan(size);
      for (;;) {
        const auto message = framer_.next();
        is_closed_ = !message;
        if (!message || !*message) break;
        target_.from_client(five_tuple_, **message);
      }
    }
  }
  std::optional<Octets> receive(Expect) override {
    auto& queue = target_.world.replies[five_tuple_];
    if (queue.empty()) return std::nullopt;
    Octets message = std::move(queue.front().bytes);
    queue.pop_front();
    return message;
  }
  Endpoint address() const override { return five_tuple_.client; }
  bool is_stream() const override { return five_tuple_.transport != turn::Transport::udp; }
  bool is_closed() const override { return is_closed_; }

 private:
  CoreTarget& target_;
  turn::FiveTuple five_tuple_;
  stun::StreamFramer framer_{{.framing = stun::Framing::stun_and_channel_data}};
  bool is_closed_ = false;
};

class CorePeer final : public Peer {
 public:
  CorePeer(CoreTarget& target, const Endpoint& address) : target_(target), address_(address) {
    target_.mailboxes[address];
  }
  ~CorePeer() override { target_.mailboxes.erase(address_); }
  CorePeer(const CorePeer&) = delete;
  CorePeer& operator=(const CorePeer&) = delete;

  Endpoint address() const override { return address_; }
  void send(const Endpoint& to, std::string_view data) override { target_.from_peer(address_, to, data); }
  std::optional<Datagram> receive(Expect) override {
    auto& mailbox = target_.mailboxes[address_];
    if (mailbox.empty()) return std::nullopt;
    Datagram datagram = std::move(mailbox.front());
    mailbox.pop_front();
    return datagram;
  }

 private:
  CoreTarget& target_;
  Endpoint address_;
};

class CoreTcpPeer final : public TcpPeer {
 public:
  CoreTcpPeer(CoreTarget& target, const Endpoint& address) : target_(target), address_(address) {
    target_.listening.insert(address);
  }
  ~CoreTcpPeer() override { target_.listening.erase(address_); }
  CoreTcpPeer(const CoreTcpPeer&) = delete;
  CoreTcpPeer& operator=(const CoreTcpPeer&) = delete;
  Endpoint address() const override { return address_; }

 private:
  CoreTarget& target_;
  Endpoint address_;
};

std::unique_ptr<TcpPeer> CoreTarget::open_tcp_peer() {
  return std::make_unique<CoreTcpPeer>(*this, Endpoint{IpAddress::v4(203, 0, 113, 1), next_port_++});
}

std::unique_ptr<Line> CoreTarget::connect() {
  return std::make_unique<CoreLine>(
      *this,
      turn::FiveTuple{{*IpAddress::parse("198.51.100.7"), next_port_++}, endpoint("192.0.2.15:3478"), transport_});
}

std::unique_ptr<Peer> CoreTarget::open_peer(IpFamily family, unsigned host) {
  const std::string address =
      family == IpFamily::v4 ? numbered("203.0.113.", 1 + host) : numbered("2001:db8:1::", 1 + host);
  return std::make_unique<CorePeer>(*this, Endpoint{*IpAddress::parse(address), next_port_++});
}

}  // namespace

std::unique_ptr<Target> make_core_target(turn::Transport transport) { return std::make_unique<CoreTarget>(transport); }

}  // namespace plntry::test
