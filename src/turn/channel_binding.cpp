#include "turn/channel_binding.hpp"

#include <algorithm>

namespace plntry::turn {

const ChannelBinding* ChannelBindings::find(ChannelNumber number, TimePoint now) const {
  const auto found = std::ranges::find(bindings_, number, &ChannelBinding::number);
  return found != bindings_.end() && now < found->expires ? &*found : nullptr;
}

const ChannelBinding* ChannelBindings::find(const Endpoint& peer, TimePoint now) const {
  const auto found = std::ranges::find(bindings_, peer, &ChannelBinding::peer);
  return found != bindings_.end() && now < found->expires ? &*found : nullptr;
}

ChannelBindings::Verdict ChannelBindings::judge(ChannelNumber number, const Endpoint& peer, std::size_t max) const {
  const auto by_number = std::ranges::find(bindings_, number, &ChannelBinding::number);
  const auto by_peer = std::ranges::find(bindings_, peer, &ChannelBinding::peer);
  if (by_number != by_peer) return Verdict::conflicts;
  if (by_number != bindings_.end()) return Verdict::is_refresh;
  return bindings_.size() < max ? Verdict::is_new : Verdict::too_many;
}

void ChannelBindings::bind(ChannelNumber number, const Endpoint& peer, Reach reach, TimePoint now) {
  const ChannelBinding binding{number, peer, reach, now + kChannelLifetime};
  if (const auto found = std::ranges::find(bindings_, number, &ChannelBinding::number); found != bindings_.end()) {
    *found = binding;
  } else {
    bindings_.push_back(binding);
  }
}

std::optional<TimePoint> ChannelBindings::next_expiry() const {
  const auto first = std::ranges::min_element(bindings_, {}, &ChannelBinding::expires);
  return first == bindings_.end() ? std::nullopt : std::optional{first->expires};
}

}  // namespace plntry::turn
