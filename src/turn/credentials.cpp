#include "turn/credentials.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <stdexcept>

#include "stun/attributes.hpp"
#include "stun/integrity.hpp"

namespace plntry::turn {
namespace {

constexpr std::size_t kMaxRealmSize = 127;

// The expiry in front of an ephemeral username; nothing if there is none.
std::optional<WallTime> expiry_of(std::string_view username) {
  const std::string_view digits = username.substr(0, username.find(':'));
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || seconds < 0)
    return std::nullopt;
  return WallTime{std::chrono::seconds{seconds}};
}

std::string password_of(std::string_view secret, std::string_view username) {
  return base64_encode(hmac_sha1(as_bytes(secret), as_bytes(username)));
}

IntegrityKey derive(stun::PasswordAlgorithm algorithm, std::string_view username, std::string_view realm,
                    std::string_view password) {
  return algorithm == stun::PasswordAlgorithm::sha256
             ? IntegrityKey{stun::long_term_key_sha256(username, realm, password)}
             : IntegrityKey{stun::long_term_key_md5(username, realm, password)};
}

}  // namespace

IntegrityKey::IntegrityKey(Bytes bytes) : size_(static_cast<std::uint8_t>(bytes.size())) {
  assert(bytes.size() <= bytes_.size());
  std::ranges::copy(bytes, bytes_.begin());
}

EphemeralCredentials mint_ephemeral(std::string_view secret, std::string_view user, WallTime expires) {
  std::string username = std::to_string(expires.time_since_epoch().count());
  if (!user.empty()) username.append(":").append(user);
  std::string password = password_of(secret, username);
  return {std::move(username), std::move(password)};
}

std::string_view user_of(std::string_view username) {
  const std::size_t colon = username.find(':');
  return colon != std::string_view::npos && expiry_of(username) ? username.substr(colon + 1) : username;
}

Credentials::Credentials(Config config) : config_(std::move(config)) {
  if (!stun::is_opaque_string(config_.realm) || config_.realm.size() > kMaxRealmSize) {
    throw std::invalid_argument("the relay's realm must be 1 to 127 bytes of text");
  }
  if (config_.secrets.size() > kMaxSecrets)
    throw std::invalid_argument("at most 4 relay secrets can be in use at once");
  if (std::ranges::any_of(config_.secrets, &std::string::empty)) {
    throw std::invalid_argument("a relay secret must not be empty: anybody could mint credentials with it");
  }
  for (const User& user : config_.users) {
    if (!stun::is_opaque_string(user.name) || user.name.size() > stun::kMaxUsernameSize) {
      throw std::invalid_argument("a relay user's name must be 1 to 508 bytes of text");
    }
    if (!stun::is_opaque_string(user.password)) {
      throw std::invalid_argument("the password of relay user '" + user.name + "' must be text and not empty");
    }
    fixed_[user.name] = {derive(stun::PasswordAlgorithm::md5, user.name, config_.realm, user.password),
                         derive(stun::PasswordAlgorithm::sha256, user.name, config_.realm, user.password)};
  }
  for (const auto& [name, keys] : fixed_) by_userhash_[stun::userhash_of(name, config_.realm)] = name;
  config_.users.clear();  // RFC 8656 §6: MUST NOT store the password, MUST store the key
}

Credentials::Keys Credentials::keys(std::string_view username, stun::PasswordAlgorithm algorithm, WallTime now) const {
  Keys keys;
  if (const auto fixed = fixed_.find(username); fixed != fixed_.end()) {
    keys.add(algorithm == stun::PasswordAlgorithm::sha256 ? fixed->second.sha256 : fixed->second.md5);
    return keys;
  }
  const auto expiry = expiry_of(username);
  if (!expiry || *expiry <= now) return keys;
  for (const std::string& secret : config_.secrets) {
    keys.add(derive(algorithm, username, config_.realm, password_of(secret, username)));
  }
  return keys;
}

std::optional<std::string_view> Credentials::username_of(Bytes userhash) const {
  Sha256 key;
  if (userhash.size() != key.size()) return std::nullopt;
  std::ranges::copy(userhash, key.begin());
  const auto found = by_userhash_.find(key);
  return found == by_userhash_.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace plntry::turn
