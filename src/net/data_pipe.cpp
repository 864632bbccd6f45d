#include "net/data_pipe.hpp"

#include <algorithm>

#include "net/clock.hpp"

namespace plntry::net {
namespace {

constexpr int kReadsMax = 4;                            // of one way before others have their turn
constexpr std::size_t kReadSize = 16'384;               // and the most that one way holds
constexpr std::size_t kSmallestPayment = 256;           // so that the least bandwidth there is lets something pass
constexpr auto kPause = std::chrono::milliseconds{20};  // until bandwidth is asked for again
constexpr Duration kHalfClosedTimeout = 30s;            // without a byte, once one side has ended

}  // namespace

DataPipe::DataPipe(Loop& loop, turn::ConnectionId connection, Stream client, Stream peer,
                   ConnectionLimits::Ticket ticket, Owner& owner)
    : loop_(loop),
      connection_(connection),
      client_(std::move(client)),
      peer_(std::move(peer)),
      ticket_(std::move(ticket)),
      owner_(owner),
      ways_{
          Way{.from = client_, .to = peer_, .direction = turn::Direction::to_peer, .pause = Timer{loop.executor()}},
          Way{.from = peer_, .to = client_, .direction = turn::Direction::to_client, .pause = Timer{loop.executor()}}},
      last_moved_(now().mono) {}

void DataPipe::start(std::vector<std::uint8_t> early) {
  const auto self = shared_from_this();
  loop_.watch(*this);
  ways_[0].unpaid = early.size();
  ways_[0].bytes = std::move(early);
  for (Way& way : ways_) pump(way);
}

void DataPipe::pump(Way& way) {
  for (int reads = 0; reads < kReadsMax; ++reads) {
    if (is_closed_ || !pay(way) || !flush(way)) return;
    if (way.has_ended) return finish(way);
    const MutableBytes space = loop_.inbox().first(kReadSize);
    const Io got = way.from.read_some(space);
    if (got.is_blocked()) {
      std::vector<std::uint8_t>{}.swap(way.bytes);
      return wait(way, way.from, got);
    }
    way.has_ended = got.is_closed();
    way.bytes.assign(space.begin(), space.begin() + static_cast<std::ptrdiff_t>(got.bytes));
    way.unpaid = got.bytes;
    if (got.bytes > 0) last_moved_ = now().mono;
  }
  loop_.post([self = shared_from_this(), &way] { self->pump(way); });
}

// What a bucket of one second's bytes could never hold at once is paid in parts.
bool DataPipe::pay(Way& way) {
  while (way.unpaid > 0) {
    std::size_t part = way.unpaid;
    while (!owner_.may_relay(connection_, way.direction, part)) {
      if (part <= kSmallestPayment) {
        way.pause.expires_after(kPause);
        way.pause.async_wait([self = shared_from_this(), &way](const boost::system::error_code& error) {
          if (!error) self->pump(way);
        });
        return false;
      }
      part = std::max(part / 2, kSmallestPayment);
    }
    way.unpaid -= part;
  }
  return true;
}

// True when all has left.
bool DataPipe::flush(Way& way) {
  while (way.sent < way.bytes.size() || way.to.has_unsent()) {
    const iovec rest{way.bytes.data() + way.sent, way.bytes.size() - way.sent};
    const Io result = way.to.write_some({&rest, 1});
    if (result.is_closed()) return fail(), false;
    way.sent += result.bytes;
    if (result.is_blocked()) return wait(way, way.to, result), false;
  }
  way.bytes.clear();
  way.sent = 0;
  return true;
}

// One side has said all it had to say. Whoever closed altogether is found out when something is written to it.
void DataPipe::finish(Way& way) {
  if (!std::exchange(way.is_over, true)) way.to.shutdown_send();
  if (std::ranges::all_of(ways_, &Way::is_over)) fail();
}

void DataPipe::wait(Way& way, Stream& stream, Io blocked) {
  stream.async_wait(blocked, [self = shared_from_this(), &way](const boost::system::error_code& error) {
    if (!error) self->pump(way);
  });
}

void DataPipe::handle_tick(TimePoint at) {
  const bool is_half = std::ranges::any_of(ways_, &Way::has_ended);
  if (is_half && at >= last_moved_ + kHalfClosedTimeout) fail();
}

void DataPipe::fail() {
  if (is_closed_) return;
  const auto self = shared_from_this();
  close();
  owner_.handle_pipe_closed(connection_);
}

void DataPipe::close() {
  if (std::exchange(is_closed_, true)) return;
  unlink();
  for (Way& way : ways_) way.pause.cancel();
  client_.close();
  peer_.close();
}

}  // namespace plntry::net
