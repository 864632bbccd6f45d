#include "net/tls.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "net/clock.hpp"
#include "net/dtls.hpp"
#include "net/listen.hpp"

namespace plntry::net {
namespace {

using namespace std::string_view_literals;

constexpr std::chrono::days kSelfSignedRemade{30};  // before it ends

// RFC 7301, RFC 7443; in the order of preference.
constexpr std::array kProtocols{"\x08http/1.1"sv, "\x09stun.turn"sv, "\x12stun.nat-discovery"sv};

// RFC 7301 §3.2: who offers nothing that is spoken here is told so. Who offers nothing at all is welcome.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  for (const std::string_view protocol : kProtocols) {
    for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
      if (as_text({offered + at, std::min<std::size_t>(1U + offered[at], offered_size - at)}) != protocol) continue;
      *chosen = offered + at + 1;
      *size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Tls::Context make_context(Tls::Kind kind, const TlsIdentity& identity) {
  const bool stream = kind == Tls::Kind::stream;
  Tls::Context context(::SSL_CTX_new(stream ? ::TLS_server_method() : ::DTLS_server_method()), ::SSL_CTX_free);
  if (!context) return nullptr;
  SSL_CTX* raw = context.get();
  ::SSL_CTX_set_min_proto_version(raw, stream ? TLS1_2_VERSION : DTLS1_2_VERSION);
  ::SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_PRIORITIZE_CHACHA);
  ::SSL_CTX_set_mode(raw,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets, which the clients keep
  ::SSL_CTX_set_num_tickets(raw, 1);
  ::SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  if (!stream) Dtls::set_cookies(*raw);
  if (::SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) return nullptr;  // of 1.2; 1.3 has its own
  if (::SSL_CTX_use_certificate(raw, identity.certificate.get()) != 1) return nullptr;
  if (::SSL_CTX_use_PrivateKey(raw, identity.key.get()) != 1) return nullptr;
  for (const CertificateOwner& certificate : identity.chain) {
    if (::SSL_CTX_add1_chain_cert(raw, certificate.get()) != 1) return nullptr;
  }
  return context;
}

}  // namespace

Tls::Tls(Config config) : config_(std::move(config)) {
  if (!is_on()) return;
  if (const auto loaded = reload(); !loaded) throw std::runtime_error(loaded.error());
}

Tls::Context Tls::context(Kind kind) const {
  const std::scoped_lock lock(mutex_);
  return contexts_[static_cast<std::size_t>(kind)];
}

Tls::Description Tls::description() const {
  const std::scoped_lock lock(mutex_);
  return description_;
}

bool Tls::is_stale() {
  if (!is_on()) return false;
  if (config_.self_signed) return description().expires - kSelfSignedRemade < now().wall;
  const Stamps current = stamps();
  const bool settled = current == std::exchange(seen_, current);
  return settled && current != loaded_;
}

std::expected<Tls::Description, std::string> Tls::reload() {
  loaded_ = seen_ = stamps();
  auto identity = [&]() -> std::expected<TlsIdentity, std::string> {
    if (!config_.self_signed) return load_identity(config_.certificate_file, config_.key_file);
    std::vector<IpAddress> addresses = local_addresses();
    addresses.insert(addresses.end(), config_.addresses.begin(), config_.addresses.end());
    return make_identity(addresses, now().wall);
  }();
  if (!identity) return std::unexpected(identity.error());
  std::array<Context, 2> contexts{make_context(Kind::stream, *identity), make_context(Kind::datagram, *identity)};
  if (std::ranges::find(contexts, nullptr) != contexts.end()) {
    return std::unexpected("OpenSSL refuses the certificate in " + config_.certificate_file + ": " +
                           take_openssl_error() + '.');
  }
  const std::scoped_lock lock(mutex_);
  contexts_ = std::move(contexts);
  description_ = {identity->fingerprint(), identity->expires()};
  return description_;
}

Tls::Stamp Tls::stamp_of(const std::string& path) {
  struct stat found{};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) return {};
  return {found.st_ino, found.st_size, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
}

}  // namespace plntry::net
