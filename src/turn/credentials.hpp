// Who may use the relay: users with fixed passwords, and ephemeral credentials that anybody who shares a secret with
// the relay can mint (the "TURN REST" scheme: username "<expiry>:<user>", password base64(HMAC-SHA1(secret,
// username))).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/time.hpp"
#include "stun/types.hpp"

namespace plntry::turn {

// The key of a long-term credential (RFC 8489 §9.2.2): 16 bytes for MD5, 32 for SHA-256.
class IntegrityKey {
 public:
  IntegrityKey() = default;
  explicit IntegrityKey(Bytes bytes);
  Bytes bytes() const { return Bytes{bytes_}.first(size_); }

 private:
  std::array<std::uint8_t, 32> bytes_{};
  std::uint8_t size_ = 0;
};

struct EphemeralCredentials {
  std::string username;
  std::string password;
};
EphemeralCredentials mint_ephemeral(std::string_view secret, std::string_view user, WallTime expires);

// Whom a username stands for, whatever its expiry: "1700000000:alice" and "1700000600:alice" are both alice. What
// quotas count and what revocation names.
std::string_view user_of(std::string_view username);

class Credentials {
 public:
  struct User {
    std::string name;
    std::string password;
  };
  struct Config {
    std::string realm = "plntry";
    std::vector<User> users;
    std::vector<std::string> secrets;  // several, so that one can be replaced while the other is still in use
  };
  static constexpr std::size_t kMaxSecrets = 4;

  // The keys that a request from `username` may be signed with.
  class Keys {
   public:
    void add(const IntegrityKey& key) { keys_[size_++] = key; }
    std::span<const IntegrityKey> list() const { return std::span{keys_}.first(size_); }

   private:
    std::array<IntegrityKey, kMaxSecrets> keys_;
    std::size_t size_ = 0;
  };

  // Throws std::invalid_argument for a name, password or realm that no client could send, or too many secrets.
  explicit Credentials(Config config);
  Credentials(Credentials&&) = default;
  Credentials& operator=(Credentials&&) = default;
  Credentials(const Credentials&) = delete;  // `by_userhash_` looks into `fixed_`
  Credentials& operator=(const Credentials&) = delete;

  const std::string& realm() const { return config_.realm; }
  // None for a name that is unknown or expired.
  Keys keys(std::string_view username, stun::PasswordAlgorithm algorithm, WallTime now) const;
  // The name behind a USERHASH. Only fixed users can be found by it: an ephemeral name is known to its minter alone.
  std::optional<std::string_view> username_of(Bytes userhash) const;
  bool knows_userhashes() const { return !by_userhash_.empty(); }

 private:
  struct FixedUser {
    IntegrityKey md5;
    IntegrityKey sha256;
  };

  Config config_;
  std::map<std::string, FixedUser, std::less<>> fixed_;
  std::map<Sha256, std::string_view> by_userhash_;  // into the names of `fixed_`
};

}  // namespace plntry::turn
