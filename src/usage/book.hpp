// Keeps the books: takes records, stores them, and knows how much of the month's allowance is used. What cannot be
// stored stays here, summed and bounded, until it can be. One thread at a time; told the time.
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "usage/batch.hpp"
#include "usage/database.hpp"

namespace plntry::usage {

enum class Severity : std::uint8_t { info, warning, error };
// An event for the log, as app::log takes it.
using Report = std::function<void(Severity severity, std::string_view event,
                                  std::initializer_list<std::pair<std::string_view, std::string>> fields)>;

// How far an allowance is used.
enum class Stage : std::uint8_t { open, low, used_up };
// From 80 % on it is low. A limit of 0 is none.
constexpr Stage stage_of(std::uint64_t used, std::uint64_t limit) {
  if (limit == 0 || used < limit - limit / 5) return Stage::open;
  return used < limit ? Stage::low : Stage::used_up;
}

class Book {
 public:
  struct Config {
    std::string directory;           // of usage.db; empty: in memory only
    std::uint64_t allowance = 0;     // bytes a calendar month of UTC, both directions; 0: none
    std::size_t max_parts = 10'000;  // parts of calls that wait to be stored
    unsigned retry_after = 6;        // flushes, once one has failed
    Retention retention{};
  };

  Book(Config config, Report report, WallTime now);

  void enter(std::span<const Record> records, WallTime now);
  void enter(turn::Transport transport, const Traffic& traffic, WallTime now);
  // Stores what has come since the last time, as one transaction. `last`: there is no later one.
  void flush(WallTime now, bool last = false);
  // Sees whether a new month has begun and whether the allowance has reached another stage.
  void look(WallTime now);

  Stage stage() const { return stage_; }
  std::uint64_t bytes_this_month() const { return stored_this_month_ + batch_.bytes_in(month_); }
  // Since this server started.
  const std::array<Traffic, kTransports.size()>& by_transport() const { return by_transport_; }
  bool is_stored() const { return !config_.directory.empty() && database_.has_value(); }
  std::uint64_t call_parts_dropped() const { return batch_.call_parts_dropped(); }

 private:
  void open(WallTime now);
  // The account of the month from the database; keeps what was known when that fails.
  void read_month();
  void fail(const Failure& failure);
  void say_stage(Stage previous);

  Config config_;
  Report report_;
  // None: it failed, and is to be opened again; or it is in memory only, and nothing has come yet.
  std::optional<Database> database_;
  Batch batch_;
  std::array<Traffic, kTransports.size()> by_transport_;
  Month month_;
  std::uint64_t stored_this_month_ = 0;
  Stage stage_ = Stage::open;
  bool failing_ = false;  // and said so
  unsigned flushes_to_skip_ = 0;
};

}  // namespace plntry::usage
