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

bool Outbox::takes(const Run& run, const Way& way, std::size_t size) const {
  return can_segment_ && !run.is_closed && run.datagrams < kRunDatagramsMax && size <= run.size && size > 0 &&
         run.bytes + size <= kRunBytesMax && way == run.way;
}

Outbox::Run& Outbox::run_for(const Way& way, std::size_t size) {
  if (datagrams_count_ == kDatagramsMax) flush();
  if (runs_count_ > 0 && takes(runs_[runs_count_ - 1], way, size)) return runs_[runs_count_ - 1];
  if (runs_count_ == kRunsMax) flush();
  Run& run = runs_[runs_count_++];
  run = {.way = way,
         .first_datagram = datagrams_count_,
         .datagrams = 0,
         .first_piece = pieces_count_,
         .size = size,
         .bytes = 0,
         .is_closed = false};
  return run;
}

void Outbox::push(const Way& way, Bytes header, Bytes data, std::size_t padding) {
  assert(header.size() <= kHeaderMax && padding <= kPaddingMax);
  const std::size_t size = header.size() + data.size() + padding;
  Run& run = run_for(way, size);
  const std::size_t before = pieces_count_;
  if (!header.empty()) {
    auto& kept = headers_[datagrams_count_];
    std::ranges::copy(header, kept.begin());
    pieces_[pieces_count_++] = piece(Bytes{kept}.first(header.size()));
  }
  pieces_[pieces_count_++] = piece(data);
  if (padding > 0) pieces_[pieces_count_++] = piece(Bytes{kZeros}.first(padding));
  pieces_of_[datagrams_count_++] = static_cast<std::uint8_t>(pieces_count_ - before);
  run.datagrams += 1;
  run.bytes += size;
  run.is_closed = size < run.size;
}

void Outbox::flush() {
  for (std::size_t i = 0; i < runs_count_; ++i) {
    const Run& run = runs_[i];
    const std::size_t end = i + 1 < runs_count_ ? runs_[i + 1].first_piece : pieces_count_;
    bursts_[i] = {.to = run.way.to,
                  .from = run.way.from,
                  .pieces = std::span{pieces_}.subspan(run.first_piece, end - run.first_piece),
                  .size = run.datagrams > 1 ? run.size : 0,
                  .dont_fragment = run.way.dont_fragment};
  }
  for (std::size_t first = 0; first < runs_count_;) {
    const auto leaves_with_first = [&](const Run& run) {
      return run.way.socket == runs_[first].way.socket && !run.way.dont_fragment && !runs_[first].way.dont_fragment;
    };
    std::size_t last = first + 1;
    while (last < runs_count_ && leaves_with_first(runs_[last])) ++last;
    send_group(first, last);
    first = last;
  }
  runs_count_ = datagrams_count_ = pieces_count_ = 0;
}

// The runs from `first` to before `last`, all out of one socket.
void Outbox::send_group(std::size_t first, std::size_t last) {
  const UdpSocket& socket = *runs_[first].way.socket;
  while (last - first > 1) {
    counters_.calls += 1;
    const std::size_t sent = socket.send(std::span{bursts_}.subspan(first, last - first));
    for (const std::size_t end = first + sent; first < end; ++first) count(SendResult::sent, runs_[first].datagrams);
    if (first == last) return;
    if (send_alone(first++) != SendResult::full) continue;
    for (; first < last; ++first) count(SendResult::full, runs_[first].datagrams);  // what is full for one is for all
  }
  if (first < last) send_alone(first);
}

SendResult Outbox::send_alone(std::size_t index) {
  const Run& run = runs_[index];
  counters_.calls += 1;
  const SendResult result = run.way.socket->send(bursts_[index]);
  // A train whose datagrams exceed the path's MTU is refused whole, where each alone would be fragmented.
  if (result == SendResult::too_large && run.datagrams > 1) {
    send_apart(run);
  } else {
    count(result, run.datagrams);
  }
  return result;
}

void Outbox::send_apart(const Run& run) {
  std::size_t at = run.first_piece;
  for (std::size_t i = run.first_datagram; i < run.first_datagram + run.datagrams; at += pieces_of_[i++]) {
    const Burst one{.to = run.way.to,
                    .from = run.way.from,
                    .pieces = std::span{pieces_}.subspan(at, pieces_of_[i]),
                    .dont_fragment = run.way.dont_fragment};
    counters_.calls += 1;
    count(run.way.socket->send(one), 1);
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
