#include "base/crypto.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace plntry {
namespace {

constexpr std::size_t kBlockSize = 64;  // of MD5, SHA-1 and SHA-256 alike

// One digest, fetched once a thread and used again: a hash then costs no look-up and no allocation.
class Digest {
 public:
  explicit Digest(const char* name) : algorithm_(EVP_MD_fetch(nullptr, name, nullptr)), context_(EVP_MD_CTX_new()) {
    if (!algorithm_ || !context_) throw std::runtime_error(std::string{"libcrypto offers no "} + name);
  }

  void start() { check(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr)); }
  void update(Bytes data) { check(EVP_DigestUpdate(context_.get(), data.data(), data.size())); }
  template <std::size_t Size>
  std::array<std::uint8_t, Size> finish() {
    std::array<std::uint8_t, Size> out;
    check(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr));
    return out;
  }

  static Digest& md5() { return instance<0>("MD5"); }
  static Digest& sha1() { return instance<1>("SHA1"); }
  static Digest& sha256() { return instance<2>("SHA256"); }

 private:
  template <int>
  static Digest& instance(const char* name) {
    thread_local Digest digest{name};
    return digest;
  }

  static void check(int result) {
    if (result != 1) throw std::runtime_error("libcrypto failed to hash");
  }

  struct Free {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

template <std::size_t Size>
std::array<std::uint8_t, Size> hash_of(Digest& digest, std::initializer_list<Bytes> pieces) {
  digest.start();
  for (const Bytes piece : pieces) digest.update(piece);
  return digest.finish<Size>();
}

// RFC 2104 over a reused context: libcrypto's own HMAC allocates for each key.
template <std::size_t Size>
std::array<std::uint8_t, Size> hmac(Digest& digest, Bytes key, std::initializer_list<Bytes> pieces) {
  std::array<std::uint8_t, kBlockSize> block{};
  if (key.size() > kBlockSize) {
    std::ranges::copy(hash_of<Size>(digest, {key}), block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  for (auto& byte : block) byte ^= 0x36;
  digest.start();
  digest.update(block);
  for (const Bytes piece : pieces) digest.update(piece);
  const auto inner = digest.finish<Size>();
  for (auto& byte : block) byte ^= 0x36 ^ 0x5C;
  digest.start();
  digest.update(block);
  digest.update(inner);
  OPENSSL_cleanse(block.data(), block.size());
  return digest.finish<Size>();
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto kBase64UrlValues = [] {
  std::array<int, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Url.size(); ++i) {
    values[static_cast<std::uint8_t>(kBase64Url[i])] = static_cast<int>(i);
  }
  return values;
}();

std::string encode(Bytes data, std::string_view alphabet) {
  std::string text;
  text.reserve((data.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : data) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) text += alphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) text += alphabet[bits << (6 - held) & 63];
  return text;
}

}  // namespace

Sha256 sha256(Bytes data) { return hash_of<32>(Digest::sha256(), {data}); }
Sha256 sha256(std::initializer_list<Bytes> pieces) { return hash_of<32>(Digest::sha256(), pieces); }
Md5 md5(Bytes data) { return hash_of<16>(Digest::md5(), {data}); }
Md5 md5(std::initializer_list<Bytes> pieces) { return hash_of<16>(Digest::md5(), pieces); }

Sha1 hmac_sha1(Bytes key, Bytes data) { return hmac<20>(Digest::sha1(), key, {data}); }
Sha1 hmac_sha1(Bytes key, std::initializer_list<Bytes> pieces) { return hmac<20>(Digest::sha1(), key, pieces); }
Sha256 hmac_sha256(Bytes key, Bytes data) { return hmac<32>(Digest::sha256(), key, {data}); }
Sha256 hmac_sha256(Bytes key, std::initializer_list<Bytes> pieces) { return hmac<32>(Digest::sha256(), key, pieces); }

bool equal_in_constant_time(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64_encode(Bytes data) {
  std::string text = encode(data, kBase64);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string base64url_encode(Bytes data) { return encode(data, kBase64Url); }

std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::vector<std::uint8_t> data;
  data.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char letter : text) {
    const int value = kBase64UrlValues[static_cast<std::uint8_t>(letter)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      data.push_back(static_cast<std::uint8_t>(bits >> held));
    }
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return data;
}

}  // namespace plntry
