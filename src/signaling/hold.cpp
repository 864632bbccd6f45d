#include "signaling/hold.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace plntry::signaling {

void Hold::withdraw_below(std::uint64_t base) {
  const std::uint64_t first_seq = next_seq_ - messages_.size();
  if (base <= first_seq) return;
  const auto withdrawn = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(base - first_seq, messages_.size()));
  for (const Message& message : std::span{messages_}.first(static_cast<std::size_t>(withdrawn))) {
    bytes_ -= message.body_bytes;
  }
  messages_.erase(messages_.begin(), messages_.begin() + withdrawn);
  next_seq_ = std::max(next_seq_, base);
}

Hold::Outcome Hold::check(std::uint64_t seq, std::size_t body_bytes, Bounds bounds) const {
  if (seq < next_seq_) return Outcome::already_held;
  if (seq > next_seq_) return Outcome::gap;
  if (messages_.size() >= bounds.messages || body_bytes > bounds.bytes - bytes_) return Outcome::too_much;
  return Outcome::held;
}

void Hold::add(Text text, std::size_t body_bytes, bool for_lobby) {
  messages_.push_back({std::move(text), body_bytes, for_lobby});
  bytes_ += body_bytes;
  next_seq_ += 1;
}

std::vector<Text> Hold::shown() const {
  std::vector<Text> frames;
  for (const Message& message : messages_) {
    if (!message.for_lobby) break;
    frames.push_back(message.text);
  }
  return frames;
}

bool Hold::is_all_shown() const { return std::ranges::all_of(messages_, &Message::for_lobby); }

std::vector<Text> Hold::take() && {
  std::vector<Text> frames;
  frames.reserve(messages_.size());
  for (Message& message : messages_) frames.push_back(std::move(message.text));
  messages_.clear();
  bytes_ = 0;
  return frames;
}

}  // namespace plntry::signaling
