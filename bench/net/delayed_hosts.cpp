// Three hosts on one machine with long cables between them: a server and two homes, each a network namespace with
// nothing but a TUN device. This program reads every IP packet that leaves a host, keeps it for the path's delay
// and gives it to the host that it is addressed to. So browsers and servers run as they are, and TCP, UDP and
// ICE all see the same distance. Needs root (or CAP_SYS_ADMIN and CAP_NET_ADMIN in an own user namespace).
//
//   delayed_hosts SERVER_NS HOME_A_NS HOME_B_NS ADDRESS_PREFIX
//
// The addresses are ADDRESS_PREFIX.1 (server), .2 and .3 (homes). It prints "ready" once the devices are up; then
// each line "S P" on stdin sets the round trips, in milliseconds, home–server and home–home. It ends with stdin.
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

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHosts = 3;  // host 0 is the server
constexpr std::size_t kMtu = 1500;
constexpr std::size_t kMaxWaiting = 20'000;  // packets of one path; what comes above is dropped, as a router would
constexpr int kReadsAWake = 64;

struct Packet {
  Clock::time_point due;
  std::vector<std::uint8_t> bytes;
};

// One direction between two hosts: first in, first out, also when the delay has changed meanwhile.
struct Path {
  Clock::duration delay{};
  std::deque<Packet> waiting;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "delayed_hosts: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

void request(int socket, unsigned long code, void* argument, const char* what) {
  if (ioctl(socket, code, argument) < 0) fail(what);
}

void set_address(sockaddr& target, in_addr_t address) {
  sockaddr_in value{};
  value.sin_family = AF_INET;
  value.sin_addr.s_addr = address;
  std::memcpy(&target, &value, sizeof value);
}

void bring_up(int socket, ifreq& device) {
  request(socket, SIOCGIFFLAGS, &device, "reading the device's flags");
  device.ifr_flags = static_cast<short>(device.ifr_flags | IFF_UP | IFF_RUNNING);
  request(socket, SIOCSIFFLAGS, &device, "bringing the device up");
}

// The TUN device of one namespace, up, with its address and a default route: a browser on a host without one finds
// no local address to gather. The calling thread is left in that namespace.
int open_host(const std::string& name_space, in_addr_t address) {
  const std::string path = "/run/netns/" + name_space;
  const int handle = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0 || setns(handle, CLONE_NEWNET) < 0) fail("entering " + path);
  close(handle);

  const int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) fail("opening /dev/net/tun");
  ifreq device{};
  std::strcpy(device.ifr_name, "wan0");
  device.ifr_flags = IFF_TUN | IFF_NO_PI;
  request(tun, TUNSETIFF, &device, "making a TUN device");

  const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) fail("opening a control socket");
  set_address(device.ifr_addr, address);
  request(control, SIOCSIFADDR, &device, "setting the address");
  set_address(device.ifr_netmask, inet_addr("255.255.255.0"));
  request(control, SIOCSIFNETMASK, &device, "setting the netmask");
  bring_up(control, device);
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  bring_up(control, loopback);

  rtentry route{};
  set_address(route.rt_dst, INADDR_ANY);
  set_address(route.rt_genmask, INADDR_ANY);
  route.rt_flags = RTF_UP;
  route.rt_dev = device.ifr_name;
  request(control, SIOCADDRT, &route, "setting the default route");
  close(control);
  return tun;
}

class Wires {
 public:
  Wires(const std::array<int, kHosts>& tuns, in_addr_t prefix) : tuns_(tuns), prefix_(ntohl(prefix)) {}

  void set_round_trips(std::chrono::duration<double, std::milli> server,
                       std::chrono::duration<double, std::milli> homes) {
    for (std::size_t from = 0; from < kHosts; ++from) {
      for (std::size_t to = 0; to < kHosts; ++to) {
        const auto round_trip = from == 0 || to == 0 ? server : homes;
        paths_[from][to].delay = std::chrono::duration_cast<Clock::duration>(round_trip / 2);
      }
    }
  }

  void receive(std::size_t from) {
    std::array<std::uint8_t, kMtu> buffer;
    for (int reads = 0; reads < kReadsAWake; ++reads) {
      const ssize_t size = read(tuns_[from], buffer.data(), buffer.size());
      if (size <= 0) return;
      const auto to = destination(buffer.data(), static_cast<std::size_t>(size));
      if (!to || *to == from) continue;
      Path& path = paths_[from][*to];
      if (path.waiting.size() < kMaxWaiting) {
        path.waiting.push_back({Clock::now() + path.delay, {buffer.begin(), buffer.begin() + size}});
      }
    }
  }

  // Delivers what is due; tells when the next packet will be.
  std::optional<Clock::time_point> deliver() {
    std::optional<Clock::time_point> next;
    for (auto& from : paths_) {
      for (std::size_t to = 0; to < kHosts; ++to) {
        auto& waiting = from[to].waiting;
        while (!waiting.empty() && waiting.front().due <= Clock::now()) {
          const auto& bytes = waiting.front().bytes;
          // A host whose queue is full loses the packet, like any other.
          if (write(tuns_[to], bytes.data(), bytes.size()) < 0 && errno != EAGAIN && errno != ENOBUFS) fail("writing");
          waiting.pop_front();
        }
        if (!waiting.empty() && (!next || waiting.front().due < *next)) next = waiting.front().due;
      }
    }
    return next;
  }

 private:
  // The host that an IPv4 packet is for. Everything else (IPv6, the rest of the world) leads nowhere.
  std::optional<std::size_t> destination(const std::uint8_t* bytes, std::size_t size) const {
    if (size < 20 || bytes[0] >> 4 != 4) return std::nullopt;
    std::uint32_t address = 0;
    for (int i = 16; i < 20; ++i) address = address << 8 | bytes[i];
    const std::uint32_t host = address - prefix_ - 1;
    if (host >= kHosts) return std::nullopt;
    return host;
  }

  std::array<int, kHosts> tuns_;
  std::uint32_t prefix_;
  std::array<std::array<Path, kHosts>, kHosts> paths_;
};

// False at the end of stdin.
bool read_command(Wires& wires) {
  static std::string pending;
  std::array<char, 256> buffer;
  const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (size <= 0) return false;
  pending.append(buffer.data(), static_cast<std::size_t>(size));
  for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
    double server = 0;
    double homes = 0;
    if (std::sscanf(pending.c_str(), "%lf %lf", &server, &homes) == 2) {
      wires.set_round_trips(std::chrono::duration<double, std::milli>(server),
                            std::chrono::duration<double, std::milli>(homes));
      std::printf("set %g %g\n", server, homes);
      std::fflush(stdout);
    }
    pending.erase(0, end + 1);
  }
  return true;
}

timespec until(std::optional<Clock::time_point> due) {
  const auto wait = due ? *due - Clock::now() : Clock::duration(std::chrono::seconds(1));
  const auto nanoseconds =
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count());
  return {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: delayed_hosts SERVER_NS HOME_A_NS HOME_B_NS ADDRESS_PREFIX (such as 10.99.0)\n");
    return 2;
  }
  const in_addr_t prefix = inet_addr((std::string(argv[4]) + ".0").c_str());
  std::array<int, kHosts> tuns;
  for (std::size_t host = 0; host < kHosts; ++host) {
    tuns[host] = open_host(argv[host + 1], htonl(ntohl(prefix) + static_cast<std::uint32_t>(host) + 1));
  }
  Wires wires(tuns, prefix);
  std::puts("ready");
  std::fflush(stdout);

  std::array<pollfd, kHosts + 1> watched;
  for (std::size_t host = 0; host < kHosts; ++host) watched[host] = {.fd = tuns[host], .events = POLLIN, .revents = 0};
  watched[kHosts] = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  for (;;) {
    const timespec wait = until(wires.deliver());
    if (ppoll(watched.data(), watched.size(), &wait, nullptr) < 0 && errno != EINTR) fail("waiting");
    for (std::size_t host = 0; host < kHosts; ++host) {
      if (watched[host].revents & POLLIN) wires.receive(host);
    }
    if (watched[kHosts].revents != 0 && !read_command(wires)) return 0;
  }
}
