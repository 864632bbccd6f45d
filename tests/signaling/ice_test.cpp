// docs/protocol.md §2, §5 through the hub: whom it gives which ICE servers, when again, and when they are of no more
// use.
#include <boost/json.hpp>

#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Names = std::vector<std::string>;

constexpr std::string_view kJoin = R"({"type":"join"})";

class IceTest : public HubTest {
 protected:
  IceTest() { ice_.lifetime = std::chrono::seconds{600}; }

  // The user name in the latest welcome.
  static std::string username(Client& client) {
    const auto frames = client.frames();
    client.heard();
    const auto welcome = boost::json::parse(frames.at(0)).as_object();
    const auto& server = welcome.at("iceServers").as_array().at(0).as_object();
    return std::string{std::string_view{server.at("username").as_string()}};
  }
};

TEST_F(IceTest, welcome_has_credentials_of_the_session_with_their_lifetime) {
  Client& alice = join("alice");
  EXPECT_THAT(alice.frames().at(0), HasSubstr(R"("username":"1800000600:1"}],"iceLifetime":600)"));
}

TEST_F(IceTest, servers_are_named_as_the_browser_reached_this_one) {
  EXPECT_THAT(join("alice", {.host = "other.example"}).frames().at(0), HasSubstr("stun:other.example:8080"));
}

// "replaces the ICE servers before they expire"
TEST_F(IceTest, credentials_are_renewed_at_half_of_their_lifetime_again_and_again) {
  Client& alice = join("alice");
  alice.heard();
  advance(299s);
  EXPECT_THAT(alice.heard(), IsEmpty());
  advance(1s);
  EXPECT_THAT(alice.heard(), ElementsAre("ice 1800000900:1"));
  advance(600s);
  EXPECT_THAT(alice.heard(), ElementsAre("ice 1800001200:1", "ice 1800001500:1"));
}

TEST_F(IceTest, each_is_renewed_in_its_own_time) {
  Client& alice = join("alice");
  advance(100s);
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  advance(200s);
  EXPECT_THAT(alice.heard(), ElementsAre("ice 1800000900:1"));
  EXPECT_THAT(bob.heard(), IsEmpty());
  advance(100s);
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_THAT(bob.heard(), ElementsAre("ice 1800001000:2"));
}

TEST_F(IceTest, the_shortest_lifetime_there_is_does_not_stop_the_clock) {
  ice_.lifetime = std::chrono::seconds{1};
  Client& alice = join("alice");
  alice.heard();
  advance(2s);
  EXPECT_EQ(alice.heard().size(), 4);
}

TEST_F(IceTest, what_never_expires_is_not_told_again) {
  ice_.lifetime.reset();
  Client& alice = join("alice");
  alice.heard();
  EXPECT_EQ(hub_->next_deadline(), std::nullopt);
  advance(24h);
  EXPECT_THAT(alice.heard(), IsEmpty());
}

// The lobby: "on `join` it does what it would have done at the upgrade".
TEST_F(IceTest, who_waited_for_long_gets_fresh_ones) {
  Client& alice = join("alice", {.wait = true});
  advance(300s);
  EXPECT_THAT(alice.heard(), ElementsAre("ice 1800000600:1", "ice 1800000900:1"));
  advance(55min);
  alice.heard(), alice.frames();
  alice.frame(std::string{kJoin});
  EXPECT_EQ(username(alice), "1800004200:1");
  advance(300s);
  EXPECT_THAT(alice.heard(), ElementsAre("ice 1800004500:1"));
}

TEST_F(IceTest, who_is_away_is_told_at_its_resume_and_keeps_its_session) {
  Client& alice = join("alice");
  join("bob");
  alice.drop();
  advance(100s);
  Client& again = join("alice", {.known = Names{"bob"}});
  EXPECT_EQ(username(again), "1800000700:1");
  EXPECT_THAT(ended(), IsEmpty());
  advance(299s);
  EXPECT_THAT(again.heard(), Not(testing::Contains(HasSubstr("ice"))));
  advance(1s);
  EXPECT_THAT(again.heard(), ElementsAre("ice 1800001000:1"));
}

TEST_F(IceTest, a_seat_that_is_only_kept_has_no_session_until_somebody_takes_it) {
  join("alice", {.known = Names{"bob"}});
  EXPECT_EQ(username(join("bob", {.known = Names{"alice"}})), "1800000600:2");
  join("carol", {.room = "blue-room", .known = Names{"dave"}}).drop();
  advance(121s);
  EXPECT_THAT(ended(), ElementsAre(3)) << "nobody took the seat of dave";
}

// §2 `leave`, `timeout`, `replaced`, and the newest who yields its seat: one end each, and none for a mere drop.
TEST_F(IceTest, a_session_ends_once_when_its_seat_is_free) {
  Client& alice = join("alice");
  Client& bob = join("bob");
  bob.drop();
  EXPECT_THAT(ended(), IsEmpty());
  advance(120s);
  EXPECT_THAT(ended(), ElementsAre(2));
  alice.leave();
  alice.drop();
  EXPECT_THAT(ended(), ElementsAre(1));
  advance(1h);
  EXPECT_THAT(ended(), IsEmpty());
}

TEST_F(IceTest, a_replaced_participants_session_ends_and_that_of_the_new_one_begins) {
  join("alice");
  Client& reloaded = join("alice again", {.replaces = "alice"});
  EXPECT_THAT(ended(), ElementsAre(1));
  EXPECT_EQ(username(reloaded), "1800000600:2");
}

TEST_F(IceTest, who_yields_its_seat_ends_its_session) {
  join("alice");
  join("bob");
  join("carol", {.known = Names{"alice"}});
  EXPECT_THAT(ended(), ElementsAre(2));
}

TEST_F(IceTest, a_newer_connection_of_the_same_participant_ends_nothing) {
  join("alice");
  EXPECT_EQ(username(join("alice")), "1800000600:1");
  EXPECT_THAT(ended(), IsEmpty());
}

TEST_F(IceTest, who_was_refused_has_no_session_to_end) {
  join("alice"), join("bob"), join("carol");
  EXPECT_THAT(ended(), IsEmpty());
}

// What was given in the lobby is of no more use to who takes no seat.
TEST_F(IceTest, a_session_that_began_in_the_lobby_ends_with_the_wait_or_goes_on_in_the_seat) {
  join("left", {.wait = true}).leave();
  join("dropped", {.wait = true}).drop();
  join("faulty", {.wait = true}).fault(ErrorCode::too_large);
  EXPECT_THAT(ended(), ElementsAre(1, 2, 3));
  Client& alice = join("alice", {.wait = true});
  alice.frame(std::string{kJoin});
  join("bob");
  Client& carol = join("carol", {.wait = true});
  EXPECT_THAT(ended(), IsEmpty());
  carol.frame(std::string{kJoin});
  EXPECT_THAT(ended(), ElementsAre(6)) << "the room is full";
  join("bob", {.wait = true}).frame(std::string{kJoin});
  EXPECT_THAT(ended(), ElementsAre(7)) << "the seat has a session";
  alice.leave();
  EXPECT_THAT(ended(), ElementsAre(4));
}

// The calls go on while the server goes away.
TEST_F(IceTest, draining_ends_no_session) {
  join("alice");
  drain();
  EXPECT_THAT(ended(), IsEmpty());
  EXPECT_EQ(hub_->next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace plntry::signaling
