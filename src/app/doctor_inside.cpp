#include "app/doctor_inside.hpp"

#include <filesystem>

#include <boost/json.hpp>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include "app/doctor_outside.hpp"
#include "app/doctor_relay.hpp"
#include "app/relay_place.hpp"
#include "base/prefix.hpp"
#include "net/client_http.hpp"
#include "net/clock.hpp"
#include "net/listen.hpp"
#include "net/route.hpp"
#include "net/tls_identity.hpp"
#include "turn/credentials.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

using doctor::Inside;

constexpr unsigned kPortSample = 8;
constexpr std::uint64_t kDescriptorsBesides = 64;
constexpr Duration kPatience = 2s;

// A plntry, as far as its health and STUN over UDP tell.
bool is_plntry(const Endpoint& listening, Random& random) {
  Endpoint at = listening;
  if (at.address.is_unspecified()) at.address = IpAddress::v4(127, 0, 0, 1);
  auto socket = net::ClientSocket::open({doctor::Transport::tcp, at, {}}, kPatience);
  if (!socket) return false;
  const auto answer =
      net::ask(*socket, at.to_string(), "/healthz", "Connection: close\r\n", net::now().mono + kPatience);
  if (!answer || answer->status != 200 || !answer->body.starts_with("ok")) return false;
  const doctor::Url stun{doctor::Scheme::stun, at.address.to_string(), at.port, doctor::Transport::udp};
  return try_relay({.url = stun, .server = at, .account = {}}, random).binding.succeeded();
}

doctor::ListenFacts look_at(const Endpoint& endpoint, Random& random) {
  doctor::ListenFacts facts{
      .endpoint = endpoint, .is_free = false, .is_ours = false, .error = {}, .for_browsers = true};
  facts.for_browsers = endpoint.port == 0 || net::is_port_of_browsers(endpoint.port);
  try {
    net::claim(endpoint);
    facts.is_free = true;
  } catch (const net::ListenError& error) {
    facts.is_ours = is_plntry(endpoint, random);
    facts.error = error.what();
  }
  return facts;
}

bool can_bind(const IpAddress& address, std::uint16_t port) {
  try {
    net::bind_udp({address, port});
    return true;
  } catch (const net::ListenError&) {
    return false;
  }
}

void look_at_relay(const Config& config, Inside& facts, Random& random) {
  facts.relay_on = config.relay == Relaying::on;
  facts.first_port = config.ledger.first_port;
  facts.last_port = config.ledger.last_port;
  facts.allocations_max = config.ledger.max_allocations;
  if (!facts.relay_on) return;
  RelayPlace place;
  try {
    place = place_relay(config);
  } catch (const std::exception& error) {
    facts.place_error = error.what();
    return;
  }
  for (const auto& side : {place.v4, place.v6}) {
    if (side) facts.places.push_back({side->shown, side->is_guess, is_private(side->shown)});
  }
  const auto& side = place.v4 ? place.v4 : place.v6;
  const std::uint64_t count = std::uint64_t{facts.last_port} - facts.first_port + 1;
  for (; side && facts.ports_tried < kPortSample; ++facts.ports_tried) {
    const auto port = static_cast<std::uint16_t>(facts.first_port + random.below(count));
    if (can_bind(side->bound, port)) facts.ports_bound += 1;
  }
}

void look_at_limits(const Config& config, Inside& facts) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.descriptors = limit.rlim_max;
  const std::uint64_t ports = std::uint64_t{facts.last_port} - facts.first_port + 1;
  const std::uint64_t allocations =
      facts.allocations_max == 0 ? ports : std::min<std::uint64_t>(facts.allocations_max, ports);
  facts.descriptors_wanted = config.limits.total_max + (facts.relay_on ? allocations : 0) + kDescriptorsBesides;

  const int probe = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int wanted = net::kUdpBufferBytes;
  int granted = 0;
  socklen_t size = sizeof granted;
  ::setsockopt(probe, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  ::getsockopt(probe, SOL_SOCKET, SO_RCVBUF, &granted, &size);
  if (probe >= 0) ::close(probe);
  facts.udp_buffer_wanted = net::kUdpBufferBytes;
  facts.udp_buffer = static_cast<std::uint64_t>(granted) / 2;  // the kernel doubles what was asked for
}

void look_at_tls(const Config& config, Inside& facts) {
  facts.is_self_signed = config.tls.self_signed;
  facts.has_tls = facts.is_self_signed || !config.tls.certificate_file.empty();
  if (config.tls.certificate_file.empty()) return;
  const auto identity = net::load_identity(config.tls.certificate_file, config.tls.key_file);
  if (!identity) {
    facts.tls_error = identity.error();
    return;
  }
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
      sk_X509_new_null(), [](STACK_OF(X509) * each) { sk_X509_free(each); });
  for (const net::CertificateOwner& each : identity->chain) sk_X509_push(chain.get(), each.get());
  facts.certificate = net::describe(*identity->certificate, chain.get(), {});
}

void look_at_clock(Inside& facts) {
  timex state{};
  if (::adjtimex(&state) >= 0) facts.clock_is_synchronised = (state.status & STA_UNSYNC) == 0;
}

void look_at_data(const Config& config, Inside& facts) {
  namespace files = std::filesystem;
  facts.data = config.usage.book.directory;
  facts.has_quota = config.usage.book.allowance > 0;
  if (facts.data.empty()) return;
  std::error_code error;
  files::path place = files::absolute(facts.data, error);
  while (!files::exists(place, error) && place.has_relative_path()) place = place.parent_path();  // it is made at start
  if (!files::is_directory(place, error)) {
    facts.data_error = place.string() + " is not a directory.";
  } else if (::access(place.c_str(), W_OK | X_OK) != 0) {
    facts.data_error = place.string() + " may not be written to by this user.";
  }
}

void look_at_services(const Config& config, Inside& facts, Random& random) {
  facts.has_services = !config.ice.services.empty();
  json::array servers;
  for (const net::IceService& service : config.ice.services) {
    json::object server = json::parse(service.server).as_object();
    if (!service.secret.empty()) {
      const auto minted = turn::mint_ephemeral(service.secret, "doctor", facts.time + service.lifetime);
      server["username"] = minted.username;
      server["credential"] = minted.password;
    }
    servers.push_back(std::move(server));
  }
  IceTrials trials = try_ice_servers(json::serialize(servers), {}, random);
  facts.unresolved = std::move(trials.unresolved);
  facts.services = std::move(trials.relays);
}

}  // namespace

Inside gather_inside(const Config& config, Random& random) {
  Inside facts;
  facts.time = net::now().wall;
  for (const Endpoint& endpoint : config.listen) facts.listen.push_back(look_at(endpoint, random));
  look_at_relay(config, facts, random);
  look_at_limits(config, facts);
  look_at_tls(config, facts);
  look_at_clock(facts);
  look_at_data(config, facts);
  look_at_services(config, facts, random);
  return facts;
}

}  // namespace plntry::app
