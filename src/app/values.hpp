// Texts of options as values, and back. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace plntry::app {

std::optional<std::uint64_t> parse_number(std::string_view text);

// "20s", "500ms", "2m", "1h"; a number alone is of seconds.
std::optional<Duration> parse_duration(std::string_view text);
std::string print_duration(Duration duration);

// "https://call.example.org", "https://example.org:8443" or "*".
bool is_origin(std::string_view text);

// A `stun:` URL, or an RTCIceServer in JSON: {"urls": …, "username": …, "credential": …}. Gives it as JSON on one line.
std::optional<std::string> parse_ice_server(std::string_view text);

// Values given at once, separated by commas; a comma inside of braces, brackets or quotes separates nothing.
std::vector<std::string> split_list(std::string_view text);

}  // namespace plntry::app
