// Every bound of the signalling core. `app/config` fills it in and checks the ranges.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "base/token_bucket.hpp"

namespace plntry::signaling {

struct Config {
  std::size_t room_capacity = 2;                       // seats; 2 … kMaxRoomCapacity
  Duration resume_window = std::chrono::seconds{120};  // a dropped participant's seat is kept so long
  std::size_t max_rooms = 50'000;
  std::size_t max_participants = 100'000;  // seats in all rooms, those kept for the away included

  std::size_t message_bytes = 65'536;  // one frame, header and body; enforced by `net` while reading
  std::size_t held_messages = 64;      // in one hold
  std::size_t held_bytes = 262'144;    // of bodies in one hold

  // One participant's messages. The burst lets a whole link (256 unacknowledged messages, §8) be sent again at once.
  Rate messages{.capacity = 256, .per_second = 50};
  // Refused messages that are answered `rate_limited` before it counts as `flooding`.
  Rate refusals{.capacity = 512, .per_second = 10};

  // Joins and connections of one address: an IPv4 address, or an IPv6 /64.
  Rate joins{.capacity = 100, .per_second = 5};
  std::size_t connections_per_address = 1'000;
  std::size_t max_addresses = 200'000;  // remembered at a time
  std::uint64_t hash_seed = 0;          // random, so that nobody can aim at one bucket of the address table

  Duration retry_when_full = std::chrono::seconds{10};  // `retryAfter` of server_full and too_many_connections

  // On drain, clients are told to come back after drain_delay at the earliest, spread evenly over drain_spread.
  Duration drain_delay = std::chrono::milliseconds{500};
  Duration drain_spread = std::chrono::seconds{4};
};

}  // namespace plntry::signaling
