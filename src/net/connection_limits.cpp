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

ConnectionLimits::Ticket ConnectionLimits::admit(const IpAddress& address) {
  const IpAddress subscriber = subscriber_of(address);
  const std::scoped_lock lock(mutex_);
  const auto found = by_address_.find(subscriber);
  const std::uint32_t from_there = found == by_address_.end() ? 0 : found->second;

  Verdict verdict = Verdict::admitted;
  if (from_there >= config_.per_address_max) verdict = Verdict::address_full;
  if (total_ >= config_.total_max) verdict = Verdict::server_full;
  if (from_there >= config_.per_address_max + config_.refusals_max ||
      total_ >= config_.total_max + config_.refusals_max) {
    return {nullptr, subscriber, Verdict::closed};
  }
  total_ += 1;
  by_address_[subscriber] += 1;
  return {this, subscriber, verdict};
}

void ConnectionLimits::release(const IpAddress& address) {
  const std::scoped_lock lock(mutex_);
  total_ -= 1;
  const auto found = by_address_.find(address);
  if (--found->second == 0) by_address_.erase(found);
}

std::uint32_t ConnectionLimits::total() const {
  const std::scoped_lock lock(mutex_);
  return total_;
}

}  // namespace plntry::net
