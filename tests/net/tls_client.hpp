// A client that speaks TLS by OpenSSL's own sockets, and the files that a server's certificate comes in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "net/harness.hpp"
#include "net/openssl.hpp"

namespace plntry::test {

struct TlsWish {
  int version = TLS1_3_VERSION;
  std::vector<std::string> protocols{};  // ALPN; empty: none is offered
  SSL_SESSION* resume = nullptr;
};

class TlsClient final : public RawClient {
 public:
  using Session = std::unique_ptr<SSL_SESSION, net::OpensslFree<::SSL_SESSION_free>>;

  // Shakes hands at once; ask `is_secured`.
  explicit TlsClient(const TestServer& server, const TlsWish& wish = {});

  void send(std::string_view bytes) override;
  // Bytes that are no TLS.
  void send_raw(std::string_view bytes) { RawClient::send(bytes); }

  bool is_secured() const { return secured_; }
  bool is_resumed() const { return ::SSL_session_reused(ssl_.get()) == 1; }
  int version() const { return ::SSL_version(ssl_.get()); }
  std::string protocol() const;     // ALPN's choice
  std::string fingerprint() const;  // of the server's certificate
  // Once something was read: TLS 1.3 sends tickets after the handshake.
  Session session() const { return Session{::SSL_get1_session(ssl_.get())}; }

 private:
  std::size_t receive(std::span<char> chunk) override;

  net::SslOwner ssl_;
  bool secured_ = false;
};

// certificate.pem and key.pem in a directory of their own, for the length of a test.
class IdentityFiles {
 public:
  IdentityFiles();
  ~IdentityFiles();
  IdentityFiles(const IdentityFiles&) = delete;
  IdentityFiles& operator=(const IdentityFiles&) = delete;

  // A new pair, of which the fingerprint is given.
  std::string renew() const;
  void renew_key_only() const;
  void encrypt_key() const;
  void write_certificate(const std::string& text) const;
  std::string certificate() const { return folder_ / "certificate.pem"; }
  std::string key() const { return folder_ / "key.pem"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace plntry::test
