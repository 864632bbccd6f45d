#include "signaling/admission.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <utility>

namespace plntry::signaling {
namespace {

// A sweep walks the whole table, so it comes at most this often.
constexpr Duration kSweepInterval = 10s;

IpAddress limited_as(const IpAddress& from) {
  const IpAddress address = from.unmapped();
  if (address.is_v4()) return address;
  std::array<std::uint8_t, 16> prefix{};
  std::ranges::copy(address.bytes().first(8), prefix.begin());
  return IpAddress::v6(prefix);
}

}  // namespace

std::expected<void, Refusal> Admission::admit(const IpAddress& from, TimePoint now) {
  if (now >= next_sweep_) sweep(now);
  const IpAddress key = limited_as(from);
  auto found = addresses_.find(key);
  if (found == addresses_.end()) {
    if (addresses_.size() >= config_.max_addresses) {
      return std::unexpected(Refusal{ErrorCode::server_full, config_.retry_when_full});
    }
    found = addresses_.emplace(key, Usage{TokenBucket{config_.joins, now}}).first;
  }
  Usage& usage = found->second;
  if (!usage.joins.take(1, now)) {
    return std::unexpected(Refusal{ErrorCode::flooding, usage.joins.until_available(1, now)});
  }
  if (usage.connections >= config_.connections_per_address) {
    return std::unexpected(Refusal{ErrorCode::too_many_connections, config_.retry_when_full});
  }
  return {};
}

void Admission::connect(const IpAddress& from) {
  const auto found = addresses_.find(limited_as(from));
  assert(found != addresses_.end());  // `admit` made it, and sweeps only run there
  found->second.connections += 1;
}

void Admission::disconnect(const IpAddress& from) {
  const auto found = addresses_.find(limited_as(from));
  assert(found != addresses_.end() && found->second.connections > 0);
  found->second.connections -= 1;
}

void Admission::sweep(TimePoint now) {
  next_sweep_ = now + kSweepInterval;
  std::erase_if(addresses_, [now](const auto& each) {
    Usage usage = each.second;
    return usage.connections == 0 && usage.joins.is_full(now);
  });
}

}  // namespace plntry::signaling
