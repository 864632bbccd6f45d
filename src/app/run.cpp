#include "app/run.hpp"

#include <csignal>
#include <cstdio>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <malloc.h>
#include <sys/resource.h>

#include "app/greeting.hpp"
#include "app/logging.hpp"
#include "app/server.hpp"
#include "app/values.hpp"
#include "net/clock.hpp"

namespace plntry::app {
namespace {

namespace asio = boost::asio;

constexpr rlim_t kDescriptorsBesides = 64;  // besides those of connections
constexpr auto kWatchInterval = std::chrono::seconds{5};
constexpr auto kDrainInterval = std::chrono::milliseconds{20};

// Many small allocations of few threads: one heap keeps the memory together, and gives it back.
void tune_memory() {
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

void raise_descriptor_limit(std::uint32_t connections_max) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= connections_max + kDescriptorsBesides) return;
  log(LogLevel::warning, "few-descriptors",
      {{"limit", std::to_string(limit.rlim_cur)},
       {"max-connections", std::to_string(connections_max)},
       {"effect", "connections will be refused before max-connections is reached"},
       {"remedy", "raise the limit (ulimit -n, LimitNOFILE=) or lower --max-connections"}});
}

void log_relay(const Server& server, const Config& config) {
  const RelayPlace& place = server.relay_place();
  if (config.relay == Relaying::off) return log(LogLevel::info, "relay-off");
  if (!place.is_anywhere()) {
    return log(LogLevel::warning, "relay-off",
               {{"why", "this machine has no route to the internet, so nothing says which address is its own"},
                {"effect", "calls that find no direct path fail"},
                {"remedy", "give --public-address"}});
  }
  const std::string ports = std::to_string(config.ledger.first_port) + '-' + std::to_string(config.ledger.last_port);
  for (const auto& side : {place.v4, place.v6}) {
    if (!side) continue;
    log(LogLevel::info, "relaying", {{"address", side->shown.to_string()}, {"udp-ports", ports}});
    if (!side->is_guess || !is_private(side->shown)) continue;
    log(LogLevel::warning, "relay-address-private",
        {{"address", side->shown.to_string()},
         {"effect", "peers on other networks cannot reach relayed addresses"},
         {"remedy", "give the server's address on the internet with --public-address, and pass the ports on"}});
  }
}

void log_discovery(const Server& server) {
  for (const auto& each : server.discovery_place().each) {
    log(LogLevel::info, "nat-discovery",
        {{"address", Endpoint{each.shown[0], each.ports[0]}.to_string()},
         {"alternate", Endpoint{each.shown[1], each.ports[1]}.to_string()}});
  }
}

void check_port(std::uint16_t port) {
  if (net::is_port_of_browsers(port)) return;
  log(LogLevel::warning, "port-of-no-browser",
      {{"port", std::to_string(port)},
       {"effect", "Chromium uses no STUN or relay on ports below 1024 but 53, 80 and 443"},
       {"remedy", "listen on one of these too, or name another with --relay-host HOST:PORT"}});
}

void log_certificate(const net::Tls::Description& certificate) {
  const bool expired = certificate.expires <= net::now().wall;
  log(expired ? LogLevel::warning : LogLevel::info, expired ? "certificate-expired" : "certificate",
      {{"sha256", certificate.fingerprint}, {"expires", print_time(certificate.expires)}});
}

// The main thread: signals, and a look now and then at what the loops count.
class Watch {
 public:
  Watch(Server& server, const Config& config)
      : server_(server), config_(config), signals_(io_, SIGTERM, SIGINT), hangup_(io_, SIGHUP), timer_(io_) {}

  int run() {
    await_signal();
    await_hangup();
    look();
    io_.run();
    server_.stop();
    log(LogLevel::info, "stopped");
    return 0;
  }

 private:
  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      if (draining_) return io_.stop();
      await_signal();
      drain();
    });
  }

  // The customary wish that files be read again.
  void await_hangup() {
    hangup_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      if (server_.tls().is_on()) renew_certificate();
      await_hangup();
    });
  }

  void renew_certificate() {
    const auto renewed = server_.tls().reload();
    if (renewed) return log_certificate(*renewed);
    log(LogLevel::error, "certificate-not-loaded",
        {{"why", renewed.error()}, {"effect", "new connections still get the previous certificate"}});
  }

  void drain() {
    draining_ = true;
    log(LogLevel::info, "draining",
        {{"websockets", std::to_string(server_.metrics().websockets_open.value())},
         {"at-most", print_duration(config_.drain_timeout)}});
    drain_until_ = std::chrono::steady_clock::now() + config_.drain_timeout;
    server_.drain();
    timer_.cancel();
    await_drained();
  }

  void await_drained() {
    if (server_.is_drained() || std::chrono::steady_clock::now() >= drain_until_) return io_.stop();
    timer_.expires_after(kDrainInterval);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) await_drained();
    });
  }

  void look() {
    timer_.expires_after(kWatchInterval);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error || draining_) return;
      report("accept-failures", server_.metrics().accept_failures.value(), accept_failures_,
             "out of file descriptors, most likely: raise the limit (ulimit -n, LimitNOFILE=)");
      report("connections-refused", server_.metrics().connections_refused.value(), connections_refused_,
             "over a limit: --max-connections, --max-connections-per-address");
      trim_when_idle();
      if (server_.tls().is_stale()) renew_certificate();
      look();
    });
  }

  static void report(std::string_view event, std::uint64_t count, std::uint64_t& reported, std::string_view why) {
    if (count != reported) {
      log(LogLevel::warning, event, {{"count", std::to_string(count - reported)}, {"why", std::string{why}}});
    }
    reported = count;
  }

  // What a burst of messages took is given back to the system once it is over.
  void trim_when_idle() {
    const std::uint64_t messages =
        server_.metrics().messages_received.value() + server_.metrics().connections_accepted.value();
    const bool idle = messages == messages_;
    if (idle && !trimmed_) ::malloc_trim(0);
    trimmed_ = idle;
    messages_ = messages;
  }

  Server& server_;
  const Config& config_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  asio::signal_set hangup_;
  asio::steady_timer timer_;
  bool draining_ = false;
  std::chrono::steady_clock::time_point drain_until_{};
  std::uint64_t accept_failures_ = 0;
  std::uint64_t connections_refused_ = 0;
  std::uint64_t messages_ = 0;
  bool trimmed_ = false;
};

}  // namespace

int run(const Config& config, const std::vector<std::string>& unknown_variables) {
  tune_memory();
  open_log(config.log_format, config.log_level);
  for (const std::string& each : unknown_variables) log(LogLevel::warning, "unknown-variable", {{"why", each}});
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit(config.limits.total_max);
  Server server(config);
  check_port(server.ice_port());
  Watch watch(server, config);  // signals are caught from here on
  server.start();
  if (server.tls().is_on()) log_certificate(server.tls().description());
  for (const Endpoint& endpoint : server.endpoints()) {
    log(LogLevel::info, "listening", {{"address", endpoint.to_string()}});
  }
  log_relay(server, config);
  log_discovery(server);
  if (config.log_format == LogFormat::text) {
    const bool has_page = config.http.serves_calls;
    const auto text = has_page ? greeting(server.endpoints(), config.tls) : relay_greeting(server.endpoints(), config);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }
  return watch.run();
}

}  // namespace plntry::app
