#include "app/usage_command.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "usage/fixture.hpp"

namespace plntry::app {
namespace {

using testing::HasSubstr;

class UsageCommand : public testing::Test {
 protected:
  void write(const std::string& user, std::uint64_t bytes_each_way, WallTime when, turn::Transport transport) {
    usage::Batch batch(10);
    batch.enter({user, transport, when, {2, bytes_each_way, 3, bytes_each_way}, true}, when);
    ASSERT_TRUE(server_.write(batch, when, {}));
  }
  UsageReport read(const UsageQuery& query) {
    const auto report = read_usage(query, now_);
    if (!report) throw std::runtime_error(report.error());
    return *report;
  }

  usage::Directory directory_;
  usage::Database server_ = *usage::Database::open(directory_.path());  // that goes on running
  WallTime now_ = usage::at("2026-11-24");
};

TEST_F(UsageCommand, table_has_days_totals_and_the_month) {
  write("a", 1'000'000, now_, turn::Transport::udp);
  write("a", 500'000, now_, turn::Transport::tls);
  write("a", 250'000, usage::at("2026-11-20"), turn::Transport::udp);
  write("a", 7, usage::at("2026-10-01"), turn::Transport::udp);  // more than 30 days ago
  UsageQuery query;
  query.directory = directory_.path();
  query.allowance = 10'000'000;
  EXPECT_EQ(print_usage_table(read(query)),
            "Relayed from 2026-10-26 to 2026-11-24 (UTC), payload without headers:\n"
            "\n"
            "day         transport  to peers  packets  to clients  packets     total  allocations\n"
            "2026-11-24  udp          1.0 MB        2      1.0 MB        3    2.0 MB            1\n"
            "            tls        500.0 kB        2    500.0 kB        3    1.0 MB            1\n"
            "2026-11-20  udp        250.0 kB        2    250.0 kB        3  500.0 kB            1\n"
            "total       udp          1.2 MB        4      1.2 MB        6    2.5 MB            2\n"
            "total       tls        500.0 kB        2    500.0 kB        3    1.0 MB            1\n"
            "total       all          1.8 MB        6      1.8 MB        9    3.5 MB            3\n"
            "\n"
            "2026-11: 3.5 MB of 10.0 MB (35 %)\n");
}

TEST_F(UsageCommand, calls_are_listed_when_asked_for) {
  write("anna", 1000, now_, turn::Transport::udp);
  write("anna", 1000, now_ + 1min, turn::Transport::tcp);
  UsageQuery query;
  query.directory = directory_.path();
  EXPECT_THAT(print_usage_table(read(query)), Not(HasSubstr("anna")));
  query.calls = true;
  EXPECT_THAT(
      print_usage_table(read(query)),
      HasSubstr("call began            last seen             transport  to peers  packets  to clients  packets   total"
                "    user\n"
                "2026-11-24T12:00:00Z  2026-11-24T12:01:00Z  tcp          1.0 kB        2      1.0 kB        3  2.0 kB"
                "    anna\n"
                "                                            udp          1.0 kB        2      1.0 kB        3  2.0 kB"
                "    anna\n"));
}

TEST_F(UsageCommand, json_is_versioned_and_exact) {
  write("anna", 123'456'789'012, now_, turn::Transport::dtls);
  UsageQuery query;
  query.directory = directory_.path();
  query.calls = true;
  query.days = 1;
  EXPECT_EQ(boost::json::parse(print_usage_json(read(query))), boost::json::parse(R"({
    "version": 1, "made": "2026-11-24T12:00:00Z", "from": "2026-11-24", "to": "2026-11-24",
    "days": [{"day": "2026-11-24", "transport": "dtls", "packets_to_peer": 2, "bytes_to_peer": 123456789012,
              "packets_to_client": 3, "bytes_to_client": 123456789012, "allocations": 1}],
    "total": {"packets_to_peer": 2, "bytes_to_peer": 123456789012,
              "packets_to_client": 3, "bytes_to_client": 123456789012, "allocations": 1},
    "month": {"month": "2026-11", "bytes": 246913578024},
    "calls": [{"user": "anna", "started": "2026-11-24T12:00:00Z", "last": "2026-11-24T12:00:00Z",
               "traffic": [{"transport": "dtls", "packets_to_peer": 2, "bytes_to_peer": 123456789012,
                            "packets_to_client": 3, "bytes_to_client": 123456789012}]}]})"));
  query.allowance = 246'913'578'024 * 2;
  const auto month = boost::json::parse(print_usage_json(read(query))).at("month");
  EXPECT_EQ(month.at("allowance_bytes").as_int64(), 246'913'578'024 * 2);
  EXPECT_EQ(month.at("percent").as_double(), 50.0);
}

TEST_F(UsageCommand, month_is_a_whole_one) {
  write("a", 1, usage::at("2026-10-01", 0s), turn::Transport::udp);
  write("a", 2, usage::at("2026-10-31", 23h + 59min), turn::Transport::udp);
  write("a", 4, usage::at("2026-11-01", 0s), turn::Transport::udp);
  UsageQuery query;
  query.directory = directory_.path();
  query.month = usage::parse_month("2026-10");
  const UsageReport report = read(query);
  EXPECT_EQ(usage::bytes_of_days(report.days), 2 * 3);
  EXPECT_EQ(report.month_bytes, 2 * 3);
}

TEST_F(UsageCommand, names_do_not_disturb_the_terminal_or_the_json) {
  write("a\x1B[2J\nb", 1, now_, turn::Transport::udp);
  write("\xFF\xFE", 1, now_, turn::Transport::udp);
  UsageQuery query;
  query.directory = directory_.path();
  query.calls = true;
  const UsageReport report = read(query);
  EXPECT_THAT(print_usage_table(report), AllOf(HasSubstr("a?[2J?b\n"), HasSubstr("  ??\n"), Not(HasSubstr("\x1B"))));
  EXPECT_THAT(print_usage_json(report), AllOf(HasSubstr("\"a?[2J?b\""), HasSubstr("\"??\"")));
}

TEST_F(UsageCommand, what_is_missing_is_said_with_what_to_do) {
  UsageQuery query;
  EXPECT_THAT(read_usage(query, now_).error(), HasSubstr("--data DIR"));
  query.directory = directory_.below();
  EXPECT_THAT(read_usage(query, now_).error(), HasSubstr("below: there is no such directory. Give --data"));
  const usage::Directory empty;
  query.directory = empty.path();
  EXPECT_THAT(read_usage(query, now_).error(), HasSubstr("no usage is stored here yet. Start the server"));
  empty.write_file("This is a text, and no database at all, however long one looks at it.\n");
  EXPECT_THAT(read_usage(query, now_).error(), HasSubstr("is damaged"));
}

}  // namespace
}  // namespace plntry::app
