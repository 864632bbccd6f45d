// One thread, one io_context, and everything that lives on them. What belongs to a loop is touched on its thread only;
// others reach it by `post`.
#pragma once

#include <array>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "net/asio.hpp"

namespace plntry::net {

// Something with a deadline. One timer a loop visits all of them, so that none needs a timer of its own.
class Ticked : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~Ticked() = default;
  // May close itself, but no other.
  virtual void handle_tick(TimePoint now) = 0;
};

class Loop {
 public:
  // `tick` is the precision of every deadline on this loop.
  Loop(unsigned index, Duration tick);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();
  // Ends the thread; what is pending stays pending until the loop is destroyed.
  void stop();

  asio::io_context& io() { return io_; }
  Executor executor() { return io_.get_executor(); }

  template <typename Function>
  void post(Function&& function) {
    asio::post(io_, std::forward<Function>(function));
  }

  void watch(Ticked& ticked) { ticked_.push_back(ticked); }

  // Where everything on this loop reads to: borrowed until the handler that asked for it returns.
  MutableBytes inbox() { return inbox_; }

 private:
  void arm();

  static constexpr std::size_t kInboxSize = 64 * 1024;

  unsigned index_;
  Duration tick_;
  // Outlives the io_context, whose destruction destroys the connections in it.
  boost::intrusive::list<Ticked, boost::intrusive::constant_time_size<false>> ticked_;
  std::array<std::uint8_t, kInboxSize> inbox_;
  asio::io_context io_{1};
  Timer timer_{io_.get_executor()};
  std::thread thread_;
};

}  // namespace plntry::net
