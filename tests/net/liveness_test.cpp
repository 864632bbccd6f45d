// When the other side of a carrier is asked for a sign of life, and when it is taken for gone.
#include "net/liveness.hpp"

#include <vector>

#include <gmock/gmock.h>

namespace plntry::net {
namespace {

using Due = Liveness::Due;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LivenessTest : public ::testing::Test {
 protected:
  // Looks every half second until `until`, and returns the milliseconds at which `due` was.
  std::vector<std::int64_t> looks(Due due, milliseconds until) {
    std::vector<std::int64_t> at;
    for (; now_ <= until; now_ += 500ms) {
      if (liveness_.look(TimePoint{now_}) == due) at.push_back(now_.count());
    }
    return at;
  }

  milliseconds now_{500};
  Liveness liveness_{{.ping_interval = 20s, .pong_timeout = 9s}, TimePoint{}};
};

TEST_F(LivenessTest, who_is_silent_is_asked_at_intervals_and_gone_when_no_answer_comes) {
  EXPECT_THAT(looks(Due::ping, 20s), ElementsAre(20'000));
  liveness_.handle_sign();
  EXPECT_THAT(looks(Due::ping, 40s), ElementsAre(40'000));
  EXPECT_THAT(looks(Due::end, 49s), ElementsAre(49'000));
}

TEST_F(LivenessTest, who_is_spoken_to_and_silent_is_asked_soon_and_gone_within_ten_seconds) {
  EXPECT_THAT(looks(Due::ping, 5s), IsEmpty());
  liveness_.handle_sent();
  EXPECT_THAT(looks(Due::ping, 6s), ElementsAre(6'000));
  EXPECT_THAT(looks(Due::end, 14'500ms), ElementsAre(14'500));
}

TEST_F(LivenessTest, who_answers_what_is_said_is_not_asked) {
  while (now_ <= 19s) {
    liveness_.handle_sent();
    EXPECT_THAT(looks(Due::ping, now_), IsEmpty());
    liveness_.handle_sign();
    EXPECT_THAT(looks(Due::ping, now_), IsEmpty());
  }
  EXPECT_THAT(looks(Due::ping, 20s), ElementsAre(20'000));
}

TEST_F(LivenessTest, who_is_spoken_to_again_and_again_is_asked_once) {
  EXPECT_THAT(looks(Due::ping, 1s), IsEmpty());
  std::vector<std::int64_t> pings;
  for (int i = 0; i < 10; ++i) {
    liveness_.handle_sent();
    for (const auto at : looks(Due::ping, now_)) pings.push_back(at);
  }
  EXPECT_THAT(pings, ElementsAre(2'000));
  liveness_.handle_sign();
  EXPECT_THAT(looks(Due::end, 30'500ms), ElementsAre(30'500)) << "an interval after that, and no answer";
}

}  // namespace
}  // namespace plntry::net
