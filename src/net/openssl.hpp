// OpenSSL's objects with an owner, and its last error in words.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace plntry::net {

template <auto Free>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioOwner = std::unique_ptr<BIO, OpensslFree<::BIO_free>>;
using CertificateOwner = std::unique_ptr<X509, OpensslFree<::X509_free>>;
using KeyOwner = std::unique_ptr<EVP_PKEY, OpensslFree<::EVP_PKEY_free>>;
using SslOwner = std::unique_ptr<SSL, OpensslFree<::SSL_free>>;

// Takes what this thread's queue of errors holds; the first one is the cause.
inline std::string take_openssl_error() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_error());
  std::string text = reason ? reason : "unknown error";
  ::ERR_clear_error();
  return text;
}

}  // namespace plntry::net
