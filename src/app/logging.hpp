// One event a line, on stderr: `2026-11-22T10:00:00.000Z info listening address=[::]:8080`, or the same as JSON.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "app/config.hpp"

namespace plntry::app {

using Field = std::pair<std::string_view, std::string>;

void open_log(LogFormat format, LogLevel level);

// `event` and the fields' names are ours: lower case, hyphens. Values may be anything.
void log(LogLevel level, std::string_view event, std::initializer_list<Field> fields = {});

}  // namespace plntry::app
