#include "net/websocket.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <sys/uio.h>

#include "net/clock.hpp"
#include "net/signalling.hpp"

namespace plntry::net {
namespace {

constexpr std::uint32_t kCompactAt = 64;
constexpr std::size_t kGatherMax = 16;  // messages a system call
constexpr int kReadsMax = 4;            // of one connection before others have their turn

}  // namespace

WebSocket::WebSocket(Loop& loop, Stream stream, ConnectionLimits::Ticket ticket, const Config& config, Metrics& metrics,
                     Signalling& signalling, std::string upgrade)
    : loop_(loop),
      config_(config),
      metrics_(metrics),
      signalling_(signalling),
      stream_(std::move(stream)),
      ticket_(std::move(ticket)),
      decoder_(config.message_bytes_max),
      liveness_(config, now().mono) {
  metrics_.websockets_open += 1;
  push({std::make_shared<const std::string>(std::move(upgrade)), Opcode::continuation});
}

std::size_t WebSocket::wire_size(const Outgoing& outgoing) {
  const std::size_t size = outgoing.text->size();
  return outgoing.opcode == Opcode::continuation ? size : frame_header(outgoing.opcode, size).size + size;
}

WebSocket::~WebSocket() { metrics_.websockets_open -= 1; }

void WebSocket::start() {
  loop_.watch(*this);
  if (stream_.has_buffered()) return read();  // TLS may hold what came with the request
  read_when_ready({});
}

void WebSocket::read_when_ready(Io blocked) {
  stream_.async_wait(blocked, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->read();
  });
}

void WebSocket::read() {
  const MutableBytes inbox = loop_.inbox();
  Io got;
  for (int reads = 0; reads < kReadsMax && state_ != State::closed; ++reads) {
    got = stream_.read_some(inbox);
    if (got.is_blocked()) break;
    if (got.is_closed()) return close();
    // Whatever has come, it is alive. But while it takes nothing, our ping has not reached it, and this is no answer.
    if (!awaiting_write_) liveness_.handle_sign();
    decode(inbox.first(got.bytes));
    if (got.bytes < inbox.size() && !stream_.has_buffered()) break;  // the socket is drained
  }
  if (state_ != State::closed && stream_.has_buffered() && !got.is_blocked()) {
    loop_.post([self = shared_from_this()] { self->read(); });
  } else if (state_ != State::closed) {
    read_when_ready(got);
  }
  signalling_.perform_effects();
}

void WebSocket::decode(MutableBytes input) {
  while (!deaf_ && state_ != State::closed) {
    const auto frame = decoder_.next(input);
    if (!frame) return handle_fault(frame.error());
    if (!*frame) return;
    handle_frame(**frame);
  }
}

void WebSocket::handle_frame(const Frame& frame) {
  switch (frame.opcode) {
    case Opcode::text:
      return handle_text(frame.payload);
    case Opcode::ping:
      return handle_ping(frame.payload);
    case Opcode::close:
      return handle_close(frame.payload);
    case Opcode::binary:
      return handle_bad_request();
    case Opcode::pong:
    case Opcode::continuation:
      return;
  }
}

// RFC 6455 §5.5.3: not every ping needs a pong. While one waits to be sent, no other is queued behind it, so who sends
// pings and reads nothing costs one pong.
void WebSocket::handle_ping(std::string_view payload) {
  if (pong_waits_) return;
  pong_waits_ = true;
  push({std::make_shared<const std::string>(payload), Opcode::pong});
  flush();
}

// The hub closes it. What else has come with it is not looked at.
void WebSocket::handle_bad_request() {
  deaf_ = true;
  if (state_ == State::open) signalling_.fault(shared_from_this(), signaling::ErrorCode::bad_request);
}

void WebSocket::handle_text(std::string_view text) {
  if (state_ != State::open) return;
  metrics_.messages_received += 1;
  auto message = signaling::parse_client_frame(std::string{text});
  if (!message) return handle_bad_request();
  signalling_.message(*this, std::move(*message));
}

// RFC 6455 §5.5.1: answered with the same code; then the server is the first to close the connection (§7.1.1).
void WebSocket::handle_close(std::string_view payload) {
  peer_closed_ = true;
  deaf_ = true;
  if (state_ == State::open) {
    enqueue_close(payload.size() >= 2 ? load_be16(as_bytes(payload), 0) : signaling::kCloseNormal, {});
    signalling_.closed(shared_from_this());
  }
  flush();
}

void WebSocket::handle_fault(FrameError error) {
  deaf_ = true;
  if (state_ != State::open) return;
  metrics_.bad_frames += 1;
  if (error == FrameError::too_large) {
    return signalling_.fault(shared_from_this(), signaling::ErrorCode::too_large);
  }
  enqueue_close(error == FrameError::not_utf8 ? 1007 : 1002, {});  // RFC 6455 §7.4.1
  flush();
  signalling_.closed(shared_from_this());
}

void WebSocket::enqueue(signaling::Text text) {
  if (state_ != State::open) return;
  if (outbox_bytes_ + text->size() > config_.outbox_bytes_max) flush();  // what of it the kernel takes
  if (state_ != State::open) return;
  if (outbox_bytes_ + text->size() > config_.outbox_bytes_max) {
    drop_unsent();
    metrics_.slow_consumers += 1;
    signalling_.fault(shared_from_this(), signaling::ErrorCode::slow_consumer);
    return;
  }
  metrics_.messages_sent += 1;
  liveness_.handle_sent();
  push({std::move(text), Opcode::text});
}

void WebSocket::enqueue_close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  payload += reason;
  state_ = State::closing;
  closes_by_ = now().mono + config_.close_timeout;
  push({std::make_shared<const std::string>(std::move(payload)), Opcode::close});
}

void WebSocket::push(Outgoing outgoing) {
  outbox_bytes_ += static_cast<std::uint32_t>(wire_size(outgoing));
  outbox_.push_back(std::move(outgoing));
}

// Only whole messages: what has begun to be sent must end, or nothing after it could be read. The upgrade goes first.
void WebSocket::drop_unsent() {
  const bool begun =
      outbox_head_ < outbox_.size() && (head_sent_ > 0 || outbox_[outbox_head_].opcode == Opcode::continuation);
  const std::size_t keep = outbox_head_ + (begun ? 1 : 0);
  while (outbox_.size() > keep) {
    if (outbox_.back().opcode == Opcode::pong) pong_waits_ = false;
    outbox_bytes_ -= static_cast<std::uint32_t>(wire_size(outbox_.back()));
    outbox_.pop_back();
  }
}

void WebSocket::flush() {
  if (awaiting_write_ || state_ == State::closed) return;
  while (outbox_head_ < outbox_.size() || stream_.has_unsent()) {
    const Io sent = send_some();
    if (sent.is_closed()) return close();
    advance(sent.bytes);
    compact();
    if (sent.is_blocked()) return flush_when_ready(sent);
  }
  std::vector<Outgoing>{}.swap(outbox_);  // an idle connection keeps no buffer
  outbox_head_ = 0;
  if (state_ == State::closing && peer_closed_) close();
}

// One system call for several messages, each a header and a text that is shared, not copied.
Io WebSocket::send_some() {
  std::array<FrameHeader, kGatherMax> headers;
  std::array<iovec, 2 * kGatherMax> pieces;
  std::size_t count = 0;
  std::size_t skip = head_sent_;
  const auto add = [&](const void* data, std::size_t size) {
    const std::size_t skipped = std::min(skip, size);
    skip -= skipped;
    if (size == skipped) return;
    pieces[count++] = {const_cast<char*>(static_cast<const char*>(data)) + skipped, size - skipped};
  };
  const std::size_t end = std::min<std::size_t>(outbox_.size(), outbox_head_ + kGatherMax);
  for (std::size_t i = outbox_head_; i < end; ++i) {
    const Outgoing& outgoing = outbox_[i];
    FrameHeader& header = headers[i - outbox_head_];
    if (outgoing.opcode != Opcode::continuation) header = frame_header(outgoing.opcode, outgoing.text->size());
    add(header.bytes.data(), header.size);
    add(outgoing.text->data(), outgoing.text->size());
  }
  return stream_.write_some(std::span{pieces}.first(count));
}

void WebSocket::flush_when_ready(Io blocked) {
  awaiting_write_ = true;
  stream_.async_wait(blocked, [self = shared_from_this()](const boost::system::error_code& error) {
    self->awaiting_write_ = false;
    if (error) return;
    self->liveness_.handle_sign();  // it took something
    self->flush();
  });
}

void WebSocket::advance(std::size_t sent) {
  head_sent_ += static_cast<std::uint32_t>(sent);
  while (outbox_head_ < outbox_.size()) {
    const auto size = static_cast<std::uint32_t>(wire_size(outbox_[outbox_head_]));
    if (head_sent_ < size) return;
    head_sent_ -= size;
    outbox_bytes_ -= size;
    if (outbox_[outbox_head_].opcode == Opcode::pong) pong_waits_ = false;
    outbox_[outbox_head_++].text.reset();
  }
}

// Forgets what is sent, in one go with every so many: a queue that is never quite empty must not grow.
void WebSocket::compact() {
  if (outbox_head_ < kCompactAt || 2 * outbox_head_ < outbox_.size()) return;
  outbox_.erase(outbox_.begin(), outbox_.begin() + outbox_head_);
  outbox_head_ = 0;
}

void WebSocket::handle_tick(TimePoint at) {
  if (at >= closes_by_) return close();
  if (state_ != State::open) return;
  const auto due = liveness_.look(at);
  if (due == Liveness::Due::nothing) return;
  if (due == Liveness::Due::end) {
    metrics_.websockets_dead += 1;
    return close();
  }
  push({std::make_shared<const std::string>(), Opcode::ping});
  flush();
}

void WebSocket::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  stream_.close();
  unlink();  // now, on this loop: the hub's may be the last to let go of it
  signalling_.closed(shared_from_this());
}

}  // namespace plntry::net
