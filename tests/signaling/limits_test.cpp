// docs/protocol.md §5 and §6 through the hub: rates, bounds, and going away.
#include "signaling/hub_fixture.hpp"

namespace plntry::signaling {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

using Names = std::vector<std::string>;

class LimitsTest : public HubTest {};

// §6 rate_limited: "this frame was refused; send it again after `retryAfter`"
TEST_F(LimitsTest, messages_beyond_the_rate_are_refused_with_a_delay) {
  config_.messages = {.capacity = 2, .per_second = 4};
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  for (const auto* body : {"1", "2", "3"}) alice.send("bob", body);
  EXPECT_THAT(bob.heard(), ElementsAre("alice: 1", "alice: 2"));
  EXPECT_THAT(alice.heard(), ElementsAre("error rate_limited after=251"));
  advance(251ms);
  alice.send("bob", "3");
  EXPECT_THAT(bob.heard(), ElementsAre("alice: 3"));
  EXPECT_THAT(alice.heard(), IsEmpty());
}

TEST_F(LimitsTest, one_participants_rate_is_not_the_others) {
  config_.messages = {.capacity = 1, .per_second = 1};
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.send("bob", "1");
  alice.heard();
  bob.send("alice", "2");
  EXPECT_THAT(alice.heard(), ElementsAre("bob: 2"));
}

// §6 flooding: "it went on in spite of `rate_limited`"
TEST_F(LimitsTest, who_goes_on_is_closed_and_its_seat_kept) {
  config_.messages = {.capacity = 1, .per_second = 0.1};
  config_.refusals = {.capacity = 2, .per_second = 0.1};
  Client& alice = join("alice");
  Client& bob = join("bob");
  alice.heard(), bob.heard();
  for (int i = 0; i < 4; ++i) alice.send("bob", "x");
  EXPECT_THAT(alice.heard(), ElementsAre("error rate_limited after=10001", "error rate_limited after=10001",
                                         "error flooding after=10001", "closed 4006"));
  EXPECT_THAT(bob.heard(), ElementsAre("alice: x", "away alice"));
}

TEST_F(LimitsTest, coming_back_or_reloading_is_no_way_around) {
  config_.messages = {.capacity = 1, .per_second = 0.1};
  Client& alice = join("alice");
  alice.send("alice", "x");
  Client& back = join("alice", {.known = Names{}});
  back.heard();
  back.send("alice", "x");
  EXPECT_THAT(back.heard(), ElementsAre(StartsWith("error rate_limited")));
  Client& reloaded = join("alice 2", {.replaces = "alice"});
  reloaded.heard();
  reloaded.send("alice", "x");
  EXPECT_THAT(reloaded.heard(), ElementsAre(StartsWith("error rate_limited")));
}

TEST_F(LimitsTest, leaving_is_always_possible) {
  config_.messages = {.capacity = 1, .per_second = 0};
  Client& alice = join("alice");
  alice.send("alice", "x");
  alice.heard();
  alice.leave();
  EXPECT_THAT(alice.heard(), ElementsAre("closed 1000"));
}

// §6 flooding: "or this address joins too often"
TEST_F(LimitsTest, an_address_that_joins_too_often_is_refused) {
  config_.joins = {.capacity = 2, .per_second = 1};
  join("alice", {.room = "room-one"}), join("bob", {.room = "room-two"});
  EXPECT_THAT(join("carol", {.room = "room-three"}).heard(), ElementsAre("error flooding after=1001", "closed 4006"));
  EXPECT_THAT(join("dave", {.room = "room-three", .from = IpAddress::v4(192, 0, 2, 9)}).heard(),
              ElementsAre("welcome"));
}

TEST_F(LimitsTest, an_address_has_so_many_connections) {
  config_.connections_per_address = 1;
  Client& alice = join("alice");
  EXPECT_THAT(join("bob").heard(), ElementsAre("error too_many_connections after=10000", "closed 4007"));
  alice.drop();
  EXPECT_THAT(join("bob").heard(), ElementsAre("welcome, alice away"));
}

TEST_F(LimitsTest, a_connection_counts_until_its_end_however_it_ends) {
  config_.connections_per_address = 2;
  join("alice", {.room = "room-one"});
  join("alice", {.room = "room-one", .known = Names{}}).leave();
  join("bob").frame("nonsense");
  join("bob 2", {.replaces = "bob"}).drop();
  Client& last = join("carol");
  EXPECT_THAT(last.heard(), ElementsAre("welcome, bob 2 away"));
  EXPECT_EQ(hub_->connections(), 1u);
}

// §6 server_full
TEST_F(LimitsTest, the_server_holds_so_many_rooms) {
  config_.max_rooms = 1;
  join("alice", {.room = "room-one"});
  EXPECT_THAT(join("bob", {.room = "room-two"}).heard(), ElementsAre("error server_full after=10000", "closed 4008"));
  EXPECT_THAT(join("bob", {.room = "room-one"}).heard(), ElementsAre("welcome, alice present"));
}

TEST_F(LimitsTest, the_server_holds_so_many_participants) {
  config_.max_participants = 2;
  config_.room_capacity = 4;
  EXPECT_THAT(join("alice", {.known = Names{"bob", "carol"}}).heard(), ElementsAre("welcome, bob away"));
  EXPECT_THAT(join("carol").heard(), ElementsAre("error server_full after=10000", "closed 4008"));
  EXPECT_THAT(join("dave", {.room = "room-two"}).heard(), ElementsAre("error server_full after=10000", "closed 4008"));
  EXPECT_EQ(hub_->rooms(), 1u);
  EXPECT_THAT(join("bob", {.known = Names{"alice"}}).heard(), ElementsAre("welcome back, alice present"));
  EXPECT_THAT(join("bob 2", {.replaces = "bob"}).heard(), ElementsAre("welcome, alice present"));
}

// §5 come_back, then 1012
TEST_F(LimitsTest, on_drain_everyone_is_told_to_come_back_each_at_its_time) {
  config_.drain_delay = 500ms;
  config_.drain_spread = 4s;
  Client& alice = join("alice", {.room = "room-one"});
  Client& bob = join("bob", {.room = "room-one"});
  Client& carol = join("carol", {.room = "room-two"});
  Client& dave = join("dave", {.room = "room-two"});
  join("eve", {.room = "room-three"}).drop();
  alice.heard(), bob.heard(), carol.heard(), dave.heard();
  drain();
  EXPECT_THAT(alice.heard(), ElementsAre("come_back after=500", "closed 1012"));
  EXPECT_THAT(bob.heard(), ElementsAre("come_back after=1500", "closed 1012"));
  EXPECT_THAT(carol.heard(), ElementsAre("come_back after=2500", "closed 1012"));
  EXPECT_THAT(dave.heard(), ElementsAre("come_back after=3500", "closed 1012"));
  EXPECT_EQ(hub_->connections(), 0u);
  EXPECT_EQ(hub_->rooms(), 0u);
  EXPECT_EQ(hub_->participants(), 0u);
  EXPECT_EQ(hub_->next_deadline(), std::nullopt);
}

TEST_F(LimitsTest, who_joins_a_draining_server_is_told_so_too) {
  join("alice");
  drain();
  EXPECT_THAT(join("bob").heard(), ElementsAre("come_back after=4500", "closed 1012"));
  EXPECT_EQ(hub_->rooms(), 0u);
}

TEST_F(LimitsTest, what_clients_were_told_is_counted) {
  join("alice"), join("bob"), join("carol"), join("dave");
  EXPECT_EQ(errors(ErrorCode::room_full), 2u);
  EXPECT_EQ(hub_->counters().joins, 2u);
}

}  // namespace
}  // namespace plntry::signaling
