#include "turn/permission.hpp"

#include <algorithm>

namespace plntry::turn {

const Permission* Permissions::find(const IpAddress& address, TimePoint now) const {
  const auto found = std::ranges::find(permissions_, address, &Permission::address);
  return found != permissions_.end() && now < found->expires ? &*found : nullptr;
}

bool Permissions::install(const IpAddress& address, Reach reach, std::size_t max, TimePoint now) {
  const Permission permission{address, reach, now + kPermissionLifetime};
  if (const auto found = std::ranges::find(permissions_, address, &Permission::address); found != permissions_.end()) {
    *found = permission;
    return true;
  }
  if (permissions_.size() >= max) {
    std::erase_if(permissions_, [now](const Permission& each) { return each.expires <= now; });
  }
  if (permissions_.size() >= max) return false;
  permissions_.push_back(permission);
  return true;
}

}  // namespace plntry::turn
