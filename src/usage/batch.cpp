#include "usage/batch.hpp"

#include <algorithm>

namespace plntry::usage {

void Batch::enter(const Record& record, WallTime now) {
  enter(record.transport, {record.relayed, record.ended ? 1U : 0U}, now);
  if (packets_of(record.relayed) == 0) return;  // most calls make an allocation, and find that they need none
  CallKey key{record.user, std::min(record.started, now), record.transport};
  const auto found = calls_.find(key);
  if (found != calls_.end()) {
    add(found->second.relayed, record.relayed);
    found->second.last = std::max(found->second.last, now);
  } else if (calls_.size() < max_call_parts_) {
    calls_.emplace(std::move(key), CallPart{record.relayed, now});
  } else {
    call_parts_dropped_ += 1;
  }
}

void Batch::enter(turn::Transport transport, const Traffic& traffic, WallTime now) {
  if (packets_of(traffic.relayed) == 0 && traffic.allocations == 0) return;
  add(days_[{day_of(now), transport}], traffic);
  if (days_.size() > kMaxDays) days_.erase(days_.begin());
}

void Batch::clear() {
  days_.clear();
  calls_.clear();
}

std::uint64_t Batch::bytes_in(Month month) const {
  std::uint64_t bytes = 0;
  const auto end = days_.upper_bound({last_day(month), turn::Transport::dtls});
  for (auto day = days_.lower_bound({first_day(month), turn::Transport::udp}); day != end; ++day) {
    bytes += bytes_of(day->second.relayed);
  }
  return bytes;
}

}  // namespace plntry::usage
