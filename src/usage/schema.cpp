#include "usage/schema.hpp"

#include <array>

namespace plntry::usage {
namespace {

constexpr std::array kSteps{
    // `day` is of UTC, like 2026-11-24; `transport` is the client's: udp, tcp, tls or dtls; `started` and `last` are
    // seconds since 1970. Bytes are payload.
    R"sql(
CREATE TABLE days (
  day TEXT NOT NULL,
  transport TEXT NOT NULL,
  allocations INTEGER NOT NULL,
  packets_to_peer INTEGER NOT NULL,
  bytes_to_peer INTEGER NOT NULL,
  packets_to_client INTEGER NOT NULL,
  bytes_to_client INTEGER NOT NULL,
  PRIMARY KEY (day, transport)
) WITHOUT ROWID;
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  started INTEGER NOT NULL,
  last INTEGER NOT NULL
);
CREATE INDEX calls_by_user ON calls (user, started);
CREATE INDEX calls_by_last ON calls (last);
CREATE TABLE call_traffic (
  call INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  transport TEXT NOT NULL,
  packets_to_peer INTEGER NOT NULL,
  bytes_to_peer INTEGER NOT NULL,
  packets_to_client INTEGER NOT NULL,
  bytes_to_client INTEGER NOT NULL,
  PRIMARY KEY (call, transport)
) WITHOUT ROWID;
)sql"};

std::unexpected<Failure> undo(Sqlite& sqlite) {
  const Failure failure = sqlite.failure();
  sqlite.run("ROLLBACK");
  return std::unexpected(failure);
}

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

std::expected<std::size_t, Failure> schema_version(Sqlite& sqlite) {
  std::size_t version = 0;
  const bool read = sqlite.run("PRAGMA user_version", {}, [&](const Sqlite::Row& row) { version = row.count(0); });
  if (!read) return std::unexpected(sqlite.failure());
  return version;
}

std::expected<void, Failure> migrate(Sqlite& sqlite, std::span<const char* const> steps) {
  if (!sqlite.run("BEGIN IMMEDIATE")) return std::unexpected(sqlite.failure());
  const auto version = schema_version(sqlite);
  if (!version) return undo(sqlite);
  if (*version > steps.size()) {
    sqlite.run("ROLLBACK");
    return std::unexpected(Failure{Cause::newer, "its version is " + std::to_string(*version) +
                                                     ", and this plntry knows " + std::to_string(steps.size())});
  }
  for (std::size_t step = *version; step < steps.size(); ++step) {
    if (!sqlite.run_script(steps[step])) return undo(sqlite);
  }
  if (*version < steps.size() && !sqlite.run_script("PRAGMA user_version = " + std::to_string(steps.size()))) {
    return undo(sqlite);
  }
  if (!sqlite.run("COMMIT")) return undo(sqlite);
  return {};
}

}  // namespace plntry::usage
