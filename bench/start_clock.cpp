// How long a server takes to start: start_clock PORT COMMAND …
// Prints the milliseconds from just before fork and exec until 127.0.0.1:PORT accepts a connection, and until it has
// answered "GET /" with its first byte; then ends the server.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kPause = std::chrono::microseconds(100);

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// Nobody listens yet, and the kernel chose the very port as ours: TCP connects a socket to itself then.
bool is_its_own_peer(int descriptor) {
  sockaddr_in own{};
  sockaddr_in peer{};
  socklen_t size = sizeof own;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size);
  getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size);
  return own.sin_port == peer.sin_port;
}

// A connected socket, or -1.
int try_to_connect(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (connected && !is_its_own_peer(descriptor)) return descriptor;
  close(descriptor);
  return -1;
}

bool is_answered(int descriptor) {
  constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  const timeval patience{.tv_sec = std::chrono::seconds(kPatience).count(), .tv_usec = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char first = 0;
  return send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()) &&
         recv(descriptor, &first, 1, 0) == 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: start_clock PORT COMMAND …\n");
    return 2;
  }
  const auto begin = Clock::now();
  const pid_t server = fork();
  if (server == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);  // stdout is for the result
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    _exit(127);
  }
  int descriptor = try_to_connect(std::atoi(argv[1]));
  bool running = true;
  while (descriptor < 0 && running && Clock::now() - begin < kPatience) {
    running = waitpid(server, nullptr, WNOHANG) == 0;
    std::this_thread::sleep_for(kPause);
    descriptor = try_to_connect(std::atoi(argv[1]));
  }
  const double listening = milliseconds_since(begin);
  const bool answered = descriptor >= 0 && is_answered(descriptor);
  const double answering = milliseconds_since(begin);
  if (running) {
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
  }
  if (!answered) {
    std::fprintf(stderr, "start_clock: %s did not answer on port %s\n", argv[2], argv[1]);
    return 1;
  }
  std::printf("{\"listening\":%.2f,\"answering\":%.2f}\n", listening, answering);
  return 0;
}
