#include "app/option_groups.hpp"

namespace plntry::app {

void declare_tls(Options& options, Config& config) {
  const auto file = [](std::string& field) {
    return [&field](const std::string& text) {
      field = text;
      return !text.empty();
    };
  };
  options.one("tls-cert", "a file", "",
              "Certificate for https, wss, turns and DTLS, in PEM, with its chain; with tls-key",
              file(config.tls.certificate_file));
  options.one("tls-key", "a file", "", "Its private key, in PEM, without a password", file(config.tls.key_file));
  options.one("tls", "one of off, self-signed", "off",
              "self-signed: a certificate made at start, for tests and local networks; browsers warn of it",
              [&](const std::string& text) {
                config.tls.self_signed = text == "self-signed";
                return config.tls.self_signed || text == "off";
              });
}

}  // namespace plntry::app
