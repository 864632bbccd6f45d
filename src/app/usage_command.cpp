#include "app/usage_command.hpp"

#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "usage/size.hpp"
#include "usage/store.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

constexpr int kJsonVersion = 1;

std::string in_words(const usage::Failure& failure, const std::string& directory) {
  const std::string where = directory + ": ";
  switch (failure.cause) {
    case usage::Cause::no_directory:
      return where + "there is no such directory. Give --data the one that the server was started with.";
    case usage::Cause::no_store:
      return where + "no usage is stored here yet. Start the server with the same --data.";
    case usage::Cause::forbidden:
      return where + "its usage.db may not be read (" + failure.text + "). Ask as the user that the server runs as.";
    case usage::Cause::corrupt:
      return where + "its usage.db is damaged (" + failure.text +
             "). Move it away: the server makes a new one within a minute.";
    case usage::Cause::newer:
      return where + "its usage.db was made by a newer plntry. Ask that one.";
    default:
      return where + "its usage.db cannot be read (" + failure.text + "). Try again, then look at the disk.";
  }
}

// Names come from clients: what is no text of one line would disturb whoever reads it.
std::string readable(const std::string& name) {
  if (!is_utf8(as_bytes(name))) return readable(std::string(name.size(), '?'));
  std::string text = name;
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

using Row = std::vector<std::string>;

// Columns of texts, then of numbers, which stand to the right; what is last has no end to be filled to.
std::string print_rows(const std::vector<Row>& rows, std::size_t texts) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (i < texts ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

Row heading(std::initializer_list<std::string> first) {
  Row row{first};
  for (const char* name : {"to peers", "packets", "to clients", "packets", "total"}) row.emplace_back(name);
  return row;
}

void append(Row& row, const turn::Usage& relayed) {
  row.push_back(usage::print_size(relayed.bytes_to_peer));
  row.push_back(std::to_string(relayed.packets_to_peer));
  row.push_back(usage::print_size(relayed.bytes_to_client));
  row.push_back(std::to_string(relayed.packets_to_client));
  row.push_back(usage::print_size(usage::bytes_of(relayed)));
}

std::string print_days(const UsageReport& report) {
  std::vector<Row> rows{heading({"day", "transport"})};
  rows[0].emplace_back("allocations");
  usage::Traffic total;
  std::optional<usage::Day> previous;
  const auto add_row = [&](std::string day, std::string transport, const usage::Traffic& traffic) {
    Row& row = rows.emplace_back(Row{std::move(day), std::move(transport)});
    append(row, traffic.relayed);
    row.push_back(std::to_string(traffic.allocations));
  };
  for (const usage::DayRow& day : report.days) {
    add_row(previous == day.day ? "" : usage::print_day(day.day), std::string{usage::transport_name(day.transport)},
            day.traffic);
    previous = day.day;
    usage::add(total, day.traffic);
  }
  for (const turn::Transport transport : usage::kTransports) {
    usage::Traffic sum;
    for (const usage::DayRow& day : report.days) {
      if (day.transport == transport) usage::add(sum, day.traffic);
    }
    if (sum.allocations + usage::packets_of(sum.relayed) > 0) {
      add_row("total", std::string{usage::transport_name(transport)}, sum);
    }
  }
  add_row("total", "all", total);
  return print_rows(rows, 2);
}

std::string print_calls(const std::vector<usage::Call>& calls) {
  if (calls.empty()) return "No call was relayed.\n";
  std::vector<Row> rows{heading({"call began", "last seen", "transport"})};
  rows[0].emplace_back("  user");
  for (const usage::Call& call : calls) {
    for (const usage::Call::Part& part : call.parts) {
      const bool first = &part == &call.parts.front();
      Row& row =
          rows.emplace_back(Row{first ? usage::print_time(call.started) : "", first ? usage::print_time(call.last) : "",
                                std::string{usage::transport_name(part.transport)}});
      append(row, part.relayed);
      row.push_back("  " + readable(call.user));
    }
  }
  // Names of one width, so that they stand to the left.
  const auto width = std::ranges::max(rows, {}, [](const Row& row) { return row.back().size(); }).back().size();
  for (Row& row : rows) row.back().resize(width, ' ');
  return print_rows(rows, 3);
}

double percent_of(const UsageReport& report) {
  return 100 * static_cast<double>(report.month_bytes) / static_cast<double>(report.allowance);
}

json::object to_json(const turn::Usage& relayed) {
  return {{"packets_to_peer", relayed.packets_to_peer},
          {"bytes_to_peer", relayed.bytes_to_peer},
          {"packets_to_client", relayed.packets_to_client},
          {"bytes_to_client", relayed.bytes_to_client}};
}

json::object to_json(turn::Transport transport, const turn::Usage& relayed) {
  json::object object{{"transport", json::string_view{usage::transport_name(transport)}}};
  for (const auto& member : to_json(relayed)) object.insert(member);
  return object;
}

json::array days_of(const UsageReport& report) {
  json::array days;
  for (const usage::DayRow& day : report.days) {
    json::object object{{"day", usage::print_day(day.day)}};
    for (const auto& member : to_json(day.transport, day.traffic.relayed)) object.insert(member);
    object["allocations"] = day.traffic.allocations;
    days.push_back(std::move(object));
  }
  return days;
}

json::array calls_of(const std::vector<usage::Call>& calls) {
  json::array all;
  for (const usage::Call& call : calls) {
    json::array traffic;
    for (const usage::Call::Part& part : call.parts) traffic.push_back(to_json(part.transport, part.relayed));
    all.push_back(json::object{{"user", readable(call.user)},
                               {"started", usage::print_time(call.started)},
                               {"last", usage::print_time(call.last)},
                               {"traffic", std::move(traffic)}});
  }
  return all;
}

}  // namespace

std::expected<UsageReport, std::string> read_usage(const UsageQuery& query, WallTime now) {
  if (query.directory.empty()) return std::unexpected("say where the usage is stored: --data DIR, as for the server.");
  const usage::Day today = usage::day_of(now);
  UsageReport report{.made = now, .from = {}, .to = {}, .days = {}, .calls = {}, .month = {}};
  report.from = query.month ? usage::first_day(*query.month) : today - std::chrono::days{query.days - 1};
  report.to = query.month ? usage::last_day(*query.month) : today;
  report.month = usage::month_of(report.to);
  report.allowance = query.allowance;

  auto database = usage::Database::open_read(query.directory);
  if (!database) return std::unexpected(in_words(database.error(), query.directory));
  auto days = database->days(report.from, report.to);
  const auto month_bytes = database->bytes_in(report.month);
  auto calls = query.calls ? database->calls(report.from, report.to) : std::vector<usage::Call>{};
  if (!days) return std::unexpected(in_words(days.error(), query.directory));
  if (!month_bytes) return std::unexpected(in_words(month_bytes.error(), query.directory));
  if (!calls) return std::unexpected(in_words(calls.error(), query.directory));
  report.days = std::move(*days);
  report.month_bytes = *month_bytes;
  if (query.calls) report.calls = std::move(*calls);
  return report;
}

std::string print_usage_table(const UsageReport& report) {
  std::string text = "Relayed from " + usage::print_day(report.from) + " to " + usage::print_day(report.to) +
                     " (UTC), payload without headers:\n\n" + print_days(report);
  if (report.calls) text += '\n' + print_calls(*report.calls);
  text += '\n' + usage::print_month(report.month) + ": " + usage::print_size(report.month_bytes);
  if (report.allowance > 0) {
    text += " of " + usage::print_size(report.allowance) + " (" +
            std::to_string(static_cast<std::uint64_t>(percent_of(report))) + " %)";
  }
  return text + '\n';
}

std::string print_usage_json(const UsageReport& report) {
  usage::Traffic total;
  for (const usage::DayRow& day : report.days) usage::add(total, day.traffic);
  json::object sum = to_json(total.relayed);
  sum["allocations"] = total.allocations;
  json::object month{{"month", usage::print_month(report.month)}, {"bytes", report.month_bytes}};
  if (report.allowance > 0) {
    month["allowance_bytes"] = report.allowance;
    month["percent"] = percent_of(report);
  }
  json::object object{{"version", kJsonVersion},
                      {"made", usage::print_time(report.made)},
                      {"from", usage::print_day(report.from)},
                      {"to", usage::print_day(report.to)},
                      {"days", days_of(report)},
                      {"total", std::move(sum)},
                      {"month", std::move(month)}};
  if (report.calls) object["calls"] = calls_of(*report.calls);
  return json::serialize(object) + '\n';
}

int show_usage(const UsageQuery& query) {
  const auto report = read_usage(query, usage::Store::system_clock());
  if (!report) {
    std::fprintf(stderr, "plntry: %s\n", report.error().c_str());
    return 1;
  }
  std::fputs((query.json ? print_usage_json(*report) : print_usage_table(*report)).c_str(), stdout);
  return 0;
}

}  // namespace plntry::app
