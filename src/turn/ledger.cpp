#include "turn/ledger.hpp"

#include <cassert>
#include <utility>

namespace plntry::turn {

class Ledger::Held {
 public:
  explicit Held(Ledger& ledger) : ledger_(ledger) { ledger_.lock(); }
  ~Held() { ledger_.unlock(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Ledger& ledger_;
};

Ledger::Ledger(const Config& config, Random& random)
    : config_(config),
      total_bandwidth_(config.total_bytes_per_second),
      ports_{PortPool{config.first_port, config.last_port}, PortPool{config.first_port, config.last_port}},
      users_(config.max_allocations_per_user, config.user_bytes_per_second, TextHash{}),
      sources_(config.max_allocations_per_source, config.source_bytes_per_second, EndpointHash{random.u64()}) {}

std::expected<Ledger::Seat, Ledger::Refusal> Ledger::open(std::string_view user, const IpAddress& source,
                                                          TimePoint now) {
  const Held held{*this};
  if (is_revoked(user, now)) return std::unexpected(Refusal::revoked);
  if (config_.allows_new && !config_.allows_new->load(std::memory_order_relaxed)) {
    return std::unexpected(Refusal::over_quota);
  }
  if (!users_.may_open(user) || !sources_.may_open(source)) return std::unexpected(Refusal::over_quota);
  if (config_.max_allocations != 0 && allocations_ >= config_.max_allocations) return std::unexpected(Refusal::full);
  allocations_ += 1;
  return Seat{&users_.open(std::string{user}, now), &sources_.open(source, now)};
}

void Ledger::close(const Seat& seat) {
  const Held held{*this};
  users_.close(*seat.user);
  sources_.close(*seat.source);
  allocations_ -= 1;
}

bool Ledger::move(Seat& seat, const IpAddress& source, TimePoint now) {
  const Held held{*this};
  if (*seat.source->key == source) return true;
  if (!sources_.may_open(source)) return false;
  sources_.close(*std::exchange(seat.source, &sources_.open(source, now)));
  return true;
}

std::optional<std::uint16_t> Ledger::claim(IpFamily family, PortWish wish, Random& random) {
  const Held held{*this};
  PortPool& ports = ports_[index(family)];
  switch (wish) {
    case PortWish::any:
      return ports.claim(random);
    case PortWish::even:
      return ports.claim_even(random);
    case PortWish::even_with_next_reserved:
      break;
  }
  if (reservations_.size() >= config_.max_reservations) return std::nullopt;
  return ports.claim_pair(random);
}

void Ledger::set_relayed(IpFamily family, std::uint16_t port, RelayProtocol protocol) {
  relayed_[index(family, protocol)][port / 64].fetch_or(std::uint64_t{1} << (port % 64), std::memory_order_relaxed);
}

void Ledger::release(IpFamily family, std::uint16_t port) {
  // Before anybody else can claim the port and set the bit for himself.
  for (const RelayProtocol protocol : {RelayProtocol::udp, RelayProtocol::tcp}) {
    relayed_[index(family, protocol)][port / 64].fetch_and(~(std::uint64_t{1} << (port % 64)),
                                                           std::memory_order_relaxed);
  }
  const Held held{*this};
  ports_[index(family)].release(port);
}

std::uint64_t Ledger::reserve(Reserved reserved, Random& random) {
  const Held held{*this};
  for (;;) {
    const std::uint64_t token = random.u64();
    if (reservations_.emplace(token, reserved).second) return token;
  }
}

std::optional<Ledger::Reserved> Ledger::redeem(std::uint64_t token) {
  const Held held{*this};
  const auto reservation = reservations_.extract(token);
  return reservation ? std::optional{reservation.mapped()} : std::nullopt;
}

bool Ledger::discard(std::uint64_t token) {
  const auto reserved = redeem(token);
  if (reserved) release(reserved->family, reserved->port);
  return reserved.has_value();
}

void Ledger::revoke(std::string_view user, TimePoint now) {
  const Held held{*this};
  const TimePoint until = now + config_.revocation_memory;
  revoked_.insert_or_assign(std::string{user}, until);
  revocations_.push_back({until, std::string{user}});
  while (revocations_.front().until <= now || revocations_.size() > config_.max_revoked) {
    const Revocation oldest = std::move(revocations_.front());
    revocations_.pop_front();
    const auto entry = revoked_.find(oldest.user);
    if (entry != revoked_.end() && entry->second == oldest.until) revoked_.erase(entry);  // not revoked again since
    if (revocations_.empty()) break;
  }
}

bool Ledger::is_revoked(std::string_view user, TimePoint now) const {
  const auto found = revoked_.find(user);
  return found != revoked_.end() && now < found->second;
}

Ledger::State Ledger::state() {
  const Held held{*this};
  return {.allocations = allocations_,
          .users = users_.size(),
          .sources = sources_.size(),
          .reservations = reservations_.size(),
          .revoked = revoked_.size(),
          .ports_claimed = {ports_[0].claimed(), ports_[1].claimed()}};
}

}  // namespace plntry::turn
