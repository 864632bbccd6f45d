#include "net/route.hpp"

#include <unistd.h>

#include "net/socket_address.hpp"

namespace plntry::net {
namespace {

// A UDP socket for the length of a question.
class Probe {
 public:
  explicit Probe(IpFamily family)
      : descriptor_(::socket(family == IpFamily::v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~Probe() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

std::optional<IpAddress> route_source(IpFamily family) {
  // Any address of the internet would do; these are root name servers'.
  const IpAddress far =
      family == IpFamily::v4 ? IpAddress::v4(198, 41, 0, 4) : *IpAddress::parse("2001:503:ba3e::2:30");
  const Probe probe(family);
  const SocketAddress to = to_socket_address({far, 53}, family);
  SocketAddress from{};
  socklen_t size = sizeof from;
  if (::connect(probe.descriptor(), &to.any, size_of(to)) != 0) return std::nullopt;
  if (::getsockname(probe.descriptor(), &from.any, &size) != 0) return std::nullopt;
  const auto endpoint = to_endpoint(from);
  return endpoint && !endpoint->address.is_unspecified() ? std::optional{endpoint->address} : std::nullopt;
}

bool is_local(const IpAddress& address) {
  const Probe probe(address.family());
  const SocketAddress native = to_socket_address({address, 0}, address.family());
  return ::bind(probe.descriptor(), &native.any, size_of(native)) == 0;
}

}  // namespace plntry::net
