// Usage as the loops see it: they hand over records and never wait for the disk, which a thread of its own writes to.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "usage/book.hpp"

namespace plntry::usage {

class Store {
 public:
  struct Config {
    Book::Config book;
    std::chrono::milliseconds flush_interval{10'000};  // how much a crash may lose
    std::size_t max_queued = 65'536;                   // records; further ones are summed by transport, without calls
  };
  using Clock = std::function<WallTime()>;

  struct State {
    std::array<Traffic, kTransports.size()> by_transport;  // since the start
    std::uint64_t bytes_this_month = 0;                    // both directions
    std::uint64_t allowance = 0;                           // 0: none
    std::uint64_t records_without_call = 0;                // that are in the totals, but in no call
    bool is_stored = false;                                // on disk, and the last attempt went well
  };

  // Opens the file and reads where the month stands, before it returns. `report` and `clock` are called on the store's
  // thread from then on.
  Store(Config config, Report report, Clock clock = system_clock);
  // Stores what is left.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // From any thread; takes no longer than copying.
  void add(std::span<const Record> records);
  // Waits until all that was added before has been written, or could not be.
  void flush();

  // False while the month's allowance is used up. For the relays, which read it for each Allocate request.
  const std::atomic<bool>& allows_new() const { return allows_new_; }
  State state() const;

  static WallTime system_clock();

 private:
  using Totals = std::array<Traffic, kTransports.size()>;

  void run();
  void take_in(std::vector<Record>& records, Totals& surplus);
  void publish();

  const Config config_;
  const Clock clock_;
  std::atomic<bool> allows_new_ = true;

  mutable std::mutex mutex_;  // of what follows, up to the thread
  std::condition_variable wake_;
  std::condition_variable flushed_;
  std::vector<Record> queue_;
  Totals surplus_;  // what found no room in the queue
  std::uint64_t surplus_records_ = 0;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_done_ = 0;
  bool has_surplus_ = false;
  bool stopping_ = false;
  State state_;

  Book book_;  // the thread's, once it runs
  std::thread thread_;
};

}  // namespace plntry::usage
