#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/options.hpp"
#include "app/values.hpp"

namespace plntry::app {
namespace {

using testing::HasSubstr;

std::expected<Invocation, Exit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "plntry");
  return parse_invocation(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Sizes, are_whole_numbers_with_a_unit) {
  EXPECT_EQ(parse_size("50GB"), 50'000'000'000);
  EXPECT_EQ(parse_size("1kB"), 1000);
  EXPECT_EQ(parse_size("1KB"), 1000);
  EXPECT_EQ(parse_size("3MB"), 3'000'000);
  EXPECT_EQ(parse_size("2TB"), 2'000'000'000'000);
  EXPECT_EQ(parse_size("1KiB"), 1024);
  EXPECT_EQ(parse_size("1MiB"), 1'048'576);
  EXPECT_EQ(parse_size("1GiB"), 1'073'741'824);
  EXPECT_EQ(parse_size("1TiB"), 1'099'511'627'776);
  EXPECT_EQ(parse_size("9223372TB"), 9'223'372'000'000'000'000);
  // A number alone says nothing, and Gb are bits.
  for (const char* bad :
       {"", "50", "GB", "-1GB", "1.5TB", "1Gb", "1gb", "1 GB", "1GBs", "9223373TB", "99999999999999999999B"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(UsageOptions, fill_the_books) {
  const auto invocation = parse({"--data", "/var/lib/plntry", "--relay-quota", "50GB"});
  ASSERT_TRUE(invocation) << invocation.error().text;
  EXPECT_EQ(invocation->config.usage.book.directory, "/var/lib/plntry");
  EXPECT_EQ(invocation->config.usage.book.allowance, 50'000'000'000);
  EXPECT_EQ(parse({})->config.usage.book.directory, "");
  for (const char* bad : {"0GB", "50", "much"}) {
    EXPECT_THAT(parse({"--relay-quota", bad}).error().text, HasSubstr("is not allowed: give a size, like 50GB")) << bad;
  }
}

TEST(UsageOptions, usage_is_a_command_with_options_of_its_own) {
  const auto invocation = parse({"usage", "--days", "7", "--calls", "--json", "--data", "/x", "--relay-quota", "1TB"});
  ASSERT_TRUE(invocation) << invocation.error().text;
  EXPECT_EQ(invocation->command, Command::usage);
  EXPECT_EQ(invocation->usage.directory, "/x");
  EXPECT_EQ(invocation->usage.allowance, 1'000'000'000'000);
  EXPECT_EQ(invocation->usage.days, 7);
  EXPECT_TRUE(invocation->usage.calls);
  EXPECT_TRUE(invocation->usage.json);
  EXPECT_EQ(parse({"usage"})->usage.days, 30);
  EXPECT_EQ(parse({"usage", "--month", "2026-11"})->usage.month, usage::parse_month("2026-11"));
}

TEST(UsageOptions, wrong_ones_of_the_command_are_refused) {
  EXPECT_THAT(parse({"usage", "--month", "2026-13"}).error().text, HasSubstr("give one like 2026-11"));
  for (const char* days : {"0", "401", "some"}) {
    EXPECT_THAT(parse({"usage", "--days", days}).error().text, HasSubstr("--days")) << days;
  }
  EXPECT_THAT(parse({"usage", "--days", "3", "--month", "2026-11"}).error().text, HasSubstr("--month"));
  EXPECT_FALSE(parse({"--days", "3"})) << "it is no option of the server";
}

}  // namespace
}  // namespace plntry::app
