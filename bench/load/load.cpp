// Load for a signalling server on loopback, from one thread and one process of its own.
//
//   load idle  SYSTEM PORT PARTICIPANTS BYTES
//     Connects all, lets each send one message to its partner and receive one, prints {"event":"idle",…} and then
//     holds the connections, answering pings, until stdin ends.
//   load relay SYSTEM PORT PARTICIPANTS BYTES RATE SECONDS CANDIDATES
//     Connects all, warms the server up for two seconds, prints {"event":"ready"} and waits for a line on stdin; then
//     sends RATE messages a second for SECONDS, and prints the latencies. With CANDIDATES each message of BYTES has so
//     many small ones in its train, as an offer has its candidates, and RATE counts them all. RATE 0 is as fast as the
//     server can: each participant sends anew whenever it has received.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "load/connection.hpp"
#include "load/dialect.hpp"
#include "load/fail.hpp"

namespace plntry::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::uint32_t kMaxJoining = 64;  // below any accept queue
constexpr std::uint32_t kMaxInFlight = 256;
constexpr auto kPatience = std::chrono::seconds(120);
constexpr auto kWarmUp = std::chrono::seconds(2);
constexpr auto kGrace = std::chrono::seconds(5);
constexpr std::size_t kCandidateBytes = 300;  // sealed, as the page sends them
constexpr std::uint64_t kSendsATurn = 8;      // when behind: whoever only sends measures how long it did not read
constexpr std::string_view kStamp = "sent=";
constexpr std::size_t kStampDigits = 19;

class Load {
 public:
  Load(const Dialect& dialect, std::uint16_t port, std::uint32_t participants, std::size_t bytes)
      : dialect_(dialect),
        port_(port),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        filler_(bytes, 'v'),
        connections_(participants) {}

  void connect_all() {
    const auto deadline = Clock::now() + kPatience;
    std::uint32_t begun = 0;
    while (ready_ < connections_.size()) {
      while (begun < connections_.size() && begun - ready_ < kMaxJoining) open(begun++);
      turn(deadline);
      if (Clock::now() > deadline) fail("only " + std::to_string(ready_) + " participants could join");
    }
  }

  // Each participant sends one message; returns when each has received one.
  void exchange() {
    const auto deadline = Clock::now() + kPatience;
    std::uint32_t sent = 0;
    while (delivered_ < connections_.size()) {
      while (sent < connections_.size() && sent - delivered_ < kMaxInFlight) send(sent++);
      turn(deadline);
      if (Clock::now() > deadline) fail("only " + std::to_string(delivered_) + " messages arrived");
    }
  }

  // At an even pace whatever the server does: a slow answer does not slow the questions down. False when the server
  // fell a whole second behind.
  bool relay(double rate, nanoseconds duration, std::uint32_t candidates) {
    begin_relay();
    const auto begin = Clock::now();
    const auto total = static_cast<std::uint64_t>(rate * std::chrono::duration<double>(duration).count());
    latencies_.reserve(total);
    std::uint64_t trains = 0;
    while (sent_ < total) {
      if (static_cast<double>(sent_ - delivered_) > rate) return false;
      const auto due = begin + std::chrono::duration_cast<nanoseconds>(
                                   std::chrono::duration<double>(static_cast<double>(sent_) / rate));
      const auto now = Clock::now();
      if (now < due || trains % kSendsATurn == 0) turn(due);
      if (now < due) continue;
      worst_lateness_ = std::max(worst_lateness_, std::chrono::duration_cast<nanoseconds>(now - due));
      send_train(static_cast<std::uint32_t>(trains++ % connections_.size()), candidates);
    }
    const auto deadline = Clock::now() + kGrace;
    while (delivered_ < sent_ && Clock::now() < deadline) turn(deadline);
    return delivered_ == sent_;
  }

  // As fast as the server can, one message of each participant under way.
  bool relay_all(nanoseconds duration) {
    begin_relay();
    const auto end = Clock::now() + duration;
    answering_ = true;
    for (std::uint32_t participant = 0; participant < connections_.size(); ++participant) send(participant);
    while (Clock::now() < end) turn(end);
    answering_ = false;
    const auto deadline = Clock::now() + kGrace;
    while (delivered_ < sent_ && Clock::now() < deadline) turn(deadline);
    return delivered_ == sent_;
  }

  void print_latencies() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto microseconds = [&](double fraction) {
      return static_cast<double>(
                 latencies_[static_cast<std::size_t>(fraction * static_cast<double>(latencies_.size() - 1))]) /
             1e3;
    };
    std::printf(R"({"event":"relayed","messages":%llu,"p50":%.1f,"p99":%.1f,"max":%.1f,"lateness":%.1f})"
                "\n",
                static_cast<unsigned long long>(delivered_), microseconds(0.5), microseconds(0.99), microseconds(1),
                static_cast<double>(worst_lateness_.count()) / 1e3);
  }

  // Answers what comes until stdin says something or ends.
  void hold() {
    epoll_event interest{.events = EPOLLIN, .data = {.u32 = kStdin}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &interest) < 0) fail("watching stdin");
    commanded_ = false;
    while (!commanded_) turn(Clock::now() + std::chrono::seconds(1));
    epoll_ctl(epoll_, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
    char line = 0;
    while (line != '\n' && read(STDIN_FILENO, &line, 1) > 0) {
    }
  }

 private:
  static constexpr std::uint32_t kStdin = 0xFFFFFFFF;

  void open(std::uint32_t participant) {
    auto& connection = connections_[participant];
    connection = std::make_unique<Connection>(port_, dialect_.request(participant));
    epoll_event interest{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.u32 = participant}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->descriptor(), &interest) < 0) fail("watching a connection");
  }

  void begin_relay() {
    latencies_.clear();
    delivered_ = 0;
    sent_ = 0;
    worst_lateness_ = {};
  }

  // What a browser does: the first message leaves at once, and those after it while it does so leave together.
  void send_train(std::uint32_t participant, std::uint32_t candidates) {
    send(participant);
    if (candidates == 0) return;
    for (std::uint32_t i = 0; i < candidates; ++i) append(participant, candidate_);
    connections_[participant]->writable();
  }

  void send(std::uint32_t participant) {
    append(participant, filler_);
    connections_[participant]->writable();
  }

  void append(std::uint32_t participant, std::string& body) {
    std::array<char, kStampDigits + 1> digits;
    const auto now = static_cast<long long>(Clock::now().time_since_epoch().count());
    std::snprintf(digits.data(), digits.size(), "%0*lld", static_cast<int>(kStampDigits), now);
    body.replace(0, kStamp.size(), kStamp);
    body.replace(kStamp.size(), kStampDigits, digits.data(), kStampDigits);
    connections_[participant]->append_text(dialect_.message(participant, body));
    sent_ += 1;
  }

  void turn(Clock::time_point until) {
    std::array<epoll_event, 256> events;
    const auto wait = std::max(nanoseconds(0), std::chrono::duration_cast<nanoseconds>(until - Clock::now()));
    const timespec timeout{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u32 == kStdin) {
        commanded_ = true;
        continue;
      }
      Connection& connection = *connections_[event.data.u32];
      if (event.events & EPOLLOUT) connection.writable();
      if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        connection.readable([&](std::string_view text) { heard(event.data.u32, text); });
      }
    }
  }

  void heard(std::uint32_t participant, std::string_view text) {
    const Heard heard = dialect_.hear(text);
    switch (heard.event) {
      case Event::nothing:
        break;
      case Event::reply:
        connections_[participant]->append_text(heard.text);
        connections_[participant]->writable();
        break;
      case Event::ready:
        ready_ += 1;
        break;
      case Event::delivered:
        delivered(heard.text);
        if (answering_) send(participant);
        break;
    }
  }

  void delivered(std::string_view text) {
    const std::size_t stamp = text.find(kStamp);
    if (stamp == std::string_view::npos) fail("a message arrived changed");
    long long sent = 0;
    std::from_chars(text.data() + stamp + kStamp.size(), text.data() + stamp + kStamp.size() + kStampDigits, sent);
    latencies_.push_back(Clock::now().time_since_epoch().count() - sent);
    delivered_ += 1;
  }

  const Dialect& dialect_;
  std::uint16_t port_;
  int epoll_;
  std::string filler_;
  std::string candidate_ = std::string(kCandidateBytes, 'c');
  std::vector<std::unique_ptr<Connection>> connections_;
  std::uint32_t ready_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t delivered_ = 0;
  nanoseconds worst_lateness_{};
  std::vector<std::int64_t> latencies_;
  bool commanded_ = false;
  bool answering_ = false;
};

int run(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const auto dialect = make_dialect(argc > 2 ? argv[2] : "");
  if (!dialect || !((mode == "idle" && argc == 6) || (mode == "relay" && argc == 9))) {
    std::fprintf(stderr,
                 "usage: load idle  plntry|peer|socket.io|floor PORT PARTICIPANTS BYTES\n"
                 "       load relay plntry|peer|socket.io|floor PORT PARTICIPANTS BYTES RATE SECONDS CANDIDATES\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const auto participants = static_cast<std::uint32_t>(std::atoi(argv[4])) / 2 * 2;
  const auto bytes = std::max<std::size_t>(static_cast<std::size_t>(std::atoi(argv[5])), 64);
  Load load(*dialect, static_cast<std::uint16_t>(std::atoi(argv[3])), participants, bytes);
  load.connect_all();
  if (mode == "idle") {
    load.exchange();
    std::printf(R"({"event":"idle","participants":%u})"
                "\n",
                participants);
    load.hold();
    return 0;
  }
  const double rate = std::atof(argv[6]);
  const auto candidates = static_cast<std::uint32_t>(std::atoi(argv[8]));
  const auto relay = [&](nanoseconds duration) {
    return rate > 0 ? load.relay(rate, duration, candidates) : load.relay_all(duration);
  };
  bool kept_up = relay(kWarmUp);
  if (kept_up) {
    std::printf(R"({"event":"ready"})"
                "\n");
    load.hold();
    kept_up = relay(std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(std::atof(argv[7]))));
  }
  if (kept_up) {
    load.print_latencies();
  } else {
    std::printf(R"({"event":"overloaded"})"
                "\n");
  }
  return 0;
}

}  // namespace
}  // namespace plntry::bench

int main(int argc, char** argv) { return plntry::bench::run(argc, argv); }
