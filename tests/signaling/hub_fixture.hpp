// A hub in virtual time with clients that speak the wire protocol. What a client hears is told as short lines with
// people's names for ids, such as "joined bob link=L" or "error room_full", and "closed 4002".
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "signaling/hub.hpp"

namespace plntry::signaling {

// The text of a link id made from a letter: link('k') is "kkkkkkkkkkkkkkkk".
inline std::string link(char letter) { return std::string(LinkId::kLength, letter); }

std::string secret_of(std::string_view name);
ParticipantId id_of(std::string_view name);

struct JoinOptions {
  std::string room = "green-room";
  std::optional<std::vector<std::string>> known = {};         // names; joins with `resume`
  std::optional<std::string> replaces = {};                   // a name
  std::optional<std::vector<std::string>> all_replaced = {};  // names
  std::uint64_t attempt = 0;
  bool wait = false;
  IpAddress from = IpAddress::v4(192, 0, 2, 1);
  std::string host = "call.example.org";
};

class HubTest : public testing::Test {
 public:
  class Client {
   public:
    Client(HubTest& test, std::string name, ConnectionId connection)
        : test_(test), name_(std::move(name)), connection_(connection) {}

    void send(std::string_view to, std::string_view body);
    void hold(char link_letter, std::uint64_t seq, std::uint64_t base, std::string_view body, bool for_lobby = false);
    void frame(std::string text);
    void leave();
    void fault(ErrorCode code);  // what the socket finds wrong
    void drop();                 // the connection ends without a word

    // Everything heard since the last time, and forgets it.
    std::vector<std::string> heard();
    // The frames as they came, likewise.
    std::vector<std::string> frames();
    bool closed() const { return closed_; }
    ConnectionId connection() const { return connection_; }

   private:
    friend class HubTest;
    HubTest& test_;
    std::string name_;
    ConnectionId connection_;
    bool closed_ = false;
    std::vector<std::string> frames_;
    std::vector<std::string> heard_;
  };

 protected:
  // Starts a hub, or another one that knows nothing of the former: whoever was connected is not any more.
  void restart();
  Client& join(std::string name, const JoinOptions& options = {});
  void advance(Duration duration);
  void drain();
  std::size_t errors(ErrorCode code) const { return hub_->counters().errors[static_cast<std::size_t>(code)]; }

  // Gives one server each time, with a user name "expiry:session" if there is a lifetime. The session that a
  // connection may begin has the connection's number.
  struct Ice final : IceSource {
    IceOffer offer(SessionId session, const Entrance& entrance, Now now) override;
    std::optional<std::chrono::seconds> lifetime;
  };
  // The sessions that have ended since the last time, by number.
  std::vector<std::uint64_t> ended() { return std::exchange(ended_, {}); }

  Config config_;
  Ice ice_;
  std::unique_ptr<Hub> hub_;
  Now now_{TimePoint{1000s}, WallTime{std::chrono::seconds{1'800'000'000}}};

 private:
  void perform();  // the hub's effects
  void move_to(TimePoint at);
  std::string tell(std::string_view frame) const;
  std::string name_of(std::string_view id) const;

  std::deque<Client> clients_;
  std::map<std::string, std::string, std::less<>> names_;  // by id
  std::uint64_t next_connection_ = 1;
  std::vector<std::uint64_t> ended_;
};

}  // namespace plntry::signaling
