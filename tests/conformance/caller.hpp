// A client under test conditions: it says what RFC 8656 and 8489 tell it to, or anything else, and tells in plain text
// what came back.
#pragma once

#include <deque>
#include <memory>

#include "stun/types.hpp"
#include "support/turn_client.hpp"
#include "target.hpp"

namespace plntry::test {

// 0 for a success, -1 for no answer.
inline int code_of(const std::optional<Response>& response) { return response ? response->code() : -1; }

class Caller : public TurnClient {
 public:
  explicit Caller(Target& target);
  ~Caller() override;  // deletes the allocation, if one is left: servers count them
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  std::optional<Response> send_raw(Bytes message) override;
  // Realm, nonce and whatever the server offers besides, from a challenge that has room for it.
  std::optional<Response> get_challenge();
  // A message as it would be sent: `fill` adds all attributes.
  Octets build(Method method, Class message_class, const Fill& fill = [](Builder&) {});
  // The same with the client's credentials, `behind` what they do not protect.
  Octets build_signed(Method method, const Fill& fill, const Fill& behind = [](Builder&) {});

  // Whether nothing answers `message` and the server goes on answering others.
  bool is_ignored(Bytes message);
  bool hears_nothing();

  void send_to(const Endpoint& peer, std::string_view data, const Fill& more = [](Builder&) {});
  Octets channel_data(std::uint16_t number, std::string_view data) const;
  void send_on(std::uint16_t number, std::string_view data);
  // "data < 192.0.2.1:9" of a Data indication, "data < channel 16384" of ChannelData, "nothing".
  std::string receive(Expect expect = Expect::something);
  std::optional<Octets> receive_message(Expect expect = Expect::something);

  Line& line() { return *line_; }

 private:
  std::unique_ptr<Line> line_;
  std::deque<Octets> inbox_;  // what came while something else was waited for
};

}  // namespace plntry::test
