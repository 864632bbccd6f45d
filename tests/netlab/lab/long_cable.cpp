// A long cable between two network namespaces: a TUN device in each, and every packet that enters at one end comes out
// at the other after the delay, in order. (The kernels that tests run on have no netem.)
//
//   long_cable NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B ONE_WAY_MS
//
// It prints "ready" once both devices are there, down and without addresses, and ends with stdin.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxPacketBytes = 65'536;  // whatever the devices' MTU is set to
constexpr std::size_t kMaxWaiting = 10'000;      // packets; what comes above is dropped, as a router would
constexpr int kReadsAWake = 64;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "long_cable: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

// Leaves the calling thread in that namespace.
int open_end(const std::string& space, const char* name) {
  const std::string path = "/run/netns/" + space;
  const int handle = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0 || setns(handle, CLONE_NEWNET) < 0) fail("entering " + path);
  close(handle);
  const int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) fail("opening /dev/net/tun");
  ifreq device{};
  std::strncpy(device.ifr_name, name, IFNAMSIZ - 1);
  device.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(tun, TUNSETIFF, &device) < 0) fail("making a TUN device");
  return tun;
}

struct Packet {
  Clock::time_point due;
  std::vector<std::uint8_t> bytes;
};

// One direction.
class Lane {
 public:
  Lane(int from, int to, Clock::duration delay) : from_(from), to_(to), delay_(delay) {}

  void receive() {
    static std::array<std::uint8_t, kMaxPacketBytes> buffer;
    for (int reads = 0; reads < kReadsAWake; ++reads) {
      const ssize_t size = read(from_, buffer.data(), buffer.size());
      if (size <= 0) return;
      if (waiting_.size() < kMaxWaiting) {
        waiting_.push_back({Clock::now() + delay_, {buffer.begin(), buffer.begin() + size}});
      }
    }
  }

  // Tells when the next packet is due. What the far end does not take (its device is down) is lost.
  std::optional<Clock::time_point> deliver() {
    while (!waiting_.empty() && waiting_.front().due <= Clock::now()) {
      const auto& bytes = waiting_.front().bytes;
      [[maybe_unused]] const ssize_t written = write(to_, bytes.data(), bytes.size());
      waiting_.pop_front();
    }
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front().due;
  }

 private:
  int from_;
  int to_;
  Clock::duration delay_;
  std::deque<Packet> waiting_;
};

timespec until(std::optional<Clock::time_point> due) {
  const auto wait = due ? *due - Clock::now() : Clock::duration(std::chrono::seconds(1));
  const auto nanoseconds = std::max<std::int64_t>(0, std::chrono::nanoseconds(wait).count());
  return {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: long_cable NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B ONE_WAY_MS\n");
    return 2;
  }
  const auto delay =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(atof(argv[5])));
  const int a = open_end(argv[1], argv[2]);
  const int b = open_end(argv[3], argv[4]);
  Lane there(a, b, delay);
  Lane back(b, a, delay);
  std::puts("ready");
  std::fflush(stdout);

  std::array<pollfd, 3> watched{{{.fd = a, .events = POLLIN, .revents = 0},
                                 {.fd = b, .events = POLLIN, .revents = 0},
                                 {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}}};
  for (;;) {
    const auto first = there.deliver();
    const auto second = back.deliver();
    const timespec wait = until(first && second ? std::min(*first, *second) : first ? first : second);
    if (ppoll(watched.data(), watched.size(), &wait, nullptr) < 0 && errno != EINTR) fail("waiting");
    if (watched[0].revents & POLLIN) there.receive();
    if (watched[1].revents & POLLIN) back.receive();
    // An end was pulled out: its device is gone for good.
    if (((watched[0].revents | watched[1].revents) & POLLERR) != 0 || watched[2].revents != 0) return 0;
  }
}
