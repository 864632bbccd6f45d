// docs/protocol.md §2 through the hub: connections that wait in the lobby.
#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kJoin = R"({"type":"join"})";

class LobbyTest : public HubTest {
 protected:
  Client& wait(std::string name) { return join(std::move(name), {.wait = true}); }
  // Who waits and has read what it was told at once.
  Client& settle(std::string name) {
    Client& client = wait(std::move(name));
    client.heard();
    return client;
  }
};

// "gives no seat, tells nobody and sends no `welcome`"
TEST_F(LobbyTest, who_waits_has_no_seat_and_nobody_knows) {
  Client& alice = join("alice");
  alice.heard();
  Client& bob = wait("bob");
  EXPECT_THAT(bob.heard(), ElementsAre("ice"));
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_EQ(hub_->participants(), 1u);
  EXPECT_EQ(hub_->connections(), 2u);
}

// "it does what it would have done at the upgrade"
TEST_F(LobbyTest, join_takes_the_seat_and_what_was_held) {
  Client& bob = settle("bob");
  Client& alice = join("alice");
  alice.heard();
  alice.hold('k', 1, 1, "offer");
  bob.frame(std::string{kJoin});
  EXPECT_THAT(bob.heard(), ElementsAre("welcome, alice present link=k held=1", "alice: offer"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined bob link=k"));
  bob.send("alice", "answer");
  EXPECT_THAT(alice.heard(), ElementsAre("bob: answer"));
}

TEST_F(LobbyTest, a_seat_is_not_kept_for_who_waits) {
  Client& carol = settle("carol");
  join("alice");
  join("bob");
  carol.frame(std::string{kJoin});
  EXPECT_THAT(carol.heard(), ElementsAre("error room_full", "closed 4002"));
  EXPECT_EQ(hub_->connections(), 2u);
}

TEST_F(LobbyTest, who_waits_can_leave) {
  Client& alice = settle("alice");
  alice.leave();
  EXPECT_THAT(alice.heard(), ElementsAre("closed 1000"));
  EXPECT_EQ(hub_->connections(), 0u);
}

TEST_F(LobbyTest, a_connection_that_ends_while_it_waits_leaves_nothing) {
  Client& alice = wait("alice");
  alice.drop();
  EXPECT_EQ(hub_->connections(), 0u);
  EXPECT_EQ(hub_->rooms(), 0u);
}

// "any other frame from it is a `bad_request`"
TEST_F(LobbyTest, anything_but_join_or_leave_is_refused) {
  Client& alice = settle("alice");
  alice.send("bob", "hello");
  EXPECT_THAT(alice.heard(), ElementsAre("error bad_request", "closed 4000"));
  EXPECT_EQ(hub_->connections(), 0u);
}

TEST_F(LobbyTest, joining_twice_is_refused) {
  Client& alice = join("alice");
  alice.heard();
  alice.frame(std::string{kJoin});
  EXPECT_THAT(alice.heard(), ElementsAre("error bad_request", "closed 4000"));
}

TEST_F(LobbyTest, a_draining_server_sends_the_lobby_away_too) {
  Client& alice = wait("alice");
  drain();
  EXPECT_TRUE(alice.closed());
  EXPECT_EQ(hub_->connections(), 0u);
}

TEST_F(LobbyTest, the_lobby_is_bounded) {
  config_.max_participants = 2;
  restart();
  wait("alice");
  wait("bob");
  Client& carol = wait("carol");
  EXPECT_THAT(carol.heard(), ElementsAre("error server_full after=10000", "closed 4008"));
}

// Connections in the lobby count for their address, and stop counting when they end or enter.
TEST_F(LobbyTest, who_enters_from_the_lobby_counts_once) {
  Client& alice = wait("alice");
  alice.frame(std::string{kJoin});
  EXPECT_EQ(hub_->connections(), 1u);
  alice.drop();
  EXPECT_EQ(hub_->connections(), 0u);
  EXPECT_EQ(hub_->participants(), 1u);  // away
}

}  // namespace
}  // namespace plntry::signaling
