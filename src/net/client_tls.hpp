// A client's side of TLS and DTLS for who wants to know everything about the other side's certificate: nothing is
// refused, all is told.
#pragma once

#include <memory>
#include <string>

#include "doctor/facts.hpp"
#include "net/openssl.hpp"

namespace plntry::net {

using ContextOwner = std::unique_ptr<SSL_CTX, OpensslFree<::SSL_CTX_free>>;

// Null if OpenSSL has no memory.
ContextOwner make_client_context(bool datagrams);

// `chain`: what was sent along with it; may be null. `host`: a name or an address; empty asks for none.
doctor::Certificate describe(X509& certificate, STACK_OF(X509) * chain, const std::string& host);

}  // namespace plntry::net
