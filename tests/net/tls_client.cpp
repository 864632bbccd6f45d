#include "net/tls_client.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/socket.h>

#include "net/clock.hpp"
#include "net/tls_identity.hpp"

namespace plntry::test {
namespace {

net::BioOwner writer(const std::string& path) { return net::BioOwner(::BIO_new_file(path.c_str(), "w")); }

void write_key(const std::string& path, EVP_PKEY* key) {
  ::PEM_write_bio_PrivateKey(writer(path).get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace

TlsClient::TlsClient(const TestServer& server, const TlsWish& wish) : RawClient(server.port()) {
  std::signal(SIGPIPE, SIG_IGN);
  const timeval patience{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(kPatience).count(), .tv_usec = 0};
  ::setsockopt(socket().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

  SSL_CTX* context = ::SSL_CTX_new(::TLS_client_method());
  ::SSL_CTX_set_min_proto_version(context, wish.version);
  ::SSL_CTX_set_max_proto_version(context, wish.version);
  std::string offered;
  for (const std::string& protocol : wish.protocols) offered += static_cast<char>(protocol.size()) + protocol;
  ::SSL_CTX_set_alpn_protos(context, as_bytes(offered).data(), static_cast<unsigned>(offered.size()));
  ssl_.reset(::SSL_new(context));
  ::SSL_CTX_free(context);
  ::SSL_set_fd(ssl_.get(), socket().native_handle());
  if (wish.resume) ::SSL_set_session(ssl_.get(), wish.resume);
  secured_ = ::SSL_connect(ssl_.get()) == 1;
}

void TlsClient::send(std::string_view bytes) { ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }

std::size_t TlsClient::receive(std::span<char> chunk) {
  const int size = ::SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()));
  if (size > 0) return static_cast<std::size_t>(size);
  if (errno == EAGAIN) throw std::runtime_error("nothing happened for too long");
  return 0;
}

std::string TlsClient::protocol() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return std::string{as_text({chosen, size})};
}

std::string TlsClient::fingerprint() const {
  const net::TlsIdentity identity{net::CertificateOwner(::SSL_get1_peer_certificate(ssl_.get())), {}, {}};
  return identity.fingerprint();
}

IdentityFiles::IdentityFiles() {
  std::string pattern = std::filesystem::path{testing::TempDir()} / "plntry-tls-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no directory for certificates");
  folder_ = pattern;
  renew();
}

IdentityFiles::~IdentityFiles() { std::filesystem::remove_all(folder_); }

std::string IdentityFiles::renew() const {
  const net::TlsIdentity identity = net::make_identity({}, net::now().wall);
  ::PEM_write_bio_X509(writer(certificate()).get(), identity.certificate.get());
  write_key(key(), identity.key.get());
  return identity.fingerprint();
}

void IdentityFiles::renew_key_only() const { write_key(key(), net::KeyOwner(EVP_EC_gen("P-256")).get()); }

void IdentityFiles::encrypt_key() const {
  const net::KeyOwner fresh(EVP_EC_gen("P-256"));
  const auto* password = reinterpret_cast<const unsigned char*>("secret");
  ::PEM_write_bio_PrivateKey(writer(key()).get(), fresh.get(), ::EVP_aes_128_cbc(), password, 6, nullptr, nullptr);
}

void IdentityFiles::write_certificate(const std::string& text) const { std::ofstream(certificate()) << text; }

}  // namespace plntry::test
