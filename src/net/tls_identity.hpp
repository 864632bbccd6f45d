// Who the server is under TLS: a certificate, those that vouch for it, and its private key.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "net/openssl.hpp"

namespace plntry::net {

struct TlsIdentity {
  CertificateOwner certificate;
  std::vector<CertificateOwner> chain;  // without the certificate, as it is sent
  KeyOwner key;

  // SHA-256 of the certificate, as browsers show it: AB:CD:…
  std::string fingerprint() const;
  WallTime expires() const;
};

// From files in PEM; the first certificate is the server's. An error is a sentence for whoever runs the server.
std::expected<TlsIdentity, std::string> load_identity(const std::string& certificate_file, const std::string& key_file);

// A certificate that nobody vouches for, over a new P-256 key, for localhost and these addresses. Throws
// std::runtime_error.
TlsIdentity make_identity(const std::vector<IpAddress>& addresses, WallTime now);

}  // namespace plntry::net
