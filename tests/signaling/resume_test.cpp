// docs/protocol.md §2 "Coming back": resume, restart, replaces.
#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Names = std::vector<std::string>;

class ResumeTest : public HubTest {};

TEST_F(ResumeTest, within_the_window_one_is_back) {
  Client& alice = join("alice");
  join("bob").drop();
  advance(119s);
  alice.heard();
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("back bob"));
  advance(1h);
  EXPECT_THAT(alice.heard(), IsEmpty()) << "the old deadline is void";
}

// "an older connection of it, if still open, is closed with 4003"; "back is sent at every resume".
TEST_F(ResumeTest, the_newest_connection_of_a_participant_wins) {
  Client& alice = join("alice");
  Client& old = join("bob");
  alice.heard(), old.heard();
  Client& newer = join("bob", {.known = Names{"alice"}});
  EXPECT_THAT(old.heard(), ElementsAre("error taken_over", "closed 4003"));
  EXPECT_THAT(newer.heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("back bob"));

  old.send("alice", "from the grave");
  old.drop();
  EXPECT_THAT(alice.heard(), IsEmpty()) << "the end of the old connection means nothing";
  alice.send("bob", "hello");
  EXPECT_THAT(newer.heard(), ElementsAre("alice: hello"));
}

// A join whose welcome was lost: the page does not know that it has joined.
TEST_F(ResumeTest, a_known_participant_is_back_also_without_saying_resume) {
  Client& alice = join("alice");
  join("bob");
  alice.heard();
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("back bob"));
}

// `attempt`: "comes too late (the network reordered them)"
TEST_F(ResumeTest, a_join_that_a_newer_one_overtook_is_refused) {
  Client& alice = join("alice");
  Client& bob = join("bob", {.attempt = 2});
  alice.heard(), bob.heard();
  EXPECT_THAT(join("bob", {.attempt = 1}).heard(), ElementsAre("error taken_over", "closed 4003"));
  EXPECT_THAT(join("bob", {.attempt = 2}).heard(), ElementsAre("error taken_over", "closed 4003"));
  EXPECT_THAT(bob.heard(), IsEmpty());
  EXPECT_THAT(alice.heard(), IsEmpty());
  alice.send("bob", "still there");
  EXPECT_THAT(bob.heard(), ElementsAre("alice: still there"));

  EXPECT_THAT(join("bob", {.known = Names{"alice"}, .attempt = 3}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(bob.heard(), ElementsAre("error taken_over", "closed 4003"));
}

TEST_F(ResumeTest, attempts_count_only_while_the_seat_is_known) {
  join("bob", {.attempt = 5}).leave();
  EXPECT_THAT(join("bob", {.attempt = 1}).heard(), ElementsAre("welcome"));
  join("alice", {.room = "other-room", .known = Names{"carol"}});
  EXPECT_THAT(join("carol", {.room = "other-room", .attempt = 1}).heard(), ElementsAre("welcome back, alice present"));
}

TEST_F(ResumeTest, after_the_window_one_takes_a_seat_like_anybody) {
  Client& alice = join("alice");
  join("bob").drop();
  advance(121s);
  alice.heard();
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined bob"));
  EXPECT_THAT(join("carol", {.known = Names{"alice"}}).heard(), ElementsAre("error room_full", "closed 4002"));
}

// "a room is rebuilt by whoever comes first"
TEST_F(ResumeTest, after_a_restart_seats_are_kept_for_those_who_were_known) {
  join("alice"), join("bob");
  restart();
  Client& alice = join("alice", {.known = Names{"bob"}});
  EXPECT_THAT(alice.heard(), ElementsAre("welcome, bob away"));
  EXPECT_THAT(join("mallory").heard(), ElementsAre("error room_full", "closed 4002"));
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("back bob"));
}

TEST_F(ResumeTest, a_kept_seat_ends_with_the_window) {
  Client& alice = join("alice", {.known = Names{"bob"}});
  alice.heard();
  advance(120s);
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob timeout"));
  EXPECT_THAT(join("carol").heard(), ElementsAre("welcome, alice present"));
}

TEST_F(ResumeTest, the_others_learn_of_a_kept_seat) {
  config_.room_capacity = 3;
  Client& carol = join("carol");
  carol.heard();
  join("alice", {.known = Names{"bob"}});
  EXPECT_THAT(carol.heard(), ElementsAre("joined bob", "away bob", "joined alice"));
}

TEST_F(ResumeTest, seats_are_kept_only_while_the_room_has_them) {
  config_.room_capacity = 3;
  EXPECT_THAT(join("alice", {.known = Names{"bob", "carol", "dave", "eve"}}).heard(),
              ElementsAre("welcome, bob away, carol away"));
  EXPECT_EQ(hub_->participants(), 3u);
  advance(120s);
  EXPECT_EQ(hub_->participants(), 1u) << "and end in time also in a room that they filled";
}

// "For the first resumeWindow seconds of a server's life, one who resumes outranks those who joined afresh"
TEST_F(ResumeTest, after_a_restart_who_resumes_outranks_who_joined_afresh) {
  restart();
  Client& carol = join("carol");
  Client& dave = join("dave");
  carol.heard(), dave.heard();
  Client& alice = join("alice", {.known = Names{"bob"}});
  EXPECT_THAT(dave.heard(), ElementsAre("error room_full", "closed 4002")) << "the newest";
  EXPECT_THAT(carol.heard(), ElementsAre("gone dave replaced", "joined alice"));
  EXPECT_THAT(alice.heard(), ElementsAre("welcome, carol present")) << "no seat is left to keep for bob";

  Client& bob = join("bob", {.known = Names{"alice"}});
  EXPECT_THAT(carol.heard(), ElementsAre("error room_full", "closed 4002"));
  EXPECT_THAT(alice.heard(), ElementsAre("gone carol replaced", "joined bob"));
  EXPECT_THAT(bob.heard(), ElementsAre("welcome, alice present"));
  EXPECT_EQ(hub_->participants(), 2u);
}

TEST_F(ResumeTest, who_is_known_is_not_outranked) {
  config_.room_capacity = 3;
  Client& bob = join("bob");  // came back without its memory
  Client& carol = join("carol");
  Client& dave = join("dave");
  join("alice", {.known = Names{"dave", "bob"}});
  EXPECT_FALSE(bob.closed());
  EXPECT_TRUE(carol.closed());
  EXPECT_FALSE(dave.closed());
}

TEST_F(ResumeTest, who_resumed_is_not_outranked) {
  join("alice", {.known = Names{}});
  join("bob", {.known = Names{"alice"}});
  EXPECT_THAT(join("carol", {.known = Names{"dave"}}).heard(), ElementsAre("error room_full", "closed 4002"));
}

TEST_F(ResumeTest, someone_away_who_joined_afresh_is_outranked_too) {
  Client& bob = join("bob");
  join("carol").drop();
  bob.heard();
  EXPECT_THAT(join("alice", {.known = Names{"dave"}}).heard(), ElementsAre("welcome, bob present"));
  EXPECT_THAT(bob.heard(), ElementsAre("gone carol replaced", "joined alice"));
}

// Who was in the call with nobody throws nobody out.
TEST_F(ResumeTest, who_was_alone_outranks_nobody) {
  join("bob");
  join("carol");
  EXPECT_THAT(join("alice", {.known = Names{}}).heard(), ElementsAre("error room_full", "closed 4002"));
}

TEST_F(ResumeTest, nobody_is_outranked_later_in_a_servers_life) {
  join("carol"), join("dave");
  advance(120s);
  EXPECT_THAT(join("alice", {.known = Names{"bob"}}).heard(), ElementsAre("error room_full", "closed 4002"));
}

// "the replaced participant's connection, if open, gets taken_over (4003), the others get its gone (replaced) and then
// joined with the new id; the seat is never free in between"
TEST_F(ResumeTest, a_reloaded_page_takes_the_seat_of_the_former) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  Client& reloaded = join("bob 2", {.replaces = "bob"});
  EXPECT_THAT(bob.heard(), ElementsAre("error taken_over", "closed 4003"));
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob replaced", "joined bob 2"));
  EXPECT_THAT(reloaded.heard(), ElementsAre("welcome, alice present"));
  EXPECT_EQ(hub_->participants(), 2u);
}

TEST_F(ResumeTest, replaces_also_who_is_away_and_who_has_a_seat_kept) {
  Client& alice = join("alice");
  join("bob").drop();
  alice.heard();
  join("bob 2", {.replaces = "bob"});
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob replaced", "joined bob 2"));

  restart();
  Client& again = join("alice", {.known = Names{"bob 2"}});
  again.heard();
  EXPECT_THAT(join("bob 3", {.replaces = "bob 2"}).heard(), ElementsAre("welcome, alice present"));
  EXPECT_THAT(again.heard(), ElementsAre("gone bob 2 replaced", "joined bob 3"));
}

TEST_F(ResumeTest, the_room_lives_on_when_its_only_participant_is_replaced) {
  join("alice");
  EXPECT_THAT(join("alice 2", {.replaces = "alice"}).heard(), ElementsAre("welcome"));
  EXPECT_EQ(hub_->rooms(), 1u);
  EXPECT_EQ(hub_->participants(), 1u);
}

TEST_F(ResumeTest, several_are_replaced_at_once) {
  config_.room_capacity = 3;
  Client& alice = join("alice");
  Client& bob = join("bob");
  join("bob 2").drop();
  alice.heard(), bob.heard();
  EXPECT_THAT(join("bob 3", {.all_replaced = Names{"nobody", "bob 2", "bob"}}).heard(),
              ElementsAre("welcome, alice present"));
  EXPECT_THAT(bob.heard(), ElementsAre("gone bob 2 replaced", "error taken_over", "closed 4003"));
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob 2 replaced", "gone bob replaced", "joined bob 3"));
  EXPECT_EQ(hub_->participants(), 2u);
}

// "Replacing an unknown participant is an ordinary join."
TEST_F(ResumeTest, replacing_nobody_is_an_ordinary_join) {
  Client& alice = join("alice", {.replaces = "nobody"});
  EXPECT_THAT(alice.heard(), ElementsAre("welcome"));
  join("bob");
  EXPECT_THAT(join("carol", {.replaces = "nobody"}).heard(), ElementsAre("error room_full", "closed 4002"));
}

TEST_F(ResumeTest, who_replaced_someone_afresh_can_be_outranked_too_and_else_not) {
  join("bob");
  Client& reloaded = join("bob 2", {.replaces = "bob"});
  join("carol", {.known = Names{}});
  Client& again = join("carol 2", {.replaces = "carol"});
  join("alice", {.known = Names{"dave"}});
  EXPECT_TRUE(reloaded.closed());
  EXPECT_FALSE(again.closed());
}

// The page reloaded, got its seat, but not its welcome: it tries the same join again.
TEST_F(ResumeTest, a_second_try_to_replace_is_a_resume) {
  Client& alice = join("alice");
  join("bob");
  join("bob 2", {.replaces = "bob"}).drop();
  alice.heard();
  EXPECT_THAT(join("bob 2", {.replaces = "bob"}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(alice.heard(), ElementsAre("back bob 2"));
}

TEST_F(ResumeTest, a_second_try_to_replace_puts_out_whoever_came_back_meanwhile) {
  config_.room_capacity = 3;
  Client& alice = join("alice");
  join("bob 2");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  EXPECT_THAT(join("bob 2", {.replaces = "bob"}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(bob.heard(), ElementsAre("error taken_over", "closed 4003"));
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob replaced", "back bob 2"));
}

}  // namespace
}  // namespace plntry::signaling
