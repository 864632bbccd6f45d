#include "net/http_response.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <boost/beast/http/status.hpp>
#include <openssl/evp.h>

namespace plntry::net {
namespace {

std::string http_date() {  // RFC 9110 §5.6.7; the process never leaves the C locale
  const std::time_t at = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  std::array<char, 40> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace

const std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "Permissions-Policy: camera=(self), microphone=(self), display-capture=(self)\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

std::string print_head(const Response& response, bool keep_alive) {
  namespace http = boost::beast::http;
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += std::string_view{http::obsolete_reason(static_cast<http::status>(response.status))};
  head += "\r\nDate: " + http_date() + "\r\n";
  if (!response.bodiless) {
    head.append("Content-Type: ").append(response.type);
    if (!response.endless) head.append("\r\nContent-Length: ").append(std::to_string(response.content().size()));
    head.append("\r\n");
  }
  head += "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
  head += response.headers;
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

Response refusal(unsigned status, std::string_view text) {
  Response response;
  response.status = status;
  response.text = std::string{text} + '\n';
  response.add("Cache-Control", "no-store");
  return response;
}

std::string print_upgrade(std::string_view key, std::string_view protocol) {
  constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const std::string input = std::string{key}.append(kGuid);
  std::array<unsigned char, 20> hash;
  ::EVP_Digest(input.data(), input.size(), hash.data(), nullptr, ::EVP_sha1(), nullptr);
  std::array<unsigned char, 29> accept;  // and EVP_EncodeBlock's final zero
  ::EVP_EncodeBlock(accept.data(), hash.data(), static_cast<int>(hash.size()));
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         std::string{reinterpret_cast<const char*>(accept.data()), 28} +
         "\r\nSec-WebSocket-Protocol: " + std::string{protocol} + "\r\n\r\n";
}

bool is_websocket_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
         });
}

}  // namespace plntry::net
