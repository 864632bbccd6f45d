// docs/protocol.md §3 and §4 through the hub: sending and holding.
#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Names = std::vector<std::string>;

class RelayTest : public HubTest {};

// §3 "The body arrives byte for byte as it was sent."
TEST_F(RelayTest, a_body_arrives_untouched) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  bob.frames();
  const std::string body = "{\"sdp\": \"v=0\\r\\n\"}\n\n\t\xF0\x9F\x9A\x97";
  alice.send("bob", body);
  EXPECT_THAT(bob.frames(),
              ElementsAre(R"({"type":"message","from":")" + std::string{id_of("alice").text()} + "\"}\n" + body));
  EXPECT_EQ(hub_->counters().messages_relayed, 1u);
  EXPECT_EQ(hub_->counters().bytes_relayed, body.size());
}

TEST_F(RelayTest, a_message_goes_to_the_one_it_is_for) {
  config_.room_capacity = 3;
  Client& alice = join("alice");
  Client& bob = join("bob");
  Client& carol = join("carol");
  alice.heard(), bob.heard(), carol.heard();
  carol.send("bob", "psst");
  EXPECT_THAT(bob.heard(), ElementsAre("carol: psst"));
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_THAT(carol.heard(), IsEmpty());
}

// "A body for a participant who is away is dropped"
TEST_F(RelayTest, what_is_for_someone_away_is_dropped) {
  Client& alice = join("alice");
  join("bob").drop();
  alice.heard();
  alice.send("bob", "are you there");
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_EQ(hub_->counters().messages_dropped, 1u);
}

TEST_F(RelayTest, who_has_no_seat_is_an_unknown_participant) {
  Client& alice = join("alice");
  alice.heard();
  join("bob").leave();
  alice.heard();
  alice.send("bob", "too late");
  EXPECT_THAT(alice.heard(), ElementsAre("error unknown_participant to=bob"));
  alice.send("alice", "a note to self");
  EXPECT_THAT(alice.heard(), ElementsAre("error unknown_participant to=alice"));
  EXPECT_FALSE(alice.closed());
}

// §4 "The next participant to join takes it whole": directly after `welcome`.
TEST_F(RelayTest, who_joins_gets_what_was_held) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  alice.hold('k', 2, 1, "candidate");
  alice.heard();
  EXPECT_THAT(join("bob").heard(),
              ElementsAre("welcome, alice present link=k held=2", "alice: offer", "alice: candidate"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined bob link=k"));
}

TEST_F(RelayTest, a_hold_is_taken_once) {
  config_.room_capacity = 3;
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  join("bob");
  alice.heard();
  EXPECT_THAT(join("carol").heard(), ElementsAre("welcome, alice present, bob present"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined carol"));
}

TEST_F(RelayTest, who_joins_takes_every_hold_and_each_holder_may_leave_a_new_one) {
  config_.room_capacity = 4;
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.hold('a', 1, 1, "from alice");
  bob.hold('b', 7, 7, "from bob");
  alice.heard(), bob.heard();
  EXPECT_THAT(join("carol").heard(), ElementsAre("welcome, alice present link=a held=1, bob present link=b held=1",
                                                 "alice: from alice", "bob: from bob"));
  EXPECT_THAT(alice.heard(), ElementsAre("joined carol link=a"));
  EXPECT_THAT(bob.heard(), ElementsAre("joined carol link=b"));

  alice.hold('c', 1, 1, "the next");
  EXPECT_THAT(join("dave").heard(),
              ElementsAre("welcome, alice present link=c held=1, bob present, carol present", "alice: the next"));
}

// "What the holder still sends to a hold that was taken goes to its taker like a `send`."
TEST_F(RelayTest, what_is_late_for_a_taken_hold_goes_to_its_taker) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  alice.hold('k', 2, 1, "candidate");
  EXPECT_THAT(bob.heard(), ElementsAre("alice: candidate"));
  bob.drop();
  alice.heard();
  alice.hold('k', 3, 1, "dropped: away");
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_EQ(hub_->counters().messages_dropped, 1u);
}

TEST_F(RelayTest, a_taken_hold_is_the_holders_alone) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  bob.hold('k', 1, 1, "mine");
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_THAT(bob.heard(), IsEmpty());
}

// A straggler for a hold whose taker has gone starts no new hold: its predecessors are missing.
TEST_F(RelayTest, what_is_late_for_a_taker_who_has_gone_is_a_gap) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  join("bob").leave();
  alice.heard();
  alice.hold('k', 2, 1, "candidate");
  EXPECT_THAT(alice.heard(), ElementsAre("error bad_sequence"));
  EXPECT_THAT(join("carol").heard(), ElementsAre("welcome, alice present"));
}

// "A hold lives as long as its holder's seat", "or, if it was away then, from `link` in its next `welcome`".
TEST_F(RelayTest, the_hold_of_someone_away_is_taken_and_it_learns_that_when_it_is_back) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  alice.drop();
  Client& bob = join("bob");
  EXPECT_THAT(bob.heard(), ElementsAre("welcome, alice away link=k held=1", "alice: offer"));
  EXPECT_THAT(join("alice", {.known = Names{}}).heard(), ElementsAre("welcome back, bob present link=k"));
  EXPECT_THAT(bob.heard(), ElementsAre("back alice"));
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome back, alice present link=k"))
      << "whichever of the two held";
}

TEST_F(RelayTest, a_hold_ends_with_its_holders_seat) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  join("bob 0").leave();
  alice.hold('l', 1, 1, "offer");
  alice.drop();
  advance(120s);
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome"));
}

TEST_F(RelayTest, a_hold_does_not_go_to_who_replaces_its_holder) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  EXPECT_THAT(join("alice 2", {.replaces = "alice"}).heard(), ElementsAre("welcome"));
}

TEST_F(RelayTest, who_replaces_a_taker_takes_the_next_hold) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  join("bob");
  alice.hold('l', 1, 1, "next offer");
  alice.heard();
  EXPECT_THAT(join("bob 2", {.replaces = "bob"}).heard(),
              ElementsAre("welcome, alice present link=l held=1", "alice: next offer"));
  EXPECT_THAT(alice.heard(), ElementsAre("gone bob replaced", "joined bob 2 link=l"));
}

// `hold` in `welcome`: "what the server holds for you and nobody has taken"
TEST_F(RelayTest, who_is_back_learns_what_is_still_held) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "offer");
  alice.hold('k', 2, 1, "candidate");
  alice.drop();
  EXPECT_THAT(join("alice", {.known = Names{}}).heard(), ElementsAre("welcome back, hold link=k seq=2"));
  EXPECT_THAT(join("bob").heard(),
              ElementsAre("welcome, alice present link=k held=2", "alice: offer", "alice: candidate"));
}

TEST_F(RelayTest, who_is_back_takes_no_hold) {
  Client& alice = join("alice");
  join("bob").drop();
  alice.hold('k', 1, 1, "offer");
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome back, alice present"));
  alice.drop();
  EXPECT_THAT(join("alice", {.known = Names{"bob"}}).heard(),
              ElementsAre("welcome back, bob present, hold link=k seq=1"));
}

TEST_F(RelayTest, who_resumes_without_being_known_takes_holds_like_anybody) {
  Client& carol = join("carol");
  carol.hold('k', 1, 1, "offer");
  EXPECT_THAT(join("alice", {.known = Names{"bob"}}).heard(),
              ElementsAre("welcome, carol present link=k held=1", "carol: offer"));
}

// "Held messages below `base` are dropped"
TEST_F(RelayTest, a_stale_offer_is_withdrawn) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "stale offer");
  alice.hold('k', 2, 1, "stale candidate");
  alice.hold('k', 3, 3, "fresh offer");
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome, alice present link=k held=1", "alice: fresh offer"));
}

// "A hold with another `link` replaces the hold."
TEST_F(RelayTest, another_link_replaces_the_hold) {
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "old");
  alice.hold('l', 1, 1, "new");
  alice.heard();
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome, alice present link=l held=1", "alice: new"));
}

// "A message that the hold already has is ignored; one that leaves a gap is answered `bad_sequence`."
TEST_F(RelayTest, a_hold_takes_the_next_message_only) {
  Client& alice = join("alice");
  alice.heard();
  alice.hold('k', 3, 2, "no beginning");
  EXPECT_THAT(alice.heard(), ElementsAre("error bad_sequence"));
  alice.hold('k', 2, 2, "offer");
  alice.hold('k', 2, 2, "again");
  EXPECT_THAT(alice.heard(), IsEmpty());
  alice.hold('k', 4, 2, "gap");
  EXPECT_THAT(alice.heard(), ElementsAre("error bad_sequence"));
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome, alice present link=k held=1", "alice: offer"));
}

TEST_F(RelayTest, a_hold_is_bounded) {
  config_.held_messages = 2;
  config_.held_bytes = 10;
  Client& alice = join("alice");
  alice.heard();
  alice.hold('k', 1, 1, "12345678");
  alice.hold('k', 2, 1, "901");
  EXPECT_THAT(alice.heard(), ElementsAre("error held_too_much"));
  alice.hold('k', 2, 1, "90");
  EXPECT_THAT(alice.heard(), IsEmpty());
  alice.hold('k', 3, 1, "");
  EXPECT_THAT(alice.heard(), ElementsAre("error held_too_much"));
  EXPECT_FALSE(alice.closed());
  alice.hold('k', 3, 3, "withdrawn");
  EXPECT_THAT(alice.heard(), IsEmpty());
}

TEST_F(RelayTest, a_message_that_no_hold_would_take_leaves_none) {
  config_.held_bytes = 10;
  Client& alice = join("alice");
  alice.hold('k', 1, 1, "01234567890");
  EXPECT_THAT(alice.heard(), ElementsAre("welcome", "error held_too_much"));
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome, alice present"));
}

}  // namespace
}  // namespace plntry::signaling
