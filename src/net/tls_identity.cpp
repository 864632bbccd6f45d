#include "net/tls_identity.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace plntry::net {
namespace {

// Browsers that are told to trust such a certificate still want it to end in a little over a year.
constexpr std::chrono::days kSelfSignedLifetime{397};
constexpr std::size_t kChainMax = 16;

using Error = std::unexpected<std::string>;

// OpenSSL would ask for one on the terminal.
int no_password(char*, int, int, void*) { return -1; }

std::expected<BioOwner, std::string> open(const std::string& path) {
  BioOwner bio(::BIO_new_file(path.c_str(), "r"));
  if (bio) return bio;
  const int cause = errno;
  ::ERR_clear_error();
  return Error(path + " cannot be read: " + std::strerror(cause) + '.');
}

std::expected<TlsIdentity, std::string> read_certificates(const std::string& path) {
  auto file = open(path);
  if (!file) return Error(file.error());
  TlsIdentity identity;
  identity.certificate.reset(::PEM_read_bio_X509(file->get(), nullptr, no_password, nullptr));
  if (!identity.certificate) {
    return Error(path + " holds no certificate in PEM (" + take_openssl_error() +
                 "). It begins with -----BEGIN CERTIFICATE-----.");
  }
  while (X509* next = ::PEM_read_bio_X509(file->get(), nullptr, no_password, nullptr)) {
    identity.chain.emplace_back(next);
    if (identity.chain.size() > kChainMax) return Error(path + " holds more certificates than a chain has.");
  }
  ::ERR_clear_error();  // no further one
  return identity;
}

void add_extension(X509& certificate, int name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, &context, name, value.c_str());
  if (!extension || ::X509_add_ext(&certificate, extension, -1) != 1) {
    ::X509_EXTENSION_free(extension);
    throw std::runtime_error("A certificate cannot be made: " + take_openssl_error());
  }
  ::X509_EXTENSION_free(extension);
}

std::string subject_names(std::vector<IpAddress> addresses) {
  addresses.insert(addresses.end(), {IpAddress::v4(127, 0, 0, 1), *IpAddress::parse("::1")});
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  addresses.erase(repeated.begin(), repeated.end());
  std::string names = "DNS:localhost";
  for (const IpAddress& address : addresses) names += ",IP:" + address.to_string();
  return names;
}

}  // namespace

std::string TlsIdentity::fingerprint() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  ::X509_digest(certificate.get(), ::EVP_sha256(), digest.data(), &size);
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 0xF];
  }
  return text;
}

WallTime TlsIdentity::expires() const {
  std::tm parts{};
  ::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate.get()), &parts);
  return WallTime{std::chrono::seconds{::timegm(&parts)}};
}

std::expected<TlsIdentity, std::string> load_identity(const std::string& certificate_file,
                                                      const std::string& key_file) {
  auto identity = read_certificates(certificate_file);
  if (!identity) return identity;
  auto file = open(key_file);
  if (!file) return Error(file.error());
  identity->key.reset(::PEM_read_bio_PrivateKey(file->get(), nullptr, no_password, nullptr));
  if (!identity->key) {
    return Error(key_file + " holds no private key in PEM that can be read without a password (" +
                 take_openssl_error() + "). To take the password off: openssl pkey -in " + key_file);
  }
  if (::X509_check_private_key(identity->certificate.get(), identity->key.get()) != 1) {
    ::ERR_clear_error();
    return Error("The key in " + key_file + " is not that of the first certificate in " + certificate_file +
                 ". Give the pair that was issued together, the server's own certificate first.");
  }
  return identity;
}

TlsIdentity make_identity(const std::vector<IpAddress>& addresses, WallTime now) {
  TlsIdentity identity{CertificateOwner(::X509_new()), {}, KeyOwner(EVP_EC_gen("P-256"))};
  X509* certificate = identity.certificate.get();
  if (!certificate || !identity.key) throw std::runtime_error("A key cannot be made: " + take_openssl_error());

  std::uint64_t serial = 0;
  ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  const std::time_t begin = (now - std::chrono::days{1}).time_since_epoch().count();  // for clocks that are behind
  const std::time_t end = (now + kSelfSignedLifetime).time_since_epoch().count();
  ::X509_set_version(certificate, X509_VERSION_3);
  ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(certificate), serial >> 1 | 1);
  ::ASN1_TIME_set(::X509_getm_notBefore(certificate), begin);
  ::ASN1_TIME_set(::X509_getm_notAfter(certificate), end);
  ::X509_set_pubkey(certificate, identity.key.get());
  X509_NAME* name = ::X509_get_subject_name(certificate);
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("plntry"), -1, -1, 0);
  ::X509_set_issuer_name(certificate, name);
  add_extension(*certificate, NID_subject_alt_name, subject_names(addresses));
  add_extension(*certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(*certificate, NID_ext_key_usage, "serverAuth");
  if (::X509_sign(certificate, identity.key.get(), ::EVP_sha256()) == 0) {
    throw std::runtime_error("A certificate cannot be signed: " + take_openssl_error());
  }
  return identity;
}

}  // namespace plntry::net
