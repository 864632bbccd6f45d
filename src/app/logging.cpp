#include "app/logging.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <boost/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace plntry::app {
namespace {

LogFormat& format_of_log() {
  static LogFormat format = LogFormat::text;
  return format;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err,
                               spdlog::level::off};
  return kLevels[static_cast<std::size_t>(level)];
}

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

// Quoted only where it would be misread otherwise.
std::string plain(const std::string& text) {
  const bool simple = !text.empty() && text.find_first_of(" \"=\\") == std::string::npos &&
                      std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  return simple ? text : quoted(text);
}

}  // namespace

void open_log(LogFormat format, LogLevel level) {
  format_of_log() = format;
  auto logger = std::make_shared<spdlog::logger>("plntry", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(to_spdlog(level));
  logger->flush_on(spdlog::level::debug);
  logger->set_pattern(
      format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
      spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

void log(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  if (!spdlog::should_log(to_spdlog(level))) return;
  const bool json = format_of_log() == LogFormat::json;
  std::string line = json ? R"("event":)" + quoted(event) : std::string{event};
  for (const auto& [name, value] : fields) {
    line += json ? ',' + quoted(name) + ':' + quoted(value) : ' ' + std::string{name} + '=' + plain(value);
  }
  spdlog::default_logger_raw()->log(to_spdlog(level), spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace plntry::app
