// Permissions (RFC 8656 §9): which addresses a client wants to hear from.
#pragma once

#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace plntry::turn {

inline constexpr Duration kPermissionLifetime = 300s;  // RFC 8656 §9: MUST

// How far a peer's address may be used.
enum class Reach : std::uint8_t {
  anywhere,       // an ordinary peer
  own_relays,     // an address of this server: only other allocations' relayed addresses on it
  own_and_other,  // an address of this server that is allowed by name: all but its listeners
};

struct Permission {
  IpAddress address;
  Reach reach = Reach::anywhere;
  TimePoint expires;
};

class Permissions {
 public:
  // The live permission for `address`; borrowed until the next change.
  const Permission* find(const IpAddress& address, TimePoint now) const;
  // Installs or refreshes; false, and nothing changed, if that would make more than `max`.
  bool install(const IpAddress& address, Reach reach, std::size_t max, TimePoint now);

 private:
  std::vector<Permission> permissions_;  // a handful, so that a search is a short walk
};

}  // namespace plntry::turn
