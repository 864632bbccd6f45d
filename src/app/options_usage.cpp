#include "app/option_groups.hpp"

namespace plntry::app {

void declare_usage(Options& options, Config& config) {
  options.one("data", "a directory; made when it is missing", "",
              "Where the relay's usage is kept, in usage.db; without it, in memory until the end",
              [&](const std::string& text) {
                config.usage.book.directory = text;
                return !text.empty();
              });
  options.one(
      "relay-quota", "a size, like 50GB, 1500MB or 1TiB", "",
      "What may be relayed in a calendar month (UTC), both directions together: at 80% the log says so, at 100% "
      "there are no new allocations, and no call is cut; needs data to survive a restart",
      [&](const std::string& text) {
        const auto size = parse_size(text);
        if (size) config.usage.book.allowance = *size;
        return size && *size > 0;
      });
}

}  // namespace plntry::app
