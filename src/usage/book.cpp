#include "usage/book.hpp"

#include <algorithm>
#include <utility>

#include "usage/size.hpp"

namespace plntry::usage {
namespace {

constexpr std::size_t kMaxCallsInMemory = 10'000;

std::string percent(std::uint64_t used, std::uint64_t limit) {
  return std::to_string(static_cast<std::uint64_t>(100.0 * static_cast<double>(used) / static_cast<double>(limit))) +
         '%';
}

}  // namespace

Book::Book(Config config, Report report, WallTime now)
    : config_(std::move(config)), report_(std::move(report)), batch_(config_.max_parts), month_(month_of(now)) {
  if (config_.directory.empty()) config_.retention.max_calls = std::min(config_.retention.max_calls, kMaxCallsInMemory);
  if (!config_.directory.empty()) open(now);
  if (config_.allowance == 0) return;
  if (config_.directory.empty()) {
    report_(Severity::warning, "relay-quota-not-kept",
            {{"effect", "--relay-quota counts from this start on: a restart forgets what was used this month"},
             {"remedy", "give --data DIR"}});
  }
  const std::uint64_t used = bytes_this_month();
  report_(Severity::info, "relay-quota",
          {{"month", print_month(month_)},
           {"used", print_size(used)},
           {"allowance", print_size(config_.allowance)},
           {"percent", percent(used, config_.allowance)}});
}

void Book::enter(std::span<const Record> records, WallTime now) {
  for (const Record& record : records) {
    add(by_transport_[static_cast<std::size_t>(record.transport)], {record.relayed, record.ended ? 1U : 0U});
    batch_.enter(record, now);
  }
}

void Book::enter(turn::Transport transport, const Traffic& traffic, WallTime now) {
  add(by_transport_[static_cast<std::size_t>(transport)], traffic);
  batch_.enter(transport, traffic, now);
}

void Book::flush(WallTime now, bool last) {
  if (flushes_to_skip_ > 0 && !last) {
    --flushes_to_skip_;
    return;
  }
  const bool has_file = !config_.directory.empty();
  if (!database_) {
    if (has_file || !batch_.empty()) open(now);
  } else if (!batch_.empty()) {
    if (const auto written = database_->write(batch_, now, config_.retention); !written) return fail(written.error());
    batch_.clear();
    read_month();
  }
}

// Also writes what has waited for it.
void Book::open(WallTime now) {
  auto database = Database::open(config_.directory);
  if (!database) return fail(database.error());
  if (!batch_.empty()) {
    if (const auto written = database->write(batch_, now, config_.retention); !written) return fail(written.error());
    batch_.clear();
  }
  database_.emplace(std::move(*database));
  read_month();
  if (database_ && std::exchange(failing_, false)) {
    report_(Severity::info, "usage-stored-again",
            {{"file", config_.directory + '/' + Database::kFileName}, {"effect", "nothing of the totals was lost"}});
  }
}

void Book::read_month() {
  const auto bytes = database_->bytes_in(month_);
  if (!bytes) return fail(bytes.error());
  stored_this_month_ = *bytes;
}

void Book::fail(const Failure& failure) {
  database_.reset();  // opened anew, as somebody may have put another file there
  flushes_to_skip_ = config_.retry_after;
  if (std::exchange(failing_, true)) return;
  report_(Severity::error, "usage-not-stored",
          {{"file", config_.directory + '/' + Database::kFileName},
           {"error", failure.text},
           {"effect", "calls go on; their usage is kept in memory, and lost if plntry ends before it can be stored"},
           {"remedy", std::string{remedy(failure.cause)}}});
}

void Book::look(WallTime now) {
  if (month_of(now) != month_) {
    month_ = month_of(now);
    stored_this_month_ = 0;
    if (database_) read_month();
  }
  const Stage stage = stage_of(bytes_this_month(), config_.allowance);
  if (const Stage previous = std::exchange(stage_, stage); previous != stage) say_stage(previous);
}

void Book::say_stage(Stage previous) {
  const std::uint64_t used = bytes_this_month();
  if (stage_ == Stage::used_up) {
    report_(Severity::warning, "relay-quota-used-up",
            {{"month", print_month(month_)},
             {"used", print_size(used)},
             {"allowance", print_size(config_.allowance)},
             {"effect", "the relay makes no new allocations until the next month; calls that have one go on"},
             {"remedy", "raise --relay-quota"}});
  } else if (stage_ == Stage::low && previous == Stage::open) {
    report_(Severity::warning, "relay-quota-low",
            {{"month", print_month(month_)},
             {"used", print_size(used)},
             {"allowance", print_size(config_.allowance)},
             {"percent", percent(used, config_.allowance)},
             {"effect", "at 100% the relay makes no new allocations until the next month"},
             {"remedy", "raise --relay-quota"}});
  } else {
    report_(Severity::info, "relay-quota-open", {{"month", print_month(month_)}, {"used", print_size(used)}});
  }
}

}  // namespace plntry::usage
