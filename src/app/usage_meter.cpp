#include "app/usage_meter.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "app/logging.hpp"

namespace plntry::app {
namespace {

void report(usage::Severity severity, std::string_view event, std::initializer_list<Field> fields) {
  constexpr std::array kLevels{LogLevel::info, LogLevel::warning, LogLevel::error};
  log(kLevels[static_cast<std::size_t>(severity)], event, fields);
}

net::UsageState state_of(const usage::Store& store) {
  const usage::Store::State state = store.state();
  net::UsageState result{.bytes_this_month = state.bytes_this_month,
                         .allowance_bytes = state.allowance,
                         .records_without_call = state.records_without_call,
                         .allows_new = store.allows_new(),
                         .is_stored = state.is_stored};
  std::ranges::transform(state.by_transport, result.by_transport.begin(), &usage::Traffic::relayed);
  return result;
}

// A directory that cannot be had is a mistake to tell at once. A store that fails for another reason, or later, keeps
// nobody from a call: the book retries, and the log says so.
void require_directory(const std::string& directory) {
  if (directory.empty()) return;
  const auto opened = usage::Database::open(directory);
  if (opened) return;
  const usage::Failure& failure = opened.error();
  if (failure.cause != usage::Cause::no_directory && failure.cause != usage::Cause::forbidden) return;
  throw std::runtime_error("--data " + directory + ": " + failure.text + ": " +
                           std::string{usage::remedy(failure.cause)});
}

}  // namespace

std::unique_ptr<usage::Store> open_books(Config& config) {
  if (config.relay == Relaying::off) config.usage.book.allowance = 0;  // nothing is relayed, so nothing is used up
  require_directory(config.usage.book.directory);
  auto store = std::make_unique<usage::Store>(config.usage, report);
  config.turn.meter = [books = store.get()](const net::Metered& metered) {
    const usage::Record record{std::string{metered.user}, metered.transport, metered.started, metered.usage,
                               metered.ended};
    books->add({&record, 1});
  };
  config.ledger.allows_new = &store->allows_new();
  config.http.usage = [books = store.get()] { return state_of(*books); };
  return store;
}

}  // namespace plntry::app
