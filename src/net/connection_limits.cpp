#include "net/connection_limits.hpp"

#include <algorithm>
#include <array>

namespace plntry::net {

IpAddress subscriber_of(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  if (plain.is_v4()) return plain;
  std::array<std::uint8_t, 16> prefix{};
  std::ranges::copy(plain.bytes().first(8), prefix.begin());
  return IpAddress::v6(prefix);
}

std::uint32_t ConnectionLimits::count_of(const IpAddress& subscriber) const {
  const auto found = by_address_.find(subscriber);
  return found == by_address_.end() ? 0 : found->second;
}

ConnectionLimits::Ticket ConnectionLimits::admit(const IpAddress& address) {
  std::optional<IpAddress> subscriber;
  if (!is_trusted(config_.trusted_proxies, address)) subscriber = subscriber_of(address);
  const std::scoped_lock lock(mutex_);
  const std::uint32_t from_there = subscriber ? count_of(*subscriber) : 0;

  Verdict verdict = Verdict::admitted;
  if (from_there >= config_.per_address_max) verdict = Verdict::address_full;
  if (total_ >= config_.total_max) verdict = Verdict::server_full;
  if (from_there >= config_.per_address_max + config_.refusals_max ||
      total_ >= config_.total_max + config_.refusals_max) {
    return {nullptr, subscriber, Verdict::closed};
  }
  total_ += 1;
  if (subscriber) by_address_[*subscriber] += 1;
  return {this, subscriber, verdict};
}

void ConnectionLimits::attribute(Ticket& ticket, const IpAddress& client) {
  const IpAddress subscriber = subscriber_of(client);
  if (ticket.address_ == subscriber) return;
  const std::scoped_lock lock(mutex_);
  if (ticket.address_) forget(*ticket.address_);
  const bool full = count_of(subscriber) >= config_.per_address_max;
  if (full && ticket.verdict_ == Verdict::admitted) ticket.verdict_ = Verdict::address_full;
  by_address_[subscriber] += 1;
  ticket.address_ = subscriber;
}

void ConnectionLimits::forget(const IpAddress& subscriber) {
  const auto found = by_address_.find(subscriber);
  if (--found->second == 0) by_address_.erase(found);
}

void ConnectionLimits::release(const std::optional<IpAddress>& subscriber) {
  const std::scoped_lock lock(mutex_);
  total_ -= 1;
  if (subscriber) forget(*subscriber);
}

std::uint32_t ConnectionLimits::total() const {
  const std::scoped_lock lock(mutex_);
  return total_;
}

}  // namespace plntry::net
