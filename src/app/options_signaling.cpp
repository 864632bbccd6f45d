#include <algorithm>

#include "app/option_groups.hpp"

namespace plntry::app {

void declare_signaling(Options& options, Config& config) {
  signaling::Config& signaling = config.signaling;
  options.number("room-capacity", signaling.room_capacity, 2, signaling::kMaxRoomCapacity, "Seats in a room");
  options.duration("resume-window", signaling.resume_window, 1s, 1h,
                   "How long the seat of a dropped participant is kept");
  options.number("max-rooms", signaling.max_rooms, 1, 10'000'000, "Rooms at a time");
  options.number("max-participants", signaling.max_participants, 1, 10'000'000, "Seats in all rooms at a time");
  options.number("max-message-bytes", config.websocket.message_bytes_max, 32'768, 1'048'576,
                 "Size of one message; a browser's offer, sealed, takes some 10 kB");
  options.one("messages-per-second", "a whole number from 1 to 10000", "50",
              "Messages of one participant; a burst of five seconds, or of 256, is let pass",
              [&](const std::string& text) {
                const auto value = parse_number(text);
                if (!value || *value < 1 || *value > 10'000) return false;
                signaling.messages.per_second = static_cast<double>(*value);
                signaling.messages.capacity = std::max(256.0, 5 * signaling.messages.per_second);
                return true;
              });
  options.one("joins-per-second", "a whole number from 1 to 100000", "5",
              "Joins from one IPv4 address or IPv6 /64; a burst of twenty seconds is let pass",
              [&](const std::string& text) {
                const auto value = parse_number(text);
                if (!value || *value < 1 || *value > 100'000) return false;
                signaling.joins.per_second = static_cast<double>(*value);
                signaling.joins.capacity = 20 * signaling.joins.per_second;
                return true;
              });
  options.duration("ping-interval", config.websocket.ping_interval, 1s, 24s,
                   "How often a connection is asked for a sign of life; routers cut idle ones after 55s, some earlier");
}

}  // namespace plntry::app
