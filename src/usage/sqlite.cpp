#include "usage/sqlite.hpp"

#include <array>
#include <utility>

#include <sqlite3.h>

namespace plntry::usage {
namespace {

constexpr int kBusyTimeoutMs = 2000;  // how long to wait for another program that is writing

Cause cause_of(int code) {
  switch (code & 0xFF) {  // the primary code of an extended one
    case SQLITE_FULL:
      return Cause::full;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return Cause::forbidden;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // a table or column is missing: not what we made
    case SQLITE_CONSTRAINT:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
      return Cause::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Cause::busy;
    default:
      return Cause::broken;
  }
}

// A path as SQLite's own kind of URI, which alone can say `immutable`.
std::string unchanging_uri(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > 0x20 && octet < 0x7F && c != '%' && c != '?' && c != '#') {
      uri += c;
    } else {
      uri += {'%', kHex[octet >> 4], kHex[octet & 0xF]};
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

std::int64_t Sqlite::Row::integer(int column) const { return ::sqlite3_column_int64(statement_, column); }

std::string Sqlite::Row::text(int column) const {
  const void* text = ::sqlite3_column_text(statement_, column);  // before its size, which it may change
  return text ? std::string{static_cast<const char*>(text),
                            static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))}
              : std::string{};
}

void Sqlite::CloseConnection::operator()(sqlite3* connection) const { ::sqlite3_close(connection); }
void Sqlite::FinalizeStatement::operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }

std::expected<Sqlite, Failure> Sqlite::open(const std::string& path, Access access) {
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (access == Access::read_unchanging) flags |= SQLITE_OPEN_URI;
  const std::string name = path.empty() ? ":memory:" : access == Access::read_unchanging ? unchanging_uri(path) : path;
  sqlite3* connection = nullptr;
  const int code = ::sqlite3_open_v2(name.c_str(), &connection, flags, nullptr);
  Sqlite sqlite{connection};  // there also after an error, to say which one
  if (code != SQLITE_OK) return std::unexpected(sqlite.failure());
  ::sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  return sqlite;
}

sqlite3_stmt* Sqlite::compiled(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second.get();
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return nullptr;
  return statements_.emplace(sql, statement).first->second.get();
}

bool Sqlite::run(std::string_view sql, std::initializer_list<Value> values, const Visit& visit) {
  sqlite3_stmt* statement = compiled(sql);
  if (!statement) return false;
  int index = 0;
  for (const Value& value : values) {
    ++index;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      ::sqlite3_bind_int64(statement, index, *number);
    } else {
      const std::string_view text = std::get<std::string_view>(value);
      ::sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
  }
  int code = ::sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = ::sqlite3_step(statement)) {
    if (visit) visit(Row{statement});
  }
  ::sqlite3_reset(statement);  // repeats the error, if there was one, for `failure`
  ::sqlite3_clear_bindings(statement);
  return code == SQLITE_DONE;
}

bool Sqlite::run_script(const std::string& sql) {
  return ::sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::int64_t Sqlite::last_inserted() const { return ::sqlite3_last_insert_rowid(connection_.get()); }

bool Sqlite::is_read_only() const { return ::sqlite3_db_readonly(connection_.get(), "main") == 1; }

Failure Sqlite::failure() const {
  if (!connection_) return {Cause::broken, "out of memory"};
  return {cause_of(::sqlite3_extended_errcode(connection_.get())), ::sqlite3_errmsg(connection_.get())};
}

}  // namespace plntry::usage
