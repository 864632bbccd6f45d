// One connection to a SQLite database, for one thread at a time. Errors are values: what fails returns false, and
// `failure` says why.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "usage/failure.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace plntry::usage {

class Sqlite {
 public:
  enum class Access : std::uint8_t { write, read, read_unchanging };  // unchanging: nobody can be writing to it

  // A value that stands for a `?1`, `?2` … of a statement; borrowed until the call returns.
  using Value = std::variant<std::int64_t, std::string_view>;

  // A row of an answer; valid during the visit.
  class Row {
   public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    std::int64_t integer(int column) const;
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string text(int column) const;

   private:
    sqlite3_stmt* statement_;
  };
  using Visit = std::function<void(const Row&)>;

  // An empty path is a database in memory.
  static std::expected<Sqlite, Failure> open(const std::string& path, Access access);

  // One statement. `sql` is a literal: it is compiled once and kept.
  bool run(std::string_view sql, std::initializer_list<Value> values = {}, const Visit& visit = {});
  // Several statements without values, separated by semicolons.
  bool run_script(const std::string& sql);
  std::int64_t last_inserted() const;
  // A database that was opened for writing but cannot be written.
  bool is_read_only() const;

  Failure failure() const;

 private:
  struct CloseConnection {
    void operator()(sqlite3* connection) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

  explicit Sqlite(sqlite3* connection) : connection_(connection) {}
  sqlite3_stmt* compiled(std::string_view sql);

  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::map<std::string_view, Statement> statements_;  // destroyed before the connection
};

}  // namespace plntry::usage
