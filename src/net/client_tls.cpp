#include "net/client_tls.hpp"

#include <algorithm>
#include <ctime>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/endpoint.hpp"

namespace plntry::net {
namespace {

constexpr std::size_t kNamesMax = 4;  // that are told

WallTime to_time(const ASN1_TIME* time) {
  std::tm parts{};
  ::ASN1_TIME_to_tm(time, &parts);
  return WallTime{std::chrono::seconds{::timegm(&parts)}};
}

// Only what is text of one line: certificates are strangers'.
std::string readable(const unsigned char* text, int size) {
  std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(std::clamp(size, 0, 253)));
  for (char& c : out) c = c > 0x20 && c < 0x7F ? c : '?';
  return out;
}

std::string print(const GENERAL_NAME& name) {
  int type = 0;
  const void* value = ::GENERAL_NAME_get0_value(&name, &type);
  if (type != GEN_DNS && type != GEN_IPADD) return {};
  const auto* text = static_cast<const ASN1_STRING*>(value);
  const unsigned char* data = ::ASN1_STRING_get0_data(text);
  const int size = ::ASN1_STRING_length(text);
  if (type == GEN_DNS) return readable(data, size);
  const auto address = IpAddress::from_bytes({data, static_cast<std::size_t>(size)});
  return address ? address->to_string() : std::string{};
}

std::string names_of(X509& certificate) {
  const std::unique_ptr<GENERAL_NAMES, OpensslFree<::GENERAL_NAMES_free>> all(
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  std::size_t told = 0;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const std::string name = print(*sk_GENERAL_NAME_value(all.get(), i));
    if (name.empty()) continue;
    if (told == kNamesMax) return text + " and others";
    text += (told == 0 ? "" : ", ") + name;
    told += 1;
  }
  return text.empty() ? "nobody by name" : text;
}

bool names(X509& certificate, const std::string& host) {
  if (host.empty()) return true;
  if (IpAddress::parse(host)) return ::X509_check_ip_asc(&certificate, host.c_str(), 0) == 1;
  return ::X509_check_host(&certificate, host.data(), host.size(), 0, nullptr) == 1;
}

// Empty when an authority of this machine's vouches for it.
std::string distrust(X509& certificate, STACK_OF(X509) * chain) {
  const std::unique_ptr<X509_STORE, OpensslFree<::X509_STORE_free>> store(::X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, OpensslFree<::X509_STORE_CTX_free>> context(::X509_STORE_CTX_new());
  if (!store || !context || ::X509_STORE_set_default_paths(store.get()) != 1 ||
      ::X509_STORE_CTX_init(context.get(), store.get(), &certificate, chain) != 1) {
    return take_openssl_error();
  }
  ::X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  ::X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);  // dates are told by themselves
  const bool trusted = ::X509_verify_cert(context.get()) == 1;
  ::ERR_clear_error();
  return trusted ? "" : ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(context.get()));
}

}  // namespace

ContextOwner make_client_context(bool datagrams) {
  ContextOwner context(::SSL_CTX_new(datagrams ? ::DTLS_client_method() : ::TLS_client_method()));
  if (!context) return context;
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  ::SSL_CTX_set_min_proto_version(context.get(), datagrams ? DTLS1_2_VERSION : TLS1_2_VERSION);
  return context;
}

doctor::Certificate describe(X509& certificate, STACK_OF(X509) * chain, const std::string& host) {
  std::string why = distrust(certificate, chain);
  return {.is_trusted = why.empty(),
          .distrust = std::move(why),
          .is_self_signed = ::X509_self_signed(&certificate, 0) == 1,
          .names_host = names(certificate, host),
          .names = names_of(certificate),
          .begins = to_time(::X509_get0_notBefore(&certificate)),
          .expires = to_time(::X509_get0_notAfter(&certificate))};
}

}  // namespace plntry::net
