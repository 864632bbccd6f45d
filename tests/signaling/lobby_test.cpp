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
};

// "gives no seat, tells nobody and sends no `welcome`", but the ICE servers
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
  Client& bob = wait("bob");
  Client& alice = join("alice");
  alice.heard(), bob.heard();
  alice.hold('k', 1, 1, "offer");
  bob.frame(std::string{kJoin});
  EXPECT_THAT(bob.heard(), ElementsAre("welcome, alice present link=k held=1", "alice: offer"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined bob link=k"));
  bob.send("alice", "answer");
  EXPECT_THAT(alice.heard(), ElementsAre("bob: answer"));
}

TEST_F(LobbyTest, a_seat_is_not_kept_for_who_waits) {
  Client& carol = wait("carol");
  join("alice");
  join("bob");
  carol.frame(std::string{kJoin});
  EXPECT_THAT(carol.heard(), ElementsAre("ice", "error room_full", "closed 4002"));
  EXPECT_EQ(hub_->connections(), 2u);
}

TEST_F(LobbyTest, who_waits_can_leave) {
  Client& alice = wait("alice");
  alice.leave();
  EXPECT_THAT(alice.heard(), ElementsAre("ice", "closed 1000"));
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
  Client& alice = wait("alice");
  alice.send("bob", "hello");
  EXPECT_THAT(alice.heard(), ElementsAre("ice", "error bad_request", "closed 4000"));
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

// §4 `lobby`: "also given to those who wait for the room, up to the first that is not for them"
TEST_F(LobbyTest, who_waits_is_shown_what_a_hold_has_for_the_lobby_and_no_more) {
  Client& early = wait("early");
  Client& alice = join("alice");
  early.heard(), alice.heard();
  alice.hold('k', 1, 1, "hello", true);
  alice.hold('k', 2, 1, "offer", true);
  alice.hold('k', 3, 1, "candidate");
  alice.hold('k', 4, 1, "hello again", true);
  EXPECT_THAT(early.heard(), ElementsAre("alice: hello", "alice: offer"));
  EXPECT_THAT(wait("late").heard(), ElementsAre("ice", "alice: hello", "alice: offer"));
  EXPECT_THAT(join("elsewhere", {.room = "blue-room", .wait = true}).heard(), ElementsAre("ice"));
  EXPECT_THAT(alice.heard(), IsEmpty()) << "nobody is told who looks";
}

TEST_F(LobbyTest, what_was_shown_is_handed_over_whole_and_an_answer_may_follow_the_join_at_once) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer", true);
  alice.hold('k', 2, 1, "candidate");
  Client& bob = wait("bob");
  alice.heard(), bob.heard();
  bob.frame(std::string{kJoin});
  bob.send("alice", "answer");
  EXPECT_THAT(bob.heard(), ElementsAre("welcome, alice present link=k held=2", "alice: offer", "alice: candidate"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined bob link=k", "bob: answer"));
}

TEST_F(LobbyTest, a_new_offer_in_place_of_the_old_one_is_shown) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer", true);
  alice.hold('k', 2, 1, "candidate");
  Client& bob = wait("bob");
  bob.heard();
  alice.hold('k', 3, 3, "another offer", true);
  alice.hold('j', 1, 1, "an offer on another link", true);
  EXPECT_THAT(bob.heard(), ElementsAre("alice: another offer", "alice: an offer on another link"));
}

TEST_F(LobbyTest, who_is_back_in_its_lobby_is_not_shown_its_own_former_hold) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer", true);
  Client& again = join("alice again", {.replaces = "alice", .wait = true});
  EXPECT_THAT(again.heard(), ElementsAre("ice"));
  alice.hold('k', 2, 1, "another offer", true);
  EXPECT_THAT(again.heard(), IsEmpty());
  EXPECT_THAT(join("alice", {.wait = true}).heard(), ElementsAre("ice"));
}

TEST_F(LobbyTest, a_hold_is_shown_to_a_bounded_number) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer", true);
  Client& first = wait("first");
  for (std::size_t i = 1; i < kMaxShown; ++i) wait("other " + std::to_string(i));
  EXPECT_THAT(wait("one too many").heard(), ElementsAre("ice"));
  first.leave();
  EXPECT_THAT(wait("in its place").heard(), ElementsAre("ice", "alice: offer"));
}

}  // namespace
}  // namespace plntry::signaling
