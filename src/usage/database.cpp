#include "usage/database.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usage/schema.hpp"

namespace plntry::usage {
namespace {

std::int64_t to_stored(std::uint64_t count) { return static_cast<std::int64_t>(count); }
std::int64_t to_stored(WallTime time) { return time.time_since_epoch().count(); }
WallTime from_stored(std::int64_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

std::optional<turn::Transport> parse_transport(std::string_view name) {
  const auto found = std::ranges::find(kTransports, name, transport_name);
  return found == kTransports.end() ? std::nullopt : std::optional{*found};
}

// The four columns of every table, from `first` on.
turn::Usage read_usage(const Sqlite::Row& row, int first) {
  return {row.count(first), row.count(first + 1), row.count(first + 2), row.count(first + 3)};
}

Failure system_failure(int error) {
  const Cause cause = error == ENOENT || error == ENOTDIR                     ? Cause::no_directory
                      : error == EACCES || error == EPERM || error == EROFS   ? Cause::forbidden
                      : error == ENOSPC || error == EDQUOT || error == EMFILE ? Cause::full
                                                                              : Cause::broken;
  return {cause, std::strerror(error)};
}

// Names of users are nobody else's business. SQLite gives its other files the mode of this one.
std::expected<void, Failure> make_file(const std::string& directory, const std::string& path) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(system_failure(errno));
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0 && errno != EEXIST) return std::unexpected(system_failure(errno));
  if (file >= 0) ::close(file);
  return {};
}

std::string path_in(const std::string& directory) { return directory + '/' + Database::kFileName; }

}  // namespace

std::expected<Database, Failure> Database::open(const std::string& directory) {
  const std::string path = directory.empty() ? "" : path_in(directory);
  if (!path.empty()) {
    if (const auto made = make_file(directory, path); !made) return std::unexpected(made.error());
  }
  auto sqlite = Sqlite::open(path, Sqlite::Access::write);
  if (!sqlite) return std::unexpected(sqlite.error());
  if (sqlite->is_read_only()) return std::unexpected(Failure{Cause::forbidden, "it can be read only"});
  // A write-ahead log lets readers in while we write. Each transaction survives the end of the process at once, and a
  // loss of power as soon as the system has written it out.
  const bool set = sqlite->run("PRAGMA journal_mode = WAL") && sqlite->run("PRAGMA synchronous = NORMAL") &&
                   sqlite->run("PRAGMA foreign_keys = ON");
  if (!set) return std::unexpected(sqlite->failure());
  if (const auto migrated = migrate(*sqlite); !migrated) return std::unexpected(migrated.error());
  return Database{std::move(*sqlite)};
}

std::expected<Database, Failure> Database::open_read(const std::string& directory) {
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) return std::unexpected(system_failure(errno));
  if (!S_ISDIR(status.st_mode)) return std::unexpected(system_failure(ENOTDIR));
  const std::string path = path_in(directory);
  if (::stat(path.c_str(), &status) != 0) {
    const Failure failure = system_failure(errno);
    return std::unexpected(failure.cause == Cause::no_directory ? Failure{Cause::no_store, failure.text} : failure);
  }
  auto sqlite = Sqlite::open(path, Sqlite::Access::read);
  auto version = sqlite ? schema_version(*sqlite) : std::unexpected(sqlite.error());
  // Readers take part in the write-ahead log, which needs files of its own. Where they cannot be made (a backup on a
  // read-only disk), and no server has left any, there is nothing to take part in.
  const bool has_log = ::stat((path + "-wal").c_str(), &status) == 0 && status.st_size > 0;
  if (!version && version.error().cause == Cause::forbidden && !has_log) {
    sqlite = Sqlite::open(path, Sqlite::Access::read_unchanging);
    version = sqlite ? schema_version(*sqlite) : std::unexpected(sqlite.error());
  }
  if (!version) return std::unexpected(version.error());
  if (*version > schema_steps().size()) return std::unexpected(Failure{Cause::newer, "its tables are unknown here"});
  if (*version < schema_steps().size())
    return std::unexpected(Failure{Cause::no_store, "its tables are not there yet"});
  return Database{std::move(*sqlite)};
}

std::expected<void, Failure> Database::write(const Batch& batch, WallTime now, const Retention& retention) {
  if (!sqlite_.run("BEGIN IMMEDIATE")) return std::unexpected(sqlite_.failure());
  if (write_days(batch) && write_calls(batch) && prune(now, retention) && sqlite_.run("COMMIT")) return {};
  const Failure failure = sqlite_.failure();
  sqlite_.run("ROLLBACK");
  return std::unexpected(failure);
}

bool Database::write_days(const Batch& batch) {
  return std::ranges::all_of(batch.days(), [&](const auto& entry) {
    const auto& [key, traffic] = entry;
    const std::string day = print_day(key.day);
    return sqlite_.run(
        "INSERT INTO days VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET allocations = allocations + ?3,"
        " packets_to_peer = packets_to_peer + ?4, bytes_to_peer = bytes_to_peer + ?5,"
        " packets_to_client = packets_to_client + ?6, bytes_to_client = bytes_to_client + ?7",
        {day, transport_name(key.transport), to_stored(traffic.allocations), to_stored(traffic.relayed.packets_to_peer),
         to_stored(traffic.relayed.bytes_to_peer), to_stored(traffic.relayed.packets_to_client),
         to_stored(traffic.relayed.bytes_to_client)});
  });
}

bool Database::write_calls(const Batch& batch) {
  return std::ranges::all_of(batch.calls(), [&](const auto& entry) {
    const auto& [key, part] = entry;
    const auto call = find_call(key, part.last);
    return call && sqlite_.run(
                       "INSERT INTO call_traffic VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
                       " packets_to_peer = packets_to_peer + ?3, bytes_to_peer = bytes_to_peer + ?4,"
                       " packets_to_client = packets_to_client + ?5, bytes_to_client = bytes_to_client + ?6",
                       {*call, transport_name(key.transport), to_stored(part.relayed.packets_to_peer),
                        to_stored(part.relayed.bytes_to_peer), to_stored(part.relayed.packets_to_client),
                        to_stored(part.relayed.bytes_to_client)});
  });
}

std::optional<std::int64_t> Database::find_call(const Batch::CallKey& key, WallTime last) {
  std::optional<std::int64_t> id;
  const bool asked = sqlite_.run(
      "SELECT id FROM calls WHERE user = ?1 AND started <= ?2 + ?3 AND last >= ?2 - ?3 ORDER BY started DESC LIMIT 1",
      {key.user, to_stored(key.started), kCallGap.count()}, [&](const Sqlite::Row& row) { id = row.integer(0); });
  if (!asked) return std::nullopt;
  if (id) {
    const bool updated = sqlite_.run("UPDATE calls SET started = min(started, ?2), last = max(last, ?3) WHERE id = ?1",
                                     {*id, to_stored(key.started), to_stored(last)});
    return updated ? id : std::nullopt;
  }
  const bool inserted = sqlite_.run("INSERT INTO calls (user, started, last) VALUES (?1, ?2, ?3)",
                                    {key.user, to_stored(key.started), to_stored(last)});
  return inserted ? std::optional{sqlite_.last_inserted()} : std::nullopt;
}

bool Database::prune(WallTime now, const Retention& retention) {
  return sqlite_.run("DELETE FROM days WHERE day <= ?1", {print_day(day_of(now) - retention.days)}) &&
         sqlite_.run("DELETE FROM calls WHERE last < ?1", {to_stored(now - retention.calls)}) &&
         sqlite_.run(
             "DELETE FROM calls WHERE id IN (SELECT id FROM calls ORDER BY last DESC, id DESC LIMIT -1 OFFSET ?1)",
             {to_stored(retention.max_calls)});
}

std::expected<std::uint64_t, Failure> Database::bytes_in(Month month) {
  std::uint64_t bytes = 0;
  const bool read = sqlite_.run(
      "SELECT COALESCE(SUM(bytes_to_peer + bytes_to_client), 0) FROM days WHERE day BETWEEN ?1 AND ?2",
      {print_day(first_day(month)), print_day(last_day(month))}, [&](const Sqlite::Row& row) { bytes = row.count(0); });
  if (!read) return std::unexpected(sqlite_.failure());
  return bytes;
}

std::expected<std::vector<DayRow>, Failure> Database::days(Day from, Day to) {
  std::vector<DayRow> rows;
  const bool read = sqlite_.run(
      "SELECT day, transport, allocations, packets_to_peer, bytes_to_peer, packets_to_client, bytes_to_client FROM days"
      " WHERE day BETWEEN ?1 AND ?2 ORDER BY day DESC",
      {print_day(from), print_day(to)}, [&](const Sqlite::Row& row) {
        const auto day = parse_day(row.text(0));
        const auto transport = parse_transport(row.text(1));
        if (day && transport) rows.push_back({*day, *transport, {read_usage(row, 3), row.count(2)}});
      });
  if (!read) return std::unexpected(sqlite_.failure());
  std::ranges::sort(rows, [](const DayRow& a, const DayRow& b) {
    return a.day != b.day ? a.day > b.day : a.transport < b.transport;
  });
  return rows;
}

std::expected<std::vector<Call>, Failure> Database::calls(Day from, Day to) {
  std::vector<Call> calls;
  std::int64_t current = 0;
  const bool read = sqlite_.run(
      "SELECT id, user, started, last, transport, packets_to_peer, bytes_to_peer, packets_to_client, bytes_to_client"
      " FROM calls JOIN call_traffic ON call = id WHERE last >= ?1 AND started < ?2"
      " ORDER BY started DESC, id DESC, transport",
      {to_stored(WallTime{from}), to_stored(WallTime{to + std::chrono::days{1}})}, [&](const Sqlite::Row& row) {
        const auto transport = parse_transport(row.text(4));
        if (!transport) return;
        if (calls.empty() || current != row.integer(0)) {
          current = row.integer(0);
          calls.push_back({row.text(1), from_stored(row.integer(2)), from_stored(row.integer(3)), {}});
        }
        calls.back().parts.push_back({*transport, read_usage(row, 5)});
      });
  if (!read) return std::unexpected(sqlite_.failure());
  return calls;
}

}  // namespace plntry::usage
