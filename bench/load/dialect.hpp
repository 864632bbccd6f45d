// How each system under load is spoken to. Participants come in pairs, numbers 2n and 2n + 1 in one room, and write
// to each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace plntry::bench {

enum class Event : std::uint8_t {
  nothing,
  reply,      // `Heard::text` is to be sent back
  ready,      // the participant can send and receive
  delivered,  // `Heard::text` holds the other's message
};

struct Heard {
  Event event = Event::nothing;
  std::string_view text;  // borrowed from the message heard, or constant
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string request(std::uint32_t participant) const = 0;
  virtual std::string message(std::uint32_t from, std::string_view body) const = 0;
  virtual Heard hear(std::string_view text) const = 0;
};

// "plntry", "peer", "socket.io" or "floor"; nullptr for anything else.
std::unique_ptr<Dialect> make_dialect(std::string_view system);

}  // namespace plntry::bench
