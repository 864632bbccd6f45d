#include "doctor/words.hpp"

#include <algorithm>
#include <cctype>

namespace plntry::doctor {
namespace {

Finding fault(std::string text, std::string remedy) {
  return {.check = {}, .grade = Grade::failed, .text = std::move(text), .remedy = std::move(remedy)};
}

}  // namespace

std::string in_words(Duration duration) {
  using namespace std::chrono;
  if (duration < 1s) return std::to_string(duration_cast<milliseconds>(duration).count()) + " ms";
  if (duration < 1min) return std::to_string(duration_cast<seconds>(duration).count()) + " s";
  if (duration < 1h) return std::to_string(duration_cast<minutes>(duration).count()) + " min";
  const auto whole = duration_cast<hours>(duration);
  if (whole >= 48h) return std::to_string(duration_cast<days>(whole).count()) + " days";
  return std::to_string(whole.count()) + " h " + std::to_string(duration_cast<minutes>(duration - whole).count()) +
         " min";
}

std::string upper(Transport transport) {
  std::string text{name_of(transport)};
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string in_words(const Failure& failure) {
  switch (failure.trouble) {
    case Trouble::refused:
      return "refuses connections";
    case Trouble::timed_out:
      return "does not answer";
    case Trouble::unreachable:
      return "cannot be reached" + (failure.text.empty() ? "" : " (" + failure.text + ')');
    case Trouble::no_family:
      return "cannot be reached from here: this machine has no way to addresses of this family";
    case Trouble::closed:
      return "ends the connection at once";
    case Trouble::handshake:
      return "does not agree on TLS" + (failure.text.empty() ? "" : " (" + failure.text + ')');
  }
  return {};
}

std::optional<Finding> fault_of(const Certificate& certificate, const std::string& host, WallTime now) {
  if (certificate.expires <= now) {
    return fault("The certificate expired " + in_words(now - certificate.expires) + " ago; browsers refuse it.",
                 "Renew it (certbot renew). The server takes changed files of --tls-cert and --tls-key by itself.");
  }
  if (certificate.begins > now) {
    return fault(
        "The certificate is good only from in " + in_words(certificate.begins - now) + " on; browsers refuse it.",
        "Look at the clocks (timedatectl), then wait, or have it issued anew.");
  }
  if (certificate.is_self_signed && !certificate.is_trusted) {
    return fault("The certificate is self-signed: browsers warn of the page, and refuse turns: with it.",
                 "Give one of an authority with --tls-cert and --tls-key (certbot certonly).");
  }
  if (!certificate.is_trusted) {
    return fault("No authority that this machine knows vouches for the certificate (" + certificate.distrust + ").",
                 "Give --tls-cert the file with the whole chain: fullchain.pem, not cert.pem.");
  }
  if (!certificate.names_host) {
    return fault("The certificate is for " + certificate.names + ", not for " + host + "; browsers refuse it.",
                 "Open the server by a name that it is for, or have one issued for " + host + '.');
  }
  return std::nullopt;
}

}  // namespace plntry::doctor
