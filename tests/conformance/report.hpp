// What a run of the rules says of a server: a line a case and a total, or JSON for a table.
#pragma once

#include <gtest/gtest.h>

namespace plntry::test {

enum class ReportFormat : std::uint8_t { lines, json };

// Prints to standard output.
std::unique_ptr<::testing::TestEventListener> make_report(ReportFormat format);

}  // namespace plntry::test
