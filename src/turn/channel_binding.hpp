// Channel bindings (RFC 8656 §12): a number for a peer, so that data needs four octets of header and not thirty-six.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "turn/channel_data.hpp"
#include "turn/permission.hpp"

namespace plntry::turn {

inline constexpr Duration kChannelLifetime = 600s;  // RFC 8656 §12

struct ChannelBinding {
  ChannelNumber number;
  Endpoint peer;
  Reach reach = Reach::anywhere;
  TimePoint expires;
};

class ChannelBindings {
 public:
  enum class Verdict : std::uint8_t { is_new, is_refresh, conflicts, too_many };

  // Live bindings; borrowed until the next change.
  const ChannelBinding* find(ChannelNumber number, TimePoint now) const;
  const ChannelBinding* find(const Endpoint& peer, TimePoint now) const;

  // What binding would come to. RFC 8656 §12.2: neither may the number be bound to another peer nor the peer to
  // another number. What has expired must have been taken out before.
  Verdict judge(ChannelNumber number, const Endpoint& peer, std::size_t max) const;
  // Binds or refreshes; only what `judge` has found to be new or a refresh.
  void bind(ChannelNumber number, const Endpoint& peer, Reach reach, TimePoint now);

  std::span<const ChannelBinding> all() const { return bindings_; }

  // Takes out the first binding that `chosen` accepts, whether live or not.
  template <typename Chosen>
  std::optional<ChannelBinding> take(Chosen chosen) {
    const auto found = std::ranges::find_if(bindings_, chosen);
    if (found == bindings_.end()) return std::nullopt;
    const ChannelBinding taken = *found;
    bindings_.erase(found);
    return taken;
  }

  // When the first of them expires; nothing if there is none.
  std::optional<TimePoint> next_expiry() const;

 private:
  std::vector<ChannelBinding> bindings_;
};

}  // namespace plntry::turn
