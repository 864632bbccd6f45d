#include "usage/book.hpp"

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "usage/fixture.hpp"

namespace plntry::usage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What was reported: "event field=value …".
class Log {
 public:
  Report report() {
    return [this](Severity, std::string_view event,
                  std::initializer_list<std::pair<std::string_view, std::string>> fields) {
      lines_.emplace_back(event);
      for (const auto& [name, value] : fields) lines_.back() += ' ' + std::string{name} + '=' + value;
    };
  }
  // And forgets them.
  std::vector<std::string> take() { return std::exchange(lines_, {}); }

 private:
  std::vector<std::string> lines_;
};

class BookTest : public testing::Test {
 protected:
  Book book(std::uint64_t allowance = 0) {
    return {{.directory = directory_.path(), .allowance = allowance}, log_.report(), now_};
  }
  void enter(Book& book, std::uint64_t bytes_each_way) {
    book.enter(std::array{record("a", bytes_each_way, now_)}, now_);
    book.look(now_);
  }
  std::uint64_t stored_bytes() const {
    auto database = Database::open_read(directory_.path());
    return database ? *database->bytes_in(month_of(now_)) : 0;
  }

  Directory directory_;
  Log log_;
  WallTime now_ = at("2026-11-24");
};

TEST_F(BookTest, month_survives_a_restart) {
  {
    Book first = book(1000);
    enter(first, 200);
    first.flush(now_, true);
  }
  log_.take();
  Book second = book(1000);
  EXPECT_EQ(second.bytes_this_month(), 400);
  EXPECT_THAT(log_.take(), ElementsAre("relay-quota month=2026-11 used=400 B allowance=1.0 kB percent=40%"));
  enter(second, 10);
  EXPECT_EQ(second.bytes_this_month(), 420) << "what is not stored yet counts";
}

TEST_F(BookTest, allowance_warns_once_at_80_percent_and_ends_at_100) {
  Book b = book(1000);
  log_.take();
  enter(b, 399);
  EXPECT_EQ(b.stage(), Stage::open);
  EXPECT_THAT(log_.take(), IsEmpty());
  enter(b, 1);
  EXPECT_EQ(b.stage(), Stage::low);
  EXPECT_THAT(log_.take(),
              ElementsAre(HasSubstr("relay-quota-low month=2026-11 used=800 B allowance=1.0 kB percent=80%")));
  b.flush(now_);
  enter(b, 99);
  EXPECT_THAT(log_.take(), IsEmpty());
  enter(b, 1);
  EXPECT_EQ(b.stage(), Stage::used_up);
  EXPECT_THAT(log_.take(), ElementsAre(HasSubstr("relay-quota-used-up")));
  b.flush(now_, true);
  Book again = book(1000);
  again.look(now_);
  EXPECT_EQ(again.stage(), Stage::used_up) << "a restart gives nothing back";
}

TEST_F(BookTest, new_month_begins_anew) {
  now_ = at("2026-11-30", 23h + 59min + 59s);
  Book b = book(1000);
  enter(b, 600);
  EXPECT_EQ(b.stage(), Stage::used_up);
  log_.take();
  now_ += 1s;
  b.look(now_);
  EXPECT_EQ(b.stage(), Stage::open);
  EXPECT_EQ(b.bytes_this_month(), 0);
  EXPECT_THAT(log_.take(), ElementsAre("relay-quota-open month=2026-12 used=0 B"));
  b.flush(now_);
  EXPECT_EQ(b.bytes_this_month(), 0) << "November's bytes, stored in December, are November's";
  EXPECT_EQ(*Database::open_read(directory_.path())->bytes_in(*parse_month("2026-11")), 1200);
}

TEST_F(BookTest, without_a_directory_it_counts_in_memory_and_says_so) {
  Book b({.directory = "", .allowance = 1000}, log_.report(), now_);
  EXPECT_THAT(log_.take(), ElementsAre(HasSubstr("relay-quota-not-kept"), HasSubstr("relay-quota ")));
  enter(b, 500);
  b.flush(now_);
  EXPECT_EQ(b.bytes_this_month(), 1000);
  EXPECT_EQ(b.stage(), Stage::used_up);
  EXPECT_FALSE(b.is_stored());
}

TEST_F(BookTest, corrupt_file_is_said_once_left_alone_and_recovered_from) {
  const std::string text = "This is a text, and no database at all, however long one looks at it.\n";
  directory_.write_file(text);
  Book b = book();
  EXPECT_THAT(log_.take(),
              ElementsAre(testing::AllOf(HasSubstr("usage-not-stored file=" + directory_.file()),
                                         HasSubstr("effect=calls go on"), HasSubstr("remedy=move usage.db"))));
  for (int i = 0; i < 20; ++i) {
    enter(b, 10);
    b.flush(now_);
  }
  EXPECT_THAT(log_.take(), IsEmpty());
  EXPECT_FALSE(b.is_stored());
  EXPECT_EQ(b.bytes_this_month(), 400);
  EXPECT_EQ(std::filesystem::file_size(directory_.file()), text.size());

  std::filesystem::remove(directory_.file());  // as the remedy says
  for (int i = 0; i < 7; ++i) b.flush(now_);
  EXPECT_THAT(log_.take(), ElementsAre(HasSubstr("usage-stored-again")));
  EXPECT_EQ(stored_bytes(), 400);
  EXPECT_EQ(b.bytes_this_month(), 400);
}

TEST_F(BookTest, file_that_is_corrupt_in_the_middle_is_said_too) {
  {
    Book b = book();
    for (int i = 0; i < 200; ++i) b.enter(std::array{record("user-" + std::to_string(i), 1, now_)}, now_);
    b.flush(now_, true);
  }
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(directory_.file()));
  ASSERT_GT(size, 3 * 4096);
  {
    std::fstream file(directory_.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);  // the first page with its header and the schema stays
    file << std::string(static_cast<std::size_t>(size) - 4096, '\xA5');
  }
  Book b = book();
  enter(b, 1);
  b.flush(now_);
  EXPECT_THAT(log_.take(), ElementsAre(HasSubstr("remedy=move usage.db")));
  EXPECT_EQ(b.bytes_this_month(), 2);
}

TEST_F(BookTest, directory_that_cannot_be_written_is_said_and_recovered_from) {
  EXPECT_TRUE(in_child(directory_.path(), [&] {
    if (::chmod(directory_.path().c_str(), 0555) != 0) return false;
    Book b = book();
    const auto lines = log_.take();
    const bool said = lines.size() == 1 && lines[0].contains("remedy=let the user that plntry runs as write");
    enter(b, 10);
    b.flush(now_);
    ::chmod(directory_.path().c_str(), 0755);
    b.flush(now_, true);
    return said && b.is_stored() && stored_bytes() == 20;
  }));
}

// As on a full disk: no file may grow any further.
TEST_F(BookTest, full_disk_is_said_and_nothing_is_lost_once_there_is_room) {
  EXPECT_TRUE(in_child(directory_.path(), [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    Book b = book();
    enter(b, 10);
    b.flush(now_);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit tight{4096, limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    enter(b, 20);
    b.flush(now_);
    const auto lines = log_.take();
    const bool said = lines.size() == 1 && lines[0].starts_with("usage-not-stored");
    const bool kept = !b.is_stored() && b.bytes_this_month() == 60;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    b.flush(now_, true);
    return said && kept && b.is_stored() && stored_bytes() == 60;
  }));
}

TEST_F(BookTest, nothing_is_written_when_nothing_was_relayed) {
  Book b = book();
  b.flush(now_);
  const auto before = std::filesystem::file_size(directory_.file() + "-wal");
  b.flush(now_);
  EXPECT_EQ(std::filesystem::file_size(directory_.file() + "-wal"), before);
}

}  // namespace
}  // namespace plntry::usage
