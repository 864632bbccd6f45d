// docs/protocol.md §2: joining, presence, leaving.
#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PresenceTest : public HubTest {};

// "The server … sends welcome at once."
TEST_F(PresenceTest, the_first_one_is_welcomed_to_an_empty_room) {
  Client& alice = join("alice");
  EXPECT_THAT(alice.heard(), ElementsAre("welcome"));
  EXPECT_EQ(hub_->rooms(), 1u);
}

TEST_F(PresenceTest, who_joins_learns_who_is_there_and_they_learn_of_it) {
  Client& alice = join("alice");
  alice.heard();
  Client& bob = join("bob");
  EXPECT_THAT(bob.heard(), ElementsAre("welcome, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined bob"));
}

TEST_F(PresenceTest, rooms_are_apart) {
  Client& alice = join("alice", {.room = "room-one"});
  alice.heard();
  Client& bob = join("bob", {.room = "room-two"});
  EXPECT_THAT(bob.heard(), ElementsAre("welcome"));
  EXPECT_THAT(alice.heard(), IsEmpty());
  bob.send("alice", "psst");
  EXPECT_THAT(bob.heard(), ElementsAre("error unknown_participant to=alice"));
}

TEST_F(PresenceTest, the_third_of_two_is_told_that_the_room_is_full) {
  Client& alice = join("alice");
  join("bob");
  alice.heard();
  Client& carol = join("carol");
  EXPECT_THAT(carol.heard(), ElementsAre("error room_full", "closed 4002"));
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_EQ(hub_->participants(), 2u);
  EXPECT_EQ(hub_->connections(), 2u);
}

TEST_F(PresenceTest, a_room_seats_as_many_as_its_capacity) {
  config_.room_capacity = 8;
  for (int i = 0; i < 8; ++i) join("guest " + std::to_string(i));
  EXPECT_EQ(hub_->participants(), 8u);
  EXPECT_THAT(join("ninth").heard(), ElementsAre("error room_full", "closed 4002"));
}

// §1 present / away / gone
TEST_F(PresenceTest, a_dropped_participant_is_away_and_then_gone) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard();
  bob.drop();
  EXPECT_THAT(alice.heard(), ElementsAre("away bob"));
  advance(120s - 1ns);
  EXPECT_THAT(alice.heard(), IsEmpty());
  advance(1ns);
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob timeout"));
  EXPECT_EQ(hub_->participants(), 1u);
}

TEST_F(PresenceTest, a_seat_kept_for_someone_away_is_taken) {
  join("alice");
  join("bob").drop();
  EXPECT_THAT(join("carol").heard(), ElementsAre("error room_full", "closed 4002"));
  advance(120s);
  EXPECT_THAT(join("carol").heard(), ElementsAre("welcome, alice present"));
}

TEST_F(PresenceTest, who_joins_sees_who_is_away) {
  join("alice").drop();
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome, alice away"));
}

// §3 "leave gives up the seat; the server closes with 1000."
TEST_F(PresenceTest, who_leaves_is_gone_at_once) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  bob.leave();
  EXPECT_THAT(bob.heard(), ElementsAre("closed 1000"));
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob left"));
  EXPECT_THAT(join("carol").heard(), ElementsAre("welcome, alice present"));
}

// §1 "exists while it has a participant"
TEST_F(PresenceTest, a_room_ends_with_its_last_participant) {
  join("alice").leave();
  EXPECT_EQ(hub_->rooms(), 0u);
  join("alice").drop();
  EXPECT_EQ(hub_->rooms(), 1u);
  advance(120s);
  EXPECT_EQ(hub_->rooms(), 0u);
  EXPECT_EQ(hub_->participants(), 0u);
  EXPECT_EQ(hub_->connections(), 0u);
  EXPECT_EQ(hub_->next_deadline(), std::nullopt);
}

TEST_F(PresenceTest, seats_end_each_in_its_own_time) {
  config_.room_capacity = 3;
  Client& alice = join("alice");
  Client& bob = join("bob");
  Client& carol = join("carol");
  alice.heard();
  bob.drop();
  advance(60s);
  carol.drop();
  alice.heard();
  advance(60s);
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob timeout"));
  advance(60s);
  EXPECT_THAT(alice.heard(), ElementsAre("gone carol timeout"));
}

// §6 bad_request closes; the seat is kept as after any drop.
TEST_F(PresenceTest, a_frame_that_is_not_as_the_page_says_ends_the_connection) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  bob.frame(R"({"type":"dance"})");
  EXPECT_THAT(bob.heard(), ElementsAre("error bad_request", "closed 4000"));
  EXPECT_THAT(alice.heard(), ElementsAre("away bob"));
}

TEST_F(PresenceTest, a_room_name_that_is_none_is_refused) {
  EXPECT_THAT(join("alice", {.room = "No Room"}).heard(), ElementsAre("error room_name", "closed 4009"));
  EXPECT_EQ(hub_->rooms(), 0u);
}

TEST_F(PresenceTest, what_the_socket_finds_wrong_is_told_before_the_close) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  bob.fault(ErrorCode::too_large);
  EXPECT_THAT(bob.heard(), ElementsAre("error too_large", "closed 1009"));
  EXPECT_THAT(alice.heard(), ElementsAre("away bob"));
}

TEST_F(PresenceTest, a_closed_connection_is_deaf_and_dumb) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  bob.leave();
  alice.heard(), bob.heard();
  bob.send("alice", "was in flight");
  bob.drop();
  EXPECT_THAT(bob.heard(), IsEmpty());
  EXPECT_THAT(alice.heard(), IsEmpty());
}

}  // namespace
}  // namespace plntry::signaling
