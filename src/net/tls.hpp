// TLS for the whole server: its identity, from files or made at start, and what new connections are set up from. The
// identity can be replaced while the server runs; whoever is connected keeps what the connection began with.
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "net/tls_identity.hpp"

namespace plntry::net {

class Tls {
 public:
  struct Config {
    std::string certificate_file{};  // PEM, with its chain; empty, like the next: none
    std::string key_file{};
    bool self_signed = false;
    std::vector<IpAddress> addresses{};  // that a self-signed certificate names besides those of this machine
  };
  struct Description {
    std::string fingerprint;
    WallTime expires;
  };
  using Context = std::shared_ptr<SSL_CTX>;
  enum class Kind : std::uint8_t { stream, datagram };

  // Throws std::runtime_error in words for whoever starts the server.
  explicit Tls(Config config);

  bool is_on() const { return config_.self_signed || !config_.certificate_file.empty(); }
  // For a new connection, from any thread; `is_on`.
  Context context(Kind kind) const;
  Description description() const;

  // Whether the files have changed since they were loaded and are not just being written; or a self-signed certificate
  // grows old. To be asked every few seconds, by one thread.
  bool is_stale();
  // Loads, or makes, the identity anew. An error is a sentence, and leaves everything as it was.
  std::expected<Description, std::string> reload();

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::array<Stamp, 2>;

  static Stamp stamp_of(const std::string& path);
  Stamps stamps() const { return {stamp_of(config_.certificate_file), stamp_of(config_.key_file)}; }

  Config config_;
  Stamps loaded_;  // as the files were when they were last loaded, in vain or not
  Stamps seen_;    // … when they were last looked at

  mutable std::mutex mutex_;
  std::array<Context, 2> contexts_;  // by Kind
  Description description_;
};

}  // namespace plntry::net
