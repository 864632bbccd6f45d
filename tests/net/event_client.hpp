// A participant without WebSocket (docs/protocol.md §12) of whom every byte is the test's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/harness.hpp"

namespace plntry::test {

class EventClient {
 public:
  // Asks for the stream, and reads its head and the `open` event. `headers` end in CRLF each.
  EventClient(const TestServer& server, const std::string& room, const std::string& request,
              std::string_view headers = {});

  const std::string& head() const { return head_; }
  const std::string& token() const { return token_; }
  RawClient& stream() { return stream_; }

  // The next event, without its empty line; empty when the stream has ended.
  std::string event();
  // The next frame; pings are passed over. Empty when a `close` event comes, which `close_code` knows then.
  std::string frame();
  unsigned close_code() const { return close_code_; }

  // On a connection of its own. The status of the answer.
  unsigned post(const std::vector<std::string>& frames);
  unsigned post(std::uint64_t number, const std::vector<std::string>& frames);

 private:
  const TestServer& server_;
  RawClient stream_;
  std::string head_;
  std::string token_;
  std::uint64_t posts_ = 0;
  unsigned close_code_ = 0;
};

std::string post_text(std::string_view token, std::uint64_t number, const std::vector<std::string>& frames);
// A POST of `body` on a connection of its own.
Answer post(const TestServer& server, std::string_view target, std::string_view body, std::string_view headers = {});

}  // namespace plntry::test
