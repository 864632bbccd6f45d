// What `plntry doctor` is pointed at, and the URLs of ICE servers (RFC 7064, RFC 7065), taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plntry::doctor {

enum class Scheme : std::uint8_t { http, https, stun, stuns, turn, turns };
enum class Transport : std::uint8_t { udp, tcp, tls, dtls };

struct Url {
  Scheme scheme = Scheme::https;
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;
  Transport transport = Transport::tcp;  // how a client speaks to it

  bool is_page() const { return scheme == Scheme::http || scheme == Scheme::https; }
  bool is_turn() const { return scheme == Scheme::turn || scheme == Scheme::turns; }
  std::string authority() const;  // host:port, an IPv6 address in brackets
};

// Without a scheme it is https. Ports and transports that are left out are the schemes' own.
std::optional<Url> parse_url(std::string_view text);

std::string_view name_of(Transport transport);  // "udp"

}  // namespace plntry::doctor
