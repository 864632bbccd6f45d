// X-Forwarded-For, X-Forwarded-Proto and Forwarded, a line each.
#include "net/forwarded.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ranges>
#include <string>

#include "base/bytes.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plntry;
  using namespace plntry::net;
  std::array<std::string, 3> lines;
  std::size_t count = 0;
  for (const auto part : std::views::split(as_text({data, size}), '\n')) {
    if (count < lines.size()) lines[count++] = std::string{part.begin(), part.end()};
  }
  const TrustedProxies proxies{*Prefix::parse("10.0.0.0/8")};
  const ForwardedFields fields{lines[0], lines[1], lines[2]};
  const IpAddress stranger = *IpAddress::parse("192.0.2.1");
  require(sender_of(stranger, fields, proxies) == Sender{stranger});
  const Sender sender = sender_of(*IpAddress::parse("10.0.0.1"), fields, proxies);
  require(!sender.address.is_v4_mapped());
  // Whatever strangers write before what the proxy appends, it is not believed.
  const ForwardedFields appended{lines[0] + ", 198.51.100.7", lines[1], ""};
  require(sender_of(*IpAddress::parse("10.0.0.1"), appended, proxies).address == *IpAddress::parse("198.51.100.7"));
  const ForwardedFields standard{"", lines[1], lines[2] + ",for=198.51.100.7"};
  require(sender_of(*IpAddress::parse("10.0.0.1"), standard, proxies).address == *IpAddress::parse("198.51.100.7"));
  return 0;
}
