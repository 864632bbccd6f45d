// What one waiting participant leaves for whoever joins next (docs/protocol.md §4): consecutive messages on one link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "signaling/types.hpp"

namespace plntry::signaling {

class Hold {
 public:
  enum class Outcome : std::uint8_t { held, already_held, gap, too_much };

  struct Bounds {
    std::size_t messages = 0;
    std::size_t bytes = 0;  // of bodies
  };

  explicit Hold(const LinkId& link) : link_(link) {}

  const LinkId& link() const { return link_; }
  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return messages_.size(); }
  // The last seq that was held, 0 before the first.
  std::uint64_t last_seq() const { return next_seq_ - 1; }

  // Drops what is below `base`, which the sender withdrew. A base never goes down.
  void withdraw_below(std::uint64_t base);

  // What `add` would do with `seq`; decided before the text of the frame is made.
  Outcome check(std::uint64_t seq, std::size_t body_bytes, Bounds bounds) const;

  // Only after `check` said `held`. `text` is the frame that the taker will get; `for_lobby`: also those who wait for
  // the room may have it.
  void add(Text text, std::size_t body_bytes, bool for_lobby);

  // What the lobby is shown: the first messages, up to the first that is not for it.
  std::vector<Text> shown() const;
  // Whether the latest message is the last of those.
  bool is_all_shown() const;

  // The frames in order; the hold is done for.
  std::vector<Text> take() &&;

 private:
  struct Message {
    Text text;
    std::size_t body_bytes = 0;
    bool for_lobby = false;
  };

  LinkId link_;
  std::uint64_t next_seq_ = 1;  // of the message that may be added; messages_ are the ones right before it
  std::size_t bytes_ = 0;       // of bodies
  std::vector<Message> messages_;
};

}  // namespace plntry::signaling
