#include "usage/store.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include "usage/fixture.hpp"

namespace plntry::usage {
namespace {

void ignore(Severity, std::string_view, std::initializer_list<std::pair<std::string_view, std::string>>) {}

WallTime fixed_clock() { return at("2026-11-24"); }

Store::Config config_of(const std::string& directory, std::uint64_t allowance = 0) {
  return {.book = {.directory = directory, .allowance = allowance}, .flush_interval = std::chrono::hours{1}};
}

std::vector<DayRow> stored_days(const std::string& directory) {
  return *Database::open_read(directory)->days(day_of(fixed_clock()), day_of(fixed_clock()));
}
std::vector<Call> stored_calls(const std::string& directory) {
  return *Database::open_read(directory)->calls(day_of(fixed_clock()), day_of(fixed_clock()));
}

TEST(Store, keeps_what_every_loop_adds_and_writes_it_when_it_ends) {
  const Directory directory;
  {
    Store store(config_of(directory.path()), ignore, fixed_clock);
    std::vector<std::thread> loops;
    for (int loop = 0; loop < 4; ++loop) {
      loops.emplace_back([&, loop] {
        for (int i = 0; i < 100; ++i) {
          store.add(std::array{
              record("user-" + std::to_string(loop), 10, fixed_clock(), kTransports[loop % 2 == 0 ? 0 : 1])});
        }
      });
    }
    for (std::thread& loop : loops) loop.join();
  }
  EXPECT_EQ(bytes_of_days(stored_days(directory.path())), 4 * 100 * 20);
  EXPECT_EQ(stored_calls(directory.path()).size(), 4);
}

TEST(Store, flush_waits_for_the_disk_and_state_tells_of_it) {
  const Directory directory;
  Store store(config_of(directory.path(), 1000), ignore, fixed_clock);
  store.add(std::array{record("a", 10, fixed_clock()), record("a", 5, fixed_clock(), turn::Transport::tls)});
  store.flush();
  EXPECT_EQ(bytes_of_days(stored_days(directory.path())), 30);
  const Store::State state = store.state();
  EXPECT_EQ(bytes_of(state.by_transport[0].relayed), 20);
  EXPECT_EQ(bytes_of(state.by_transport[2].relayed), 10);
  EXPECT_EQ(state.bytes_this_month, 30);
  EXPECT_EQ(state.allowance, 1000);
  EXPECT_TRUE(state.is_stored);
}

TEST(Store, allows_nothing_new_once_the_allowance_is_used_up) {
  const Directory directory;
  Store store(config_of(directory.path(), 1000), ignore, fixed_clock);
  EXPECT_TRUE(store.allows_new());
  store.add(std::array{record("a", 499, fixed_clock())});
  store.flush();
  EXPECT_TRUE(store.allows_new());
  store.add(std::array{record("a", 1, fixed_clock())});
  store.flush();
  EXPECT_FALSE(store.allows_new());
}

TEST(Store, allows_nothing_new_from_its_start_when_the_month_is_used_up) {
  const Directory directory;
  {
    Store store(config_of(directory.path(), 1000), ignore, fixed_clock);
    store.add(std::array{record("a", 500, fixed_clock())});
  }
  EXPECT_FALSE(Store(config_of(directory.path(), 1000), ignore, fixed_clock).allows_new());
  EXPECT_TRUE(Store(config_of(directory.path(), 2000), ignore, fixed_clock).allows_new());
}

TEST(Store, what_finds_no_room_in_the_queue_is_in_the_totals_all_the_same) {
  const Directory directory;
  Store::Config config = config_of(directory.path());
  config.max_queued = 2;
  Store store(config, ignore, fixed_clock);
  const std::vector<Record> records(5, record("a", 10, fixed_clock()));
  store.add(records);
  store.flush();
  EXPECT_EQ(bytes_of_days(stored_days(directory.path())), 5 * 20);
  EXPECT_EQ(bytes_of_calls(stored_calls(directory.path())), 2 * 20);
  EXPECT_EQ(store.state().records_without_call, 3);
}

// Adds without end, and tells by a byte in `pipe` whenever a flush has returned.
[[noreturn]] void write_until_killed(const std::string& directory, int pipe) {
  Store store(config_of(directory), ignore, fixed_clock);
  for (;;) {
    store.add(std::array{record("a", 1, fixed_clock()), record("b", 1, fixed_clock(), turn::Transport::tcp)});
    store.flush();
    if (::write(pipe, "!", 1) != 1) ::_exit(1);
  }
}

TEST(Store, killed_in_the_middle_loses_no_flush_and_tears_none) {
  const Directory directory;
  std::uint64_t told = 0;
  for (int round = 1; round <= 5; ++round) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(directory.path(), pipe[1]);
    ::close(pipe[1]);
    char byte = 0;
    for (int i = 0; i < 7 * round; ++i) {
      ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
      told += 1;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(pipe[0], &byte, 1) == 1) told += 1;
    ::close(pipe[0]);

    const std::uint64_t bytes = bytes_of_days(stored_days(directory.path()));
    EXPECT_GE(bytes, 4 * told) << "what was flushed is there";
    EXPECT_LE(bytes, 4 * (told + static_cast<std::uint64_t>(round))) << "and at most what was being flushed";
    EXPECT_EQ(bytes % 4, 0) << "a flush is whole or not there";
    EXPECT_EQ(bytes_of_calls(stored_calls(directory.path())), bytes) << "days and calls agree";
  }
  EXPECT_EQ(stored_calls(directory.path()).size(), 2) << "a user who is back at once goes on with the call";
}

}  // namespace
}  // namespace plntry::usage
