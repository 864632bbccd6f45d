#include "net/turn_stream.hpp"

#include <algorithm>
#include <utility>

#include "net/clock.hpp"

namespace plntry::net {
namespace {

constexpr int kReadsMax = 4;                           // of one connection before others have their turn
constexpr std::size_t kReadSize = 16'384;              // of one read
constexpr std::size_t kStrangerReadSize = 1'024;       // half a word from each of thousands must not cost much
constexpr std::size_t kMessageBytesMax = 20 + 65'535;  // the longest that STUN and ChannelData can say
constexpr std::size_t kReplyRoom = 4'096;              // media must not crowd out the answers, which nobody repeats
constexpr std::size_t kOutboxKept = 4'096;             // of an idle connection

}  // namespace

TurnStream::TurnStream(TurnLoop& turn, Stream stream, const turn::FiveTuple& client, ConnectionLimits::Ticket ticket,
                       const Config& config, Metrics& metrics)
    : turn_(turn),
      config_(config),
      metrics_(metrics),
      stream_(std::move(stream)),
      ticket_(std::move(ticket)),
      client_(client),
      framer_({.max_message_size = config.stranger_message_bytes_max,
               .read_size = kStrangerReadSize,
               .framing = stun::Framing::stun_and_channel_data}),
      last_message_(now().mono) {
  metrics_.turn_streams_open += 1;
}

TurnStream::~TurnStream() { metrics_.turn_streams_open -= 1; }

void TurnStream::start(std::vector<std::uint8_t> received) {
  const auto self = shared_from_this();
  turn_.loop().watch(*this);
  turn_.open_session(client_, *this);
  if (!received.empty()) {
    framer_.allow(config_.stranger_message_bytes_max, received.size());
    std::ranges::copy(received, framer_.space().begin());
    framer_.commit(received.size());
    framer_.allow(config_.stranger_message_bytes_max, kStrangerReadSize);
    message_began_ = now().mono;
    if (!handle_received(now())) return;
  }
  read();
}

void TurnStream::read_when_ready(Io blocked) {
  stream_.async_wait(blocked, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->read();
  });
}

void TurnStream::read() {
  if (is_closed_) return;
  const Now at = now();
  Io got;
  for (int reads = 0; reads < kReadsMax; ++reads) {
    const bool was_mid_message = framer_.is_mid_message();
    const MutableBytes space = framer_.space();
    got = stream_.read_some(space);
    if (got.is_blocked()) break;
    if (got.is_closed()) return close();
    framer_.commit(got.bytes);
    if (!handle_received(at)) return;
    if (!was_mid_message || last_message_ == at.mono) message_began_ = at.mono;
    if (got.bytes < space.size() && !stream_.has_buffered()) break;  // the socket is drained
  }
  framer_.rest();
  if (stream_.has_buffered() && !got.is_blocked()) {
    turn_.loop().post([self = shared_from_this()] { self->read(); });
  } else {
    read_when_ready(got);
  }
}

// False when it is no longer a session.
bool TurnStream::handle_received(Now at) {
  const bool is_sound = take_messages(at);
  turn_.finish_batch();  // what was read is borrowed until here
  if (is_closed_) return false;
  if (!is_sound) return close(), false;
  if (connection_ || destination_) return leave(), false;
  return true;
}

// False when the stream cannot be understood any more.
bool TurnStream::take_messages(Now at) {
  for (;;) {
    const auto message = framer_.next();
    if (!message) {
      metrics_.turn_streams_broken += 1;
      return false;
    }
    if (!*message) return true;
    last_message_ = at.mono;
    turn_.handle_message(client_, **message, at);
    if (destination_) in_hand_.assign((*message)->begin(), (*message)->end());
    if (destination_ || connection_) return true;
    if (has_allocation_) continue;
    has_allocation_ = turn_.has_allocation(client_);
    if (has_allocation_) framer_.allow(kMessageBytesMax, kReadSize);
  }
}

bool TurnStream::send(Bytes header, Bytes data, std::size_t padding) {
  const std::size_t size = header.size() + data.size() + padding;
  const std::size_t max = (has_allocation_ ? config_.outbox_bytes_max : config_.stranger_outbox_bytes_max) +
                          (data.empty() ? kReplyRoom : 0);
  if (is_closed_ || outbox_.size() - sent_ + size > max) return false;
  if (sent_ > max) {  // what has left makes room, in one go with every so much
    outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }
  outbox_.insert(outbox_.end(), header.begin(), header.end());
  outbox_.insert(outbox_.end(), data.begin(), data.end());
  outbox_.resize(outbox_.size() + padding);
  return true;
}

void TurnStream::flush() {
  if (is_closed_ || awaiting_write_) return;
  while (sent_ < outbox_.size() || stream_.has_unsent()) {
    const iovec rest{outbox_.data() + sent_, outbox_.size() - sent_};
    const Io result = stream_.write_some({&rest, 1});
    if (result.is_closed()) return close();
    sent_ += result.bytes;
    if (!result.is_blocked()) continue;
    awaiting_write_ = true;
    stream_.async_wait(result, [self = shared_from_this()](const boost::system::error_code& error) {
      self->awaiting_write_ = false;
      if (!error) self->flush();
    });
    return;
  }
  outbox_.clear();
  sent_ = 0;
  if (outbox_.capacity() > kOutboxKept) std::vector<std::uint8_t>{}.swap(outbox_);
}

void TurnStream::allocation_ended() {
  has_allocation_ = false;
  last_message_ = now().mono;  // a while to begin another one
}

void TurnStream::handle_tick(TimePoint at) {
  const bool is_slow = framer_.is_mid_message() && at >= message_began_ + config_.message_timeout;
  const bool is_idle = !has_allocation_ && at >= last_message_ + config_.idle_timeout;
  if (!is_slow && !is_idle) return;
  metrics_.connections_expired += 1;
  close();
}

// RFC 6062: to be a peer's data, or to the loop that knows of it. What was to be said before has been written; whoever
// does not take it, though it is little, is let go.
void TurnStream::leave() {
  if (awaiting_write_) return close();
  is_closed_ = true;
  const auto self = shared_from_this();
  unlink();
  turn_.close_session(client_, now());
  std::vector<std::uint8_t> received = std::move(in_hand_);
  const std::vector<std::uint8_t> rest = framer_.take_rest();
  received.insert(received.end(), rest.begin(), rest.end());
  if (connection_) return turn_.join(*connection_, std::move(stream_), std::move(ticket_), std::move(received));
  auto moved = std::move(stream_).moved_to(destination_->loop().executor());
  if (!moved) return;
  const auto next =
      std::make_shared<TurnStream>(*destination_, std::move(*moved), client_, std::move(ticket_), config_, metrics_);
  destination_->loop().post([next, received = std::move(received)]() mutable { next->start(std::move(received)); });
}

void TurnStream::close() {
  if (std::exchange(is_closed_, true)) return;
  const auto self = shared_from_this();
  unlink();
  stream_.close();
  turn_.close_session(client_, now());
  if (connection_) turn_.abandon(*connection_);
}

}  // namespace plntry::net
