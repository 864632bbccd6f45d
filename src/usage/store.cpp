#include "usage/store.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>

namespace plntry::usage {

using Steady = std::chrono::steady_clock;

WallTime Store::system_clock() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

Store::Store(Config config, Report report, Clock clock)
    : config_(std::move(config)), clock_(std::move(clock)), book_(config_.book, std::move(report), clock_()) {
  book_.look(clock_());
  publish();
  thread_ = std::thread([this] { run(); });
}

Store::~Store() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Store::add(std::span<const Record> records) {
  if (records.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t room = std::min(records.size(), config_.max_queued - queue_.size());
    queue_.insert(queue_.end(), records.begin(), records.begin() + static_cast<std::ptrdiff_t>(room));
    for (const Record& record : records.subspan(room)) {
      usage::add(surplus_[static_cast<std::size_t>(record.transport)], {record.relayed, record.ended ? 1U : 0U});
      surplus_records_ += 1;
      has_surplus_ = true;
    }
  }
  wake_.notify_one();
}

void Store::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++flushes_asked_;
  wake_.notify_one();
  flushed_.wait(lock, [&] { return flushes_done_ >= mine; });
}

Store::State Store::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Store::run() {
  ::pthread_setname_np(::pthread_self(), "usage");
  auto next_flush = Steady::now() + config_.flush_interval;
  std::vector<Record> records;
  for (bool last = false; !last;) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, next_flush,
                     [&] { return stopping_ || !queue_.empty() || has_surplus_ || flushes_asked_ > flushes_done_; });
    last = stopping_;
    const std::uint64_t asked = flushes_asked_;
    const bool flush_now = last || asked > flushes_done_ || Steady::now() >= next_flush;
    records.swap(queue_);
    Totals surplus = std::exchange(surplus_, {});
    has_surplus_ = false;
    lock.unlock();

    take_in(records, surplus);
    if (flush_now) {
      book_.flush(clock_(), last);
      next_flush = Steady::now() + config_.flush_interval;
    }
    publish();
    lock.lock();
    flushes_done_ = asked;
    flushed_.notify_all();
  }
}

void Store::take_in(std::vector<Record>& records, Totals& surplus) {
  const WallTime now = clock_();
  book_.enter(records, now);
  for (const turn::Transport transport : kTransports) {
    book_.enter(transport, surplus[static_cast<std::size_t>(transport)], now);
  }
  records.clear();
  book_.look(now);
}

void Store::publish() {
  allows_new_.store(book_.stage() != Stage::used_up, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  state_ = {book_.by_transport(), book_.bytes_this_month(), config_.book.allowance,
            surplus_records_ + book_.call_parts_dropped(), book_.is_stored()};
}

}  // namespace plntry::usage
