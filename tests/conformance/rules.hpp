// How a rule of an RFC is written down: MUST(fixture, section, name_of_the_rule) { … } is a GoogleTest case that is
// also listed with its section, so that a report about a server can be read beside the RFC. What the RFC states as a
// fact of the server ("the server replies with …") counts as a MUST, as in the RFC's own words it is not left open.
//
// Such cases know nothing but a Target: they run over the core, and over sockets against any server.
#pragma once

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "caller.hpp"

namespace plntry::test {

struct Rule {
  std::string_view suite;
  std::string_view name;
  std::string_view section;
  std::string_view level;
};

std::vector<Rule>& rules();
// Made anew for each case by whoever `main` chose.
std::unique_ptr<Target> make_target();

class ServerTest : public ::testing::Test {
 protected:
  // Skips the case where the server cannot reach such a peer.
  std::unique_ptr<Peer> open_peer(unsigned host = 0, IpFamily family = IpFamily::v4) {
    return target->open_peer(family, host);
  }

  static TurnClient::Fill with_byte(Attribute type, std::uint8_t value) {
    return [=](Builder& builder) { builder.add_be32(type, std::uint32_t{value} << 24); };
  }
  static TurnClient::Fill with(Attribute type, Octets value) {
    return [=](Builder& builder) { builder.add(type, value); };
  }
  static constexpr auto kUnknownRequired = static_cast<Attribute>(0x7ABC);
  static constexpr auto kUnknownOptional = static_cast<Attribute>(0xFABC);

  std::unique_ptr<Target> target = make_target();
  Caller caller{*target};
};

// A client with an allocation, and a peer that it has no permission for yet.
class AllocatedTest : public ServerTest {
 protected:
  void SetUp() override {
    peer = open_peer();
    if (!peer) GTEST_SKIP() << "no peer that the server could reach";
    const auto response = caller.allocate();
    ASSERT_EQ(code_of(response), 0);
    relayed = response->relayed();
  }
  // "data < 192.0.2.15:50000" at the peer, or "nothing".
  std::string at(Peer& where, Expect expect = Expect::something) const {
    const auto datagram = where.receive(expect);
    return datagram ? datagram->data + " < " + datagram->from.to_string() : "nothing";
  }
  std::string at_peer(Expect expect = Expect::something) const { return at(*peer, expect); }
  std::string from(const Peer& where, std::string_view data) const {
    return std::string{data} + " < " + where.address().to_string();
  }
  std::string from_relay(std::string_view data) const { return std::string{data} + " < " + relayed.to_string(); }

  std::unique_ptr<Peer> peer;
  Endpoint relayed;
};

}  // namespace plntry::test

// NOLINTBEGIN(bugprone-macro-parentheses)
#define PLNTRY_LIST_RULE(level, suite, section, name)          \
  [[maybe_unused]] static const bool suite##_##name##_listed = \
      (::plntry::test::rules().push_back({#suite, #name, section, level}), true);

// Ends a case as neither kept nor broken unawares: where our server does otherwise on purpose, and which page says why.
#define DEPARTS(page) GTEST_SKIP() << "on purpose: " page

#define MUST(suite, section, name)               \
  PLNTRY_LIST_RULE("MUST", suite, section, name) \
  TEST_F(suite, name)
#define SHOULD(suite, section, name)               \
  PLNTRY_LIST_RULE("SHOULD", suite, section, name) \
  TEST_F(suite, name)
// The same for a fixture with a parameter: once for each of its values.
#define EACH_MUST(suite, section, name)          \
  PLNTRY_LIST_RULE("MUST", suite, section, name) \
  TEST_P(suite, name)
#define EACH_SHOULD(suite, section, name)          \
  PLNTRY_LIST_RULE("SHOULD", suite, section, name) \
  TEST_P(suite, name)
// NOLINTEND(bugprone-macro-parentheses)
