#include "net/poller.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include "net/clock.hpp"

namespace plntry::net {
namespace {

int open_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "the system gives no epoll descriptor");
  return descriptor;
}

}  // namespace

Poller::Poller(Loop& loop, std::function<bool()> after_round)
    : epoll_(loop.executor(), open_epoll()), after_round_(std::move(after_round)) {}

bool Poller::add(int descriptor, Ready& ready) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &ready;
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Poller::remove(int descriptor, const Ready& ready) {
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (int i = served_; i < ready_; ++i) {
    if (events_[static_cast<std::size_t>(i)].data.ptr == &ready)
      events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
  }
}

void Poller::start() { wait(); }

void Poller::wait() {
  epoll_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    serve();
    wait();
  });
}

void Poller::serve() {
  for (int round = 0; round < kRoundsMax; ++round) {
    ready_ = ::epoll_wait(epoll_.native_handle(), events_.data(), kEventsMax, 0);
    if (ready_ <= 0) return;
    const Now at = now();
    for (served_ = 0; served_ < ready_;) {
      const epoll_event& event = events_[static_cast<std::size_t>(served_++)];
      if (event.data.ptr) static_cast<Ready*>(event.data.ptr)->handle_ready(event.events, at);
    }
    served_ = ready_ = 0;
    if (!after_round_()) return;
  }
}

}  // namespace plntry::net
