// Texts of options as values, and back. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "net/ice.hpp"

namespace plntry::app {

std::optional<std::uint64_t> parse_number(std::string_view text);

// "20s", "500ms", "2m", "1h"; a number alone is of seconds.
std::optional<Duration> parse_duration(std::string_view text);
std::string print_duration(Duration duration);

// "50GB", "1500MB", "2TiB": a whole number of bytes in powers of 1000 or 1024; at most what SQLite can count.
std::optional<std::uint64_t> parse_size(std::string_view text);

std::string print_time(WallTime time);  // 2026-11-22T10:00:00Z

// "https://call.example.org", "https://example.org:8443" or "*".
bool is_origin(std::string_view text);

// A `stun:` URL, or JSON: an RTCIceServer {"urls": …, "username": …, "credential": …}, or one to make credentials for
// {"urls": …, "secret": …, "ttl": …}. Nothing for what would make a browser refuse the whole list.
std::optional<net::IceService> parse_ice_service(std::string_view text);

// "relay.example.org", "192.0.2.7:3478", "2001:db8::7", "[2001:db8::7]:3478": the host as in a URL, and the port or 0.
std::optional<std::pair<std::string, std::uint16_t>> parse_host_and_port(std::string_view text);

std::string host_in_url(const IpAddress& address);

// Values given at once, separated by commas; a comma inside of braces, brackets or quotes separates nothing.
std::vector<std::string> split_list(std::string_view text);

}  // namespace plntry::app
