#include "usage/database.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "usage/fixture.hpp"
#include "usage/schema.hpp"

namespace plntry::usage {
namespace {

using testing::ElementsAre;

class Stored : public testing::Test {
 protected:
  void write(std::initializer_list<Record> records, WallTime now, const Retention& retention = {}) {
    Batch batch(1000);
    for (const Record& record : records) batch.enter(record, now);
    const auto written = database_.write(batch, now, retention);
    ASSERT_TRUE(written) << written.error().text;
  }
  std::vector<DayRow> days() { return *database_.days(*parse_day("1970-01-01"), *parse_day("2999-01-01")); }
  std::vector<Call> calls() { return *database_.calls(*parse_day("1970-01-01"), *parse_day("2999-01-01")); }

  Directory directory_;
  Database database_ = *Database::open(directory_.path());
};

TEST_F(Stored, days_have_a_row_a_transport_and_sum_up) {
  const WallTime first = at("2026-11-23", 23h + 59min);
  write({record("a", 10, first), record("b", 5, first, turn::Transport::tls)}, first);
  write({record("a", 100, first)}, first + 2min);
  write({record("a", 7, first)}, first + 3min);
  const auto rows = days();
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(print_day(rows[0].day), "2026-11-24");
  EXPECT_EQ(rows[0].traffic.relayed, (turn::Usage{2, 107, 2, 107}));
  EXPECT_EQ(print_day(rows[1].day), "2026-11-23");
  EXPECT_EQ(rows[1].transport, turn::Transport::udp);
  EXPECT_EQ(rows[2].transport, turn::Transport::tls);
  EXPECT_EQ(rows[2].traffic.relayed, (turn::Usage{1, 5, 1, 5}));
}

TEST_F(Stored, month_is_the_sum_of_its_days_in_both_directions) {
  for (const char* day : {"2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"})
    write({record("a", 10, at(day))}, at(day));
  EXPECT_EQ(*database_.bytes_in(*parse_month("2026-11")), 2 * 20);
  EXPECT_EQ(*database_.bytes_in(*parse_month("2027-01")), 0);
}

// A browser that changes networks makes another allocation, maybe by another transport, and is still in its call.
TEST_F(Stored, allocations_of_one_user_near_one_another_are_one_call) {
  const WallTime start = at("2026-11-24");
  write({record("tag", 10, start)}, start + 1min);
  write({record("tag", 10, start + 4min, turn::Transport::tcp)}, start + 5min);
  const auto all = calls();
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ(all[0].started, start);
  EXPECT_EQ(all[0].last, start + 5min);
  EXPECT_EQ(all[0].parts.size(), 2);
}

TEST_F(Stored, a_user_who_comes_back_later_has_another_call) {
  const WallTime start = at("2026-11-24");
  write({record("anna", 10, start)}, start + 1min);
  const WallTime later = start + 1min + Database::kCallGap + 1s;
  write({record("anna", 20, later)}, later + 1min);
  write({record("anna", 1, start)}, later + 1min);  // the first allocation was silent and still lives
  const auto all = calls();
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(bytes_of(all[0].parts[0].relayed), 40);
  EXPECT_EQ(bytes_of(all[1].parts[0].relayed), 22) << "it goes to the call that it began in";
}

TEST_F(Stored, users_are_kept_apart) {
  const WallTime now = at("2026-11-24");
  write({record("a", 1, now), record("b", 2, now), record(std::string{"a\0", 2}, 3, now)}, now);
  EXPECT_EQ(calls().size(), 3);
}

TEST_F(Stored, what_is_too_old_or_too_much_is_forgotten) {
  const WallTime now = at("2026-11-24");
  const Retention retention{.days = std::chrono::days{400}, .calls = std::chrono::days{90}, .max_calls = 3};
  write({record("old", 1, now - std::chrono::days{400})}, now - std::chrono::days{400}, retention);
  write({record("kept", 1, now - std::chrono::days{399})}, now - std::chrono::days{399}, retention);
  write({record("c", 1, now - std::chrono::days{91})}, now - std::chrono::days{91}, retention);
  EXPECT_EQ(days().size(), 3);
  for (const char* user : {"1", "2", "3", "4"}) write({record(user, 1, now)}, now, retention);
  EXPECT_EQ(days().size(), 3) << "the oldest is gone, and today has come";
  const auto all = calls();
  ASSERT_EQ(all.size(), 3);
  EXPECT_EQ(all[0].user, "4");
  EXPECT_EQ(all[2].user, "2");
  EXPECT_EQ(bytes_of_calls(all), 6) << "their traffic goes with them";
}

TEST_F(Stored, file_is_for_its_user_only) {
  write({record("a", 1, at("2026-11-24"))}, at("2026-11-24"));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(::stat((directory_.file() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600) << suffix;
  }
}

TEST_F(Stored, reader_sees_whole_transactions_while_another_writes) {
  auto reader = Database::open_read(directory_.path());
  ASSERT_TRUE(reader) << reader.error().text;
  const Day day = *parse_day("2026-11-24");
  for (std::uint64_t i = 1; i <= 20; ++i) {
    write({record("a", i, at("2026-11-24"))}, at("2026-11-24"));
    EXPECT_EQ(bytes_of_days(*reader->days(day, day)), i * (i + 1));
    EXPECT_EQ(bytes_of_calls(*reader->calls(day, day)), i * (i + 1));
  }
}

TEST(OpenRead, tells_what_is_missing) {
  const Directory directory;
  EXPECT_EQ(Database::open_read(directory.below()).error().cause, Cause::no_directory);
  EXPECT_EQ(Database::open_read(directory.path()).error().cause, Cause::no_store);
  directory.write_file("");
  EXPECT_EQ(Database::open_read(directory.path()).error().cause, Cause::no_store);
  EXPECT_EQ(Database::open_read(directory.file()).error().cause, Cause::no_directory) << "a file is no directory";
  directory.write_file("This is a text, and no database at all, however long one looks at it.\n");
  EXPECT_EQ(Database::open_read(directory.path()).error().cause, Cause::corrupt);
}

TEST(OpenRead, works_where_nothing_can_be_written) {
  const Directory directory;
  EXPECT_TRUE(in_child(directory.path(), [&] {
    Batch batch(10);
    batch.enter(record("a", 10, at("2026-11-24")), at("2026-11-24"));
    if (!Database::open(directory.path())->write(batch, at("2026-11-24"), {})) return false;
    ::chmod(directory.file().c_str(), 0444);
    if (::chmod(directory.path().c_str(), 0555) != 0) return false;
    auto database = Database::open_read(directory.path());
    const bool read = database && *database->bytes_in(*parse_month("2026-11")) == 20;
    return ::chmod(directory.path().c_str(), 0755) == 0 && read;
  }));
}

TEST(Open, makes_the_directory_but_not_one_above_it) {
  const Directory directory;
  EXPECT_TRUE(Database::open(directory.below()));
  EXPECT_EQ(Database::open(directory.path() + "/no/such").error().cause, Cause::no_directory);
}

TEST(Open, refuses_what_is_no_database) {
  const Directory directory;
  directory.write_file("This is a text, and no database at all, however long one looks at it.\n");
  EXPECT_EQ(Database::open(directory.path()).error().cause, Cause::corrupt);
}

TEST(Schema, older_file_goes_through_the_missing_steps_only) {
  constexpr std::array kFirst{"CREATE TABLE a (x); INSERT INTO a VALUES (1);"};
  constexpr std::array kBoth{kFirst[0], "ALTER TABLE a ADD COLUMN y DEFAULT 2;"};
  auto sqlite = Sqlite::open("", Sqlite::Access::write);
  ASSERT_TRUE(migrate(*sqlite, kFirst));
  ASSERT_TRUE(migrate(*sqlite, kBoth));
  ASSERT_TRUE(migrate(*sqlite, kBoth));
  EXPECT_EQ(*schema_version(*sqlite), 2);
  std::vector<std::int64_t> row;
  ASSERT_TRUE(sqlite->run("SELECT x, y FROM a", {}, [&](const Sqlite::Row& r) { row = {r.integer(0), r.integer(1)}; }));
  EXPECT_THAT(row, ElementsAre(1, 2));
}

TEST(Schema, failing_step_leaves_everything_as_it_was) {
  constexpr std::array kFirst{"CREATE TABLE a (x);"};
  constexpr std::array kBad{kFirst[0], "CREATE TABLE b (x); CREATE TABLE a (x);"};
  auto sqlite = Sqlite::open("", Sqlite::Access::write);
  ASSERT_TRUE(migrate(*sqlite, kFirst));
  EXPECT_FALSE(migrate(*sqlite, kBad));
  EXPECT_EQ(*schema_version(*sqlite), 1);
  EXPECT_FALSE(sqlite->run("SELECT * FROM b"));
}

TEST(Schema, file_of_a_newer_plntry_is_left_alone) {
  const Directory directory;
  {
    ASSERT_TRUE(Database::open(directory.path()));
  }
  ASSERT_TRUE(Sqlite::open(directory.file(), Sqlite::Access::write)->run("PRAGMA user_version = 99"));
  EXPECT_EQ(Database::open(directory.path()).error().cause, Cause::newer);
  EXPECT_EQ(Database::open_read(directory.path()).error().cause, Cause::newer);
}

}  // namespace
}  // namespace plntry::usage
