// One request, read to its end. Of http.cpp and http_join.cpp only.
#pragma once

#include <string>
#include <string_view>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "net/forwarded.hpp"
#include "net/http.hpp"
#include "net/http_target.hpp"

namespace plntry::net {

inline std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

struct Http::Request {
  boost::beast::http::request<boost::beast::http::empty_body> message;
  std::string body;
  Target target;
  Sender sender{};

  std::string_view header(boost::beast::http::field name) const { return view_of(message[name]); }
  // RFC 9110 §5.3: several lines of one name are one list.
  template <typename Name>
  std::string list(Name name) const {
    std::string joined;
    const auto [begin, end] = message.equal_range(name);
    for (auto line = begin; line != end; ++line) {
      if (!joined.empty()) joined += ',';
      joined += view_of(line->value());
    }
    return joined;
  }
  bool is_head() const { return message.method() == boost::beast::http::verb::head; }
  ForwardedFields forwarded() const {
    return {list("X-Forwarded-For"), list("X-Forwarded-Proto"), list(boost::beast::http::field::forwarded)};
  }
  bool is_proxied() const { return !forwarded().empty(); }
};

}  // namespace plntry::net
