#include "net/outbox.hpp"

#include <algorithm>
#include <cassert>

namespace plntry::net {
namespace {

constexpr std::array<std::uint8_t, Outbox::kPaddingMax> kZeros{};

iovec piece(Bytes bytes) { return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; }

}  // namespace

SendCounters& SendCounters::operator+=(const SendCounters& other) {
  datagrams += other.datagrams;
  calls += other.calls;
  full += other.full;
  too_large += other.too_large;
  unreachable += other.unreachable;
  return *this;
}

bool Outbox::takes(const Way& way, std::size_t size) const {
  return can_segment_ && !is_closed_ && datagrams_ < kDatagramsMax && size <= size_ && size > 0 &&
         bytes_ + size <= kBytesMax && way == way_;
}

void Outbox::push(const Way& way, Bytes header, Bytes data, std::size_t padding) {
  assert(header.size() <= kHeaderMax && padding <= kPaddingMax);
  const std::size_t size = header.size() + data.size() + padding;
  if (datagrams_ > 0 && !takes(way, size)) flush();
  if (datagrams_ == 0) {
    way_ = way;
    size_ = size;
  }
  const std::size_t before = pieces_count_;
  if (!header.empty()) {
    auto& kept = headers_[datagrams_];
    std::ranges::copy(header, kept.begin());
    pieces_[pieces_count_++] = piece(Bytes{kept}.first(header.size()));
  }
  pieces_[pieces_count_++] = piece(data);
  if (padding > 0) pieces_[pieces_count_++] = piece(Bytes{kZeros}.first(padding));
  pieces_of_[datagrams_] = static_cast<std::uint8_t>(pieces_count_ - before);
  datagrams_ += 1;
  bytes_ += size;
  is_closed_ = size < size_;
}

void Outbox::flush() {
  if (datagrams_ == 0) return;
  const Burst burst{.to = way_.to,
                    .from = way_.from,
                    .pieces = std::span{pieces_}.first(pieces_count_),
                    .size = datagrams_ > 1 ? size_ : 0,
                    .dont_fragment = way_.dont_fragment};
  counters_.calls += 1;
  const SendResult result = way_.socket->send(burst);
  // A train whose datagrams exceed the path's MTU is refused whole, where each alone would be fragmented.
  if (result == SendResult::too_large && datagrams_ > 1) {
    send_each();
  } else {
    count(result, datagrams_);
  }
  datagrams_ = bytes_ = pieces_count_ = 0;
  is_closed_ = false;
}

void Outbox::send_each() {
  std::size_t at = 0;
  for (std::size_t i = 0; i < datagrams_; at += pieces_of_[i++]) {
    const Burst one{.to = way_.to,
                    .from = way_.from,
                    .pieces = std::span{pieces_}.subspan(at, pieces_of_[i]),
                    .dont_fragment = way_.dont_fragment};
    counters_.calls += 1;
    count(way_.socket->send(one), 1);
  }
}

void Outbox::count(SendResult result, std::size_t datagrams) {
  switch (result) {
    case SendResult::sent:
      counters_.datagrams += datagrams;
      break;
    case SendResult::full:
      counters_.full += datagrams;
      break;
    case SendResult::too_large:
      counters_.too_large += datagrams;
      break;
    case SendResult::unreachable:
      counters_.unreachable += datagrams;
      break;
  }
}

}  // namespace plntry::net
