#include "turn/source_budget.hpp"

#include <algorithm>
#include <array>

namespace plntry::turn {

IpAddress network_of(const IpAddress& address) {
  if (address.is_v4()) return address;
  std::array<std::uint8_t, 16> network{};
  std::ranges::copy(address.bytes().first(8), network.begin());
  return IpAddress::v6(network);
}

}  // namespace plntry::turn
