// usage.db: what was relayed, by day and by call, in SQLite. One connection, used by one thread at a time.
//
// A call is what a user's allocations did at the same time or soon after one another. So a signalling session, whose
// tag is drawn for it, is one call through every change of network, and whoever uses the relay under a fixed name has a
// call each time.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "usage/batch.hpp"
#include "usage/calendar.hpp"
#include "usage/sqlite.hpp"

namespace plntry::usage {

// How long and how much is kept.
struct Retention {
  std::chrono::days days{400};  // days of totals
  std::chrono::days calls{90};  // since their last packet
  std::size_t max_calls = 100'000;
};

struct DayRow {
  Day day;
  turn::Transport transport;
  Traffic traffic;
};

struct Call {
  struct Part {
    turn::Transport transport;
    turn::Usage relayed;
  };
  std::string user;
  WallTime started;  // its first allocation
  WallTime last;     // when it was last seen to relay something
  std::vector<Part> parts;
};

class Database {
 public:
  static constexpr const char* kFileName = "usage.db";
  // An allocation that starts so long after a user's call was last seen still belongs to it.
  static constexpr std::chrono::seconds kCallGap{300};

  // DIR/usage.db for writing; makes both where they are missing, for the user that runs us only. An empty `directory`:
  // in memory.
  static std::expected<Database, Failure> open(const std::string& directory);
  // For reading, beside a server that writes or without one.
  static std::expected<Database, Failure> open_read(const std::string& directory);

  // The whole batch, or nothing of it; and forgets what is too old.
  std::expected<void, Failure> write(const Batch& batch, WallTime now, const Retention& retention);

  // Relayed in both directions.
  std::expected<std::uint64_t, Failure> bytes_in(Month month);
  // The latest day first; both bounds included.
  std::expected<std::vector<DayRow>, Failure> days(Day from, Day to);
  // Those that relayed something since `from` and began by the end of `to`, the latest first.
  std::expected<std::vector<Call>, Failure> calls(Day from, Day to);

 private:
  explicit Database(Sqlite sqlite) : sqlite_(std::move(sqlite)) {}
  bool write_days(const Batch& batch);
  bool write_calls(const Batch& batch);
  // The id of the call that this part belongs to; made where there is none.
  std::optional<std::int64_t> find_call(const Batch::CallKey& key, WallTime last);
  bool prune(WallTime now, const Retention& retention);

  Sqlite sqlite_;
};

}  // namespace plntry::usage
