// Stands in for a WebSocket where none gets through (docs/protocol.md §12): an HTTP answer without an end carries
// events down, and posts bring frames up. Half of it never lets a dead client show, so a ping is answered by a post.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "net/carrier.hpp"
#include "net/connection_limits.hpp"
#include "net/event_text.hpp"
#include "net/liveness.hpp"
#include "net/loop.hpp"
#include "net/metrics.hpp"
#include "net/stream.hpp"

namespace plntry::net {

class EventStreams;
class Signalling;

enum class PostOutcome : std::uint8_t {
  taken,        // or had been: a number that has come before is not looked at again
  malformed,    // not as §12 says
  unknown,      // no stream with this token, any more
  out_of_order  // a post before it has not come
};

class EventStream final : public Carrier, public Ticked, public std::enable_shared_from_this<EventStream> {
 public:
  // `head` is that of the answer. It leaves together with the first frame.
  EventStream(Loop& loop, Stream stream, ConnectionLimits::Ticket ticket, const Config& config, Metrics& metrics,
              Signalling& signalling, EventStreams& streams, std::string head);
  ~EventStream() override;

  void start() override;
  void enqueue(signaling::Text text) override;
  void enqueue_close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  void handle_tick(TimePoint at) override;

  std::string_view token() const { return token_; }
  PostOutcome handle_post(const Post& post);

 private:
  enum class State : std::uint8_t { open, closing, closed };

  void read_when_ready(Io blocked);
  void read();
  void handle_frame(std::string_view frame);
  void handle_fault(signaling::ErrorCode error);
  void flush_when_ready(Io blocked);
  void close();

  Loop& loop_;
  const Config& config_;
  Metrics& metrics_;
  Signalling& signalling_;
  EventStreams& streams_;
  Stream stream_;
  ConnectionLimits::Ticket ticket_;
  const std::string token_;
  std::string outbox_;  // events, of which `sent_` bytes have been
  std::size_t sent_ = 0;
  std::uint64_t posts_ = 0;  // that have come: the number of the latest
  State state_ = State::open;
  bool deaf_ = false;  // nothing more of the client's is looked at
  bool awaiting_write_ = false;
  Liveness liveness_;
  TimePoint closes_by_ = TimePoint::max();
};

// Finds the stream that a post belongs to. On the hub's loop.
class EventStreams {
 public:
  void add(EventStream& stream);
  void remove(const EventStream& stream);
  PostOutcome handle_post(std::string_view text);

 private:
  // By what a token begins with; the rest of it is compared in constant time.
  std::unordered_map<std::string, EventStream*> streams_;
};

// The head of the answer: no cache and no proxy may keep events back or change them. `headers` end in CRLF each.
std::string print_event_stream_head(std::string_view headers);

}  // namespace plntry::net
