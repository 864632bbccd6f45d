#include "net/event_stream.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "net/clock.hpp"
#include "net/http_response.hpp"
#include "net/signalling.hpp"
#include "net/system_random.hpp"

namespace plntry::net {
namespace {

constexpr std::size_t kTokenSize = 24;      // random bytes
constexpr std::size_t kTokenKeyLength = 8;  // letters of a token that it is found by
constexpr int kReadsMax = 4;                // of one connection before others have their turn
// Programs that look into everything that comes hold the first two kilobytes back.
constexpr std::size_t kPadding = 2'048;
// A frame of JSON grows by a backslash for each of its quotes when it becomes a JSON string itself.
constexpr std::size_t kEscapingMax = 2;
constexpr std::size_t kBehind = 2;  // bytes that are kept of what is sent: they show whether an event has begun

std::string make_token() {
  std::array<std::uint8_t, kTokenSize> bytes;
  SystemRandom{}.fill(bytes);
  return base64url_encode(bytes);
}

}  // namespace

EventStream::EventStream(Loop& loop, Stream stream, ConnectionLimits::Ticket ticket, const Config& config,
                         Metrics& metrics, Signalling& signalling, EventStreams& streams, std::string head)
    : loop_(loop),
      config_(config),
      metrics_(metrics),
      signalling_(signalling),
      streams_(streams),
      stream_(std::move(stream)),
      ticket_(std::move(ticket)),
      token_(make_token()),
      outbox_(std::move(head)),
      liveness_(config, now().mono) {
  metrics_.event_streams_open += 1;
  outbox_.append(1, ':').append(kPadding, ' ').append("\n\n");
  outbox_ += print_event("open", R"({"token":")" + token_ + "\"}");
}

EventStream::~EventStream() { metrics_.event_streams_open -= 1; }

void EventStream::start() {
  if (state_ == State::closed) return;
  loop_.watch(*this);
  streams_.add(*this);
  read_when_ready({});
}

void EventStream::read_when_ready(Io blocked) {
  stream_.async_wait(blocked, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->read();
  });
}

// A client has nothing more to say here: it is read to notice the end.
void EventStream::read() {
  Io got;
  for (int reads = 0; reads < kReadsMax && state_ != State::closed; ++reads) {
    got = stream_.read_some(loop_.inbox());
    if (got.is_closed()) return close();
    if (got.is_blocked()) return read_when_ready(got);
  }
  if (state_ != State::closed) loop_.post([self = shared_from_this()] { self->read(); });
}

// RFC 9110 §9.2.2: somebody on the way may have sent a post twice. It is the same post by its number.
PostOutcome EventStream::handle_post(const Post& post) {
  if (post.number() > posts_ + 1) return PostOutcome::out_of_order;
  liveness_.handle_sign();
  if (post.number() <= posts_) return PostOutcome::taken;
  posts_ = post.number();
  for (const std::string_view frame : post.frames()) handle_frame(frame);
  signalling_.perform_effects();
  return PostOutcome::taken;
}

void EventStream::handle_frame(std::string_view frame) {
  if (deaf_ || state_ != State::open) return;
  if (frame.size() > config_.message_bytes_max) return handle_fault(signaling::ErrorCode::too_large);
  metrics_.messages_received += 1;
  auto message = signaling::parse_client_frame(std::string{frame});
  if (!message) return handle_fault(message.error());
  signalling_.message(*this, std::move(*message));
}

// The hub closes it. What else has come with it is not looked at.
void EventStream::handle_fault(signaling::ErrorCode error) {
  deaf_ = true;
  signalling_.fault(shared_from_this(), error);
}

void EventStream::enqueue(signaling::Text text) {
  if (state_ != State::open) return;
  const std::string event = print_frame_event(*text);
  const std::size_t most = kEscapingMax * config_.outbox_bytes_max;
  if (outbox_.size() - sent_ + event.size() > most) flush();  // what of it the kernel takes
  if (state_ != State::open) return;
  if (outbox_.size() - sent_ + event.size() > most) {
    outbox_.resize(end_of_begun_event(outbox_, sent_));
    metrics_.slow_consumers += 1;
    signalling_.fault(shared_from_this(), signaling::ErrorCode::slow_consumer);
    return;
  }
  metrics_.messages_sent += 1;
  liveness_.handle_sent();
  outbox_ += event;
}

void EventStream::enqueue_close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  state_ = State::closing;
  closes_by_ = now().mono + config_.close_timeout;
  outbox_ +=
      print_event("close", R"({"code":)" + std::to_string(code) + R"(,"reason":")" + std::string{reason} + "\"}");
}

void EventStream::flush() {
  if (awaiting_write_ || state_ == State::closed) return;
  while (sent_ < outbox_.size() || stream_.has_unsent()) {
    const iovec piece{outbox_.data() + sent_, outbox_.size() - sent_};
    const Io sent = stream_.write_some({&piece, sent_ < outbox_.size() ? 1U : 0U});
    if (sent.is_closed()) return close();
    sent_ += sent.bytes;
    if (sent.is_blocked()) return flush_when_ready(sent);
  }
  std::string{}.swap(outbox_);  // an idle connection keeps no buffer
  sent_ = 0;
  if (state_ == State::closing) close();
}

void EventStream::flush_when_ready(Io blocked) {
  if (2 * sent_ > outbox_.size() && sent_ > kBehind) outbox_.erase(0, sent_ - std::exchange(sent_, kBehind));
  awaiting_write_ = true;
  stream_.async_wait(blocked, [self = shared_from_this()](const boost::system::error_code& error) {
    self->awaiting_write_ = false;
    if (error) return;
    self->liveness_.handle_sign();  // it took something
    self->flush();
  });
}

void EventStream::handle_tick(TimePoint at) {
  if (at >= closes_by_) return close();
  if (state_ != State::open) return;
  const auto due = liveness_.look(at);
  if (due == Liveness::Due::nothing) return;
  if (due == Liveness::Due::end) {
    metrics_.event_streams_dead += 1;
    return close();
  }
  outbox_ += print_event("ping", "{}");
  flush();
}

void EventStream::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  streams_.remove(*this);
  stream_.close();
  unlink();  // now, on this loop: the hub's may be the last to let go of it
  signalling_.closed(shared_from_this());
}

void EventStreams::add(EventStream& stream) { streams_.emplace(stream.token().substr(0, kTokenKeyLength), &stream); }

void EventStreams::remove(const EventStream& stream) {
  const auto found = streams_.find(std::string{stream.token().substr(0, kTokenKeyLength)});
  if (found != streams_.end() && found->second == &stream) streams_.erase(found);
}

PostOutcome EventStreams::handle_post(std::string_view text) {
  const auto post = Post::parse(text);
  if (!post) return PostOutcome::malformed;
  const auto found = streams_.find(std::string{post->token().substr(0, kTokenKeyLength)});
  if (found == streams_.end()) return PostOutcome::unknown;
  if (!equal_in_constant_time(as_bytes(found->second->token()), as_bytes(post->token()))) return PostOutcome::unknown;
  const auto stream = found->second->shared_from_this();  // what it says may end it
  return stream->handle_post(*post);
}

// No length: it ends with the connection (RFC 9112 §6.3), also for who speaks HTTP/1.0.
std::string print_event_stream_head(std::string_view headers) {
  Response response;
  response.type = "text/event-stream";
  response.endless = true;
  response.headers = "Cache-Control: no-store, no-transform\r\nX-Accel-Buffering: no\r\n";
  response.headers += headers;
  return print_head(response, false);
}

}  // namespace plntry::net
