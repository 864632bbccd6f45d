#include "net/dtls.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/crypto.hpp"
#include "net/clock.hpp"

namespace plntry::net {
namespace {

constexpr std::size_t kPlaintextSize = 65'536;
constexpr std::size_t kRecordMax = 16'384;  // RFC 6347 §4.1
constexpr int kRecordsMax = 64;             // in one datagram; a record is 13 bytes at least
constexpr long kHandshakeMtu = 1'200;       // passes every path that calls do

// What goes to one client as one record.
thread_local std::array<std::uint8_t, kRecordMax> record;

// A new handshake where there is a session: the client has lost its own (RFC 6347 §4.2.8).
bool is_client_hello(Bytes datagram) {
  constexpr std::size_t kRecordHeader = 13;
  return datagram.size() > kRecordHeader && datagram[0] == 22 && load_be16(datagram, 3) == 0 &&
         datagram[kRecordHeader] == 1;
}

}  // namespace

class Dtls::Session final : public TurnSession {
 public:
  Session(Association association, ConnectionLimits::Ticket ticket, TimePoint at)
      : association_(std::move(association)), ticket_(std::move(ticket)), last_message_(at) {}

  SSL* ssl() const { return association_.ssl.get(); }
  Link& link() const { return *association_.link; }
  bool is_established() const { return ::SSL_is_init_finished(ssl()) == 1; }

  bool send(Bytes header, Bytes data, std::size_t padding) override {
    const std::size_t size = header.size() + data.size() + padding;
    if (size > record.size()) return false;
    const auto after_header = std::ranges::copy(header, record.begin()).out;
    const auto after_data = std::ranges::copy(data, after_header).out;
    std::fill_n(after_data, padding, std::uint8_t{0});
    ::ERR_clear_error();
    std::size_t written = 0;
    return ::SSL_write_ex(ssl(), record.data(), size, &written) == 1;
  }
  void flush() override {}  // each is a datagram of its own, and has left
  void allocation_ended() override {
    has_allocation = false;
    last_message_ = now().mono;
  }

  void heard(TimePoint at) { last_message_ = at; }
  TimePoint last_message() const { return last_message_; }

  bool has_allocation = false;

 private:
  Association association_;
  ConnectionLimits::Ticket ticket_;
  TimePoint last_message_;  // or, during the handshake, its beginning
};

Dtls::Dtls(TurnLoop& turn, const UdpSocket& socket, const Tls& tls, ConnectionLimits& limits, const Config& config,
           Metrics& metrics)
    : turn_(turn),
      socket_(socket),
      tls_(tls),
      limits_(limits),
      config_(config),
      metrics_(metrics),
      sessions_(0, turn::FiveTupleHash{SystemRandom{}.u64()}) {
  SystemRandom{}.fill(cookie_key_);
  if (tls_.is_on()) plaintext_.resize(kPlaintextSize);
  turn_.loop().watch(*this);
}

Dtls::~Dtls() = default;

void Dtls::handle_datagram(const turn::FiveTuple& flow, Bytes datagram, Now at) {
  const auto found = sessions_.find(flow);
  if (found == sessions_.end()) return greet(flow, datagram, at);
  Session& session = *found->second;
  if (session.is_established() && is_client_hello(datagram)) return greet(flow, datagram, at);

  ::ERR_clear_error();
  session.link().incoming = datagram;
  bool is_over = false;
  for (int records = 0; records < kRecordsMax; ++records) {
    const MutableBytes space = room();
    std::size_t size = 0;
    const int result = ::SSL_read_ex(session.ssl(), space.data(), space.size(), &size);
    if (result != 1) {
      const int error = ::SSL_get_error(session.ssl(), result);
      is_over = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
      break;
    }
    plaintext_used_ += size;
    session.heard(at.mono);
    turn_.handle_message(flow, space.first(size), at);
    if (!session.has_allocation) session.has_allocation = turn_.has_allocation(flow);
  }
  session.link().incoming = {};
  if (is_over) {
    if (!session.is_established()) metrics_.dtls_failures += 1;
    end(found, at);
  }
}

// Where the next record is decrypted to. What was there before is borrowed until the batch is finished.
MutableBytes Dtls::room() {
  if (plaintext_.size() - plaintext_used_ < kRecordMax) {
    turn_.finish_batch();
    plaintext_used_ = 0;
  }
  return MutableBytes{plaintext_}.subspan(plaintext_used_, kRecordMax);
}

// Answers a ClientHello without a cookie by one with, and makes a session of who brings it back.
void Dtls::greet(const turn::FiveTuple& flow, Bytes datagram, Now at) {
  if (!is_client_hello(datagram)) return;
  Tls::Context context = tls_.context(Tls::Kind::datagram);
  if (!listener_.ssl || context != listener_context_) {
    listener_context_ = std::move(context);
    listener_ = prepare();
  }
  ::ERR_clear_error();
  listener_.link->flow = flow;
  listener_.link->incoming = datagram;
  const std::unique_ptr<BIO_ADDR, OpensslFree<::BIO_ADDR_free>> nobody(::BIO_ADDR_new());
  const int result = ::DTLSv1_listen(listener_.ssl.get(), nobody.get());
  if (result < 0) listener_ = {};  // whatever it is, it does not carry over to the next client
  if (result <= 0) return;

  if (const auto found = sessions_.find(flow); found != sessions_.end()) {
    ::SSL_set_quiet_shutdown(found->second->ssl(), 1);  // the client would take it for something of its new session
    end(found, at);
  }
  auto ticket = limits_.admit(flow.client.address);
  Association association = std::exchange(listener_, {});
  if (ticket.verdict() != ConnectionLimits::Verdict::admitted) {
    metrics_.connections_refused += 1;
    return;
  }
  metrics_.dtls_sessions += 1;
  auto session = std::make_unique<Session>(std::move(association), std::move(ticket), at.mono);
  const int shaken = ::SSL_do_handshake(session->ssl());
  if (shaken != 1 && ::SSL_get_error(session->ssl(), shaken) != SSL_ERROR_WANT_READ) {
    metrics_.dtls_failures += 1;  // no common ground
    return;
  }
  session->link().incoming = {};
  turn_.open_session(flow, *session);
  sessions_.emplace(flow, std::move(session));
}

void Dtls::handle_tick(TimePoint at) {
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const auto each = next++;
    const Session& session = *each->second;
    const bool established = session.is_established();
    ::ERR_clear_error();
    if (!established) ::DTLSv1_handle_timeout(session.ssl());  // sends its last flight again when it is time to
    const Duration patience = established ? config_.idle_timeout : config_.handshake_timeout;
    if (session.has_allocation || at < session.last_message() + patience) continue;
    if (!established) metrics_.dtls_failures += 1;
    end(each, now());
  }
}

void Dtls::end(Sessions::iterator session, Now at) {
  ::ERR_clear_error();
  if (session->second->is_established()) ::SSL_shutdown(session->second->ssl());
  ::ERR_clear_error();
  turn_.close_session(session->first, at);
  sessions_.erase(session);
}

void Dtls::set_cookies(SSL_CTX& context) {
  ::SSL_CTX_set_cookie_generate_cb(&context, make_cookie);
  ::SSL_CTX_set_cookie_verify_cb(&context, check_cookie);
}

Dtls::Association Dtls::prepare() {
  // The address of a Link stays what the BIO was told, whoever owns it.
  Association association{std::make_unique<Link>(Link{*this, {}, {}}), SslOwner(::SSL_new(listener_context_.get()))};
  BIO* bio = association.ssl ? ::BIO_new(bio_method()) : nullptr;
  if (!bio) throw std::bad_alloc{};
  ::BIO_set_data(bio, association.link.get());
  ::BIO_set_init(bio, 1);
  SSL* ssl = association.ssl.get();
  ::SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, association.link.get());
  ::SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU | SSL_OP_COOKIE_EXCHANGE);
  SSL_set_mtu(ssl, kHandshakeMtu);
  ::SSL_set_accept_state(ssl);
  return association;
}

int Dtls::receive(BIO* bio, char* out, int size) {
  Link& link = *static_cast<Link*>(::BIO_get_data(bio));
  ::BIO_clear_retry_flags(bio);
  if (link.incoming.empty()) {
    ::BIO_set_retry_read(bio);
    return -1;
  }
  const Bytes taken = link.incoming.first(std::min(link.incoming.size(), static_cast<std::size_t>(size)));
  std::ranges::copy(taken, out);
  link.incoming = {};  // what does not fit is lost, as of a datagram
  return static_cast<int>(taken.size());
}

// What the kernel does not take is lost, as datagrams are.
int Dtls::transmit(BIO* bio, const char* data, int size) {
  const Link& link = *static_cast<Link*>(::BIO_get_data(bio));
  ::BIO_clear_retry_flags(bio);
  iovec piece{const_cast<char*>(data), static_cast<std::size_t>(size)};
  link.dtls.socket_.send({.to = link.flow.client, .from = link.flow.server.address, .pieces = {&piece, 1}});
  return size;
}

long Dtls::control(BIO*, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return kHandshakeMtu;
    default:
      return 0;
  }
}

std::array<std::uint8_t, 32> Dtls::cookie_of(const turn::FiveTuple& flow) const {
  const std::string text = flow.client.to_string() + ' ' + flow.server.to_string();
  return hmac_sha256(cookie_key_, as_bytes(text));
}

int Dtls::make_cookie(SSL* ssl, unsigned char* cookie, unsigned* size) {
  const Link& link = *static_cast<Link*>(SSL_get_app_data(ssl));
  const auto made = link.dtls.cookie_of(link.flow);
  std::ranges::copy(made, cookie);
  *size = static_cast<unsigned>(made.size());
  return 1;
}

int Dtls::check_cookie(SSL* ssl, const unsigned char* cookie, unsigned size) {
  const Link& link = *static_cast<Link*>(SSL_get_app_data(ssl));
  return equal_in_constant_time(link.dtls.cookie_of(link.flow), {cookie, size}) ? 1 : 0;
}

const BIO_METHOD* Dtls::bio_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "plntry datagrams");
    if (!method) throw std::bad_alloc{};
    ::BIO_meth_set_read(method, receive);
    ::BIO_meth_set_write(method, transmit);
    ::BIO_meth_set_ctrl(method, control);
    return method;
  }();
  return kMethod;
}

}  // namespace plntry::net
