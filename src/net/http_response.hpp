// A whole HTTP response as values, and its head as text.
#pragma once

#include <string>
#include <string_view>

namespace plntry::net {

struct Response {
  unsigned status = 200;
  std::string_view type = "text/plain; charset=utf-8";
  std::string headers;    // further ones, each ending in CRLF
  std::string_view body;  // borrowed, unless it is empty: then `text`
  std::string text;
  bool close = false;     // the connection ends after it
  bool bodiless = false;  // 204, 304: no body and no length of one
  bool endless = false;   // the body follows, up to the end of the connection

  std::string_view content() const { return body.empty() ? std::string_view{text} : body; }
  void add(std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
};

// With the headers that stand on every answer: Date, the length, and what keeps a browser from doing more with it than
// we mean.
std::string print_head(const Response& response, bool keep_alive);

// A refusal in words.
Response refusal(unsigned status, std::string_view text);

// RFC 6455 §4.2.2.
std::string print_upgrade(std::string_view key, std::string_view protocol);

// RFC 6455 §4.1: 16 bytes in base64.
bool is_websocket_key(std::string_view key);

// The headers of the page itself, each ending in CRLF: what it may load, and which devices it may ask for.
extern const std::string_view kPageHeaders;

}  // namespace plntry::net
