// The hub and every carrier (WebSockets, event streams), on one loop: a message crosses no thread. HTTP is served on
// all loops, and hands a connection over when it becomes a carrier.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>

#include "net/carrier.hpp"
#include "net/loop.hpp"
#include "net/metrics.hpp"
#include "net/system_random.hpp"
#include "signaling/hub.hpp"

namespace plntry::net {

// Takes from this relay user what it has allocated. Called on the hub's loop.
using Revoke = std::function<void(std::string_view user)>;

class Signalling {
 public:
  // Borrows `ice`, which is asked on the hub's loop only.
  Signalling(Loop& loop, const signaling::Config& config, signaling::IceSource& ice, Revoke revoke);

  Loop& loop() { return loop_; }

  // These may come from any loop, and take effect in their order.
  void join(std::shared_ptr<Carrier> carrier, signaling::JoinRequest request, const IpAddress& from,
            signaling::Entrance entrance);
  void fault(std::shared_ptr<Carrier> carrier, signaling::ErrorCode error);
  void closed(std::shared_ptr<Carrier> carrier);
  // Everyone is told to come back later, and so is whoever joins from now on.
  void drain();

  // From a carrier, at once, and followed by `perform_effects` once nothing more waits in the same input: so an offer
  // and its candidates, which come together, also leave together, in one system call instead of one each.
  void message(const Carrier& carrier, signaling::ClientMessage message);
  void perform_effects();

  // Asks on the hub's loop, and completes with the answer where it was asked.
  template <typename Question, typename Token>
  auto ask(Question question, Token&& token) {
    using Answer = std::invoke_result_t<Question>;
    return asio::async_initiate<Token, void(Answer)>(
        [this](auto handler, Question asked) {
          loop_.post([asked = std::move(asked), handler = std::move(handler)]() mutable {
            const auto executor = asio::get_associated_executor(handler);
            asio::post(executor, [answer = asked(), handler = std::move(handler)]() mutable { handler(answer); });
          });
        },
        token, std::move(question));
  }
  HubState read_state() const;

 private:
  struct Delivery {
    std::shared_ptr<Carrier> to{};
    signaling::Text text{};        // null: none, and perhaps a close
    std::uint16_t close_code = 0;  // 0: stays open
    std::string_view close_reason{};
  };

  void add(const std::shared_ptr<Carrier>& carrier);
  void deliver();
  void arm();

  Loop& loop_;
  SystemRandom random_;
  signaling::Hub hub_;
  Revoke revoke_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Carrier>> carriers_;  // by ConnectionId
  std::uint64_t last_id_ = 0;
  std::vector<Delivery> deliveries_;  // while effects are gathered
  Timer timer_;
  std::optional<TimePoint> armed_;
};

}  // namespace plntry::net
