// The least that relaying can cost on this kernel: floor ADDRESS PORT
// One thread, one epoll set; what is read from a participant is sent to its partner, byte for byte: no frames, no
// queue, no bounds, no names. It shakes hands just enough for the load generator (`GET /<participant>`) and counts on
// a partner that reads at once. What a real server costs above this is its own; what this costs is the kernel's.
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int kNobody = -1;
constexpr std::string_view kWelcome =
    "HTTP/1.1 101 Switching Protocols\r\n\r\n"
    "\x81\x05ready";

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "floor: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) fail("sending");
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

class Floor {
 public:
  Floor(const char* address, int port) : listener_(socket(AF_INET, SOCK_STREAM, 0)), epoll_(epoll_create1(0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<std::uint16_t>(port));
    where.sin_addr.s_addr = inet_addr(address);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) < 0 || listen(listener_, 1024) < 0) {
      fail("listening");
    }
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        descriptor == listener_ ? accept_one() : pass_on(descriptor);
      }
    }
  }

 private:
  void watch(int descriptor) {
    epoll_event interest{.events = EPOLLIN, .data = {.fd = descriptor}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &interest) < 0) fail("watching");
  }

  void accept_one() {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (descriptor < 0) fail("accepting");
    const int no_delay = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    const auto size = static_cast<std::size_t>(descriptor) + 1;
    if (partner_.size() < size) partner_.resize(size, kNobody);
    if (greeted_.size() < size) greeted_.resize(size);
    partner_[size - 1] = kNobody;
    greeted_[size - 1] = false;
    watch(descriptor);
  }

  void pass_on(int descriptor) {
    const auto self = static_cast<std::size_t>(descriptor);
    const ssize_t size = recv(descriptor, inbox_.data(), inbox_.size(), 0);
    if (size <= 0) {
      close(descriptor);
      return;
    }
    const std::string_view bytes{inbox_.data(), static_cast<std::size_t>(size)};
    if (!greeted_[self]) return greet(descriptor, bytes);
    if (partner_[self] != kNobody) send_all(partner_[self], bytes);
  }

  void greet(int descriptor, std::string_view request) {
    const auto participant = static_cast<std::size_t>(std::atoi(request.data() + std::string_view("GET /").size()));
    if (seats_.size() <= (participant | 1)) seats_.resize((participant | 1) + 1, kNobody);
    seats_[participant] = descriptor;
    greeted_[static_cast<std::size_t>(descriptor)] = true;
    const int other = seats_[participant ^ 1];
    if (other != kNobody) {
      partner_[static_cast<std::size_t>(descriptor)] = other;
      partner_[static_cast<std::size_t>(other)] = descriptor;
    }
    send_all(descriptor, kWelcome);
  }

  int listener_;
  int epoll_;
  std::array<char, 65536> inbox_;
  std::vector<int> partner_;  // by descriptor
  std::vector<bool> greeted_;
  std::vector<int> seats_;  // by participant
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: floor ADDRESS PORT\n");
    return 2;
  }
  Floor floor(argv[1], std::atoi(argv[2]));
  floor.run();
}
