// The doctor's client against the relay's own core, without a network.
#include "doctor/turn_client.hpp"

#include <gtest/gtest.h>

#include "turn/relay.hpp"

namespace plntry::doctor {
namespace {

const Endpoint kClient = *Endpoint::parse("7.7.7.7:1000");
const Endpoint kServer = *Endpoint::parse("8.8.8.8:3478");

class DoctorTurnClient : public ::testing::Test {
 protected:
  static turn::Relay::Config config() {
    turn::Relay::Config config;
    config.credentials.users = {{"alice", "right"}};
    config.address_v4 = kServer.address;
    return config;
  }

  // What the relay answers.
  std::optional<Outcome> ask(TurnClient& client, Bytes request) {
    relay_.handle_client({kClient, kServer, turn::Transport::udp}, request, now_);
    std::optional<Outcome> outcome;
    while (const auto effect = relay_.poll_effect()) {
      if (const auto* open = std::get_if<turn::OpenRelay>(&*effect))
        relay_.handle_relay_opened(open->relay, true, now_);
      if (const auto* reply = std::get_if<turn::Reply>(&*effect)) outcome = client.handle(reply->bytes());
    }
    return outcome;
  }

  SeededRandom random_{1};
  Now now_{TimePoint{1h}, WallTime{1'700'000'000s}};
  turn::Ledger ledger_{{}, random_};
  turn::Relay relay_{config(), ledger_, random_, now_};
  std::array<std::uint8_t, TurnClient::kMaxSize> out_{};
};

TEST_F(DoctorTurnClient, allocates_through_the_challenge_and_releases) {
  TurnClient client({"alice", "right"}, random_);
  const auto challenge = ask(client, client.allocate(out_, IpFamily::v4));
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->code, 401);
  ASSERT_TRUE(client.is_challenge(*challenge));
  const auto allocated = ask(client, client.allocate(out_, IpFamily::v4));
  ASSERT_TRUE(allocated);
  EXPECT_TRUE(allocated->succeeded());
  EXPECT_EQ(client.mapped(), kClient);
  ASSERT_TRUE(client.relayed());
  EXPECT_EQ(client.relayed()->address, kServer.address);
  EXPECT_TRUE(ask(client, client.permit(out_, *IpAddress::parse("9.9.9.9")))->succeeded());
  EXPECT_TRUE(ask(client, client.release(out_))->succeeded());
  EXPECT_EQ(relay_.allocations(), 0U);
}

TEST_F(DoctorTurnClient, a_second_401_is_the_answer_and_no_challenge) {
  TurnClient client({"alice", "wrong"}, random_);
  ask(client, client.allocate(out_, IpFamily::v4));
  const auto refused = ask(client, client.allocate(out_, IpFamily::v4));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, 401);
  EXPECT_FALSE(client.is_challenge(*refused));
}

TEST_F(DoctorTurnClient, what_answers_something_else_is_no_answer) {
  TurnClient one({"alice", "right"}, random_);
  TurnClient other({"alice", "right"}, random_);
  const Bytes request = one.binding(out_);
  EXPECT_FALSE(other.handle(request));
  EXPECT_FALSE(TurnClient::data_in(request));
}

}  // namespace
}  // namespace plntry::doctor
