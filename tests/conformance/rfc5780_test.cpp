// What RFC 5780 demands of a server that lets clients discover how their NATs behave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stun/binding.hpp"
#include "stun/fingerprint.hpp"
#include "stun/nat_discovery.hpp"
#include "support/stun_messages.hpp"

namespace plntry::stun {
namespace {

using test::attribute;
using test::binding_request;
using ::testing::ElementsAre;

using Listener = NatDiscovery::Listener;

constexpr Endpoint kClient{IpAddress::v4(198, 51, 100, 7), 54321};
constexpr IpAddress kPrimary = IpAddress::v4(192, 0, 2, 1), kAlternate = IpAddress::v4(192, 0, 2, 2);
constexpr std::array kListeners{Listener{false, false}, Listener{false, true}, Listener{true, false},
                                Listener{true, true}};

std::vector<std::uint8_t> change(std::uint32_t flags) {
  std::array<std::uint8_t, 4> value;
  store_be32(value, 0, flags);
  return attribute(Attribute::change_request, value);
}
std::vector<std::uint8_t> response_port(std::uint16_t port) {
  std::array<std::uint8_t, 4> value{};
  store_be16(value, 0, port);
  return attribute(Attribute::response_port, value);
}
std::vector<std::uint8_t> padding(std::size_t size) {
  return attribute(Attribute::padding, std::vector<std::uint8_t>(size));
}
// Something comprehension-optional, to make a request long enough for a whole answer.
std::vector<std::uint8_t> filling() { return attribute(Attribute::software, std::string(32, 's')); }

class Rfc5780 : public ::testing::Test {
 protected:
  struct Result {
    MessageView message;
    Listener from;
    Endpoint to;

    std::optional<Endpoint> address(Attribute type) const {
      const auto value = message.find(type);
      return value ? decode_address(*value) : std::nullopt;
    }
    int code() const { return static_cast<int>(message.error_code()->code); }
  };

  Result answer(Bytes request, Listener at = {}, const Endpoint& source = kClient) {
    const auto given = discovery.handle(request, source, at, out).value();
    EXPECT_LE(given.bytes.size(), max_answer_size(request.size(), source.address.unmapped().family()));
    return {MessageView::parse(given.bytes).value(), given.from, given.to};
  }

  NatDiscovery discovery{{.shown = {kPrimary, kAlternate}, .bound = {kPrimary, kAlternate}, .ports = {3478, 3479}}};
  std::array<std::uint8_t, NatDiscovery::kMaxAnswerSize> out;
};

// §6.1: without CHANGE-REQUEST the answer comes from where the request went.
TEST_F(Rfc5780, an_answer_comes_from_where_its_request_went) {
  for (const Listener at : kListeners) {
    const auto result = answer(binding_request(), at);
    EXPECT_EQ(result.from, at);
    EXPECT_EQ(result.to, kClient);
    EXPECT_EQ(result.message.xor_mapped_address(), kClient);
  }
}

// §6.1, table 1: which endpoint answers.
TEST_F(Rfc5780, change_request_changes_the_address_the_port_or_both) {
  for (const Listener at : kListeners) {
    const auto from = [&](std::uint32_t flags) { return answer(binding_request({change(flags)}), at).from; };
    EXPECT_EQ(from(0), at);
    EXPECT_EQ(from(4), (Listener{!at.alternate_address, at.alternate_port}));
    EXPECT_EQ(from(2), (Listener{at.alternate_address, !at.alternate_port}));
    EXPECT_EQ(from(6), (Listener{!at.alternate_address, !at.alternate_port}));
  }
}

// §6.1: both, so that a client sees whether something on its way rewrites addresses.
TEST_F(Rfc5780, an_answer_has_the_mapped_address_plain_as_well) {
  const auto result = answer(binding_request({filling()}));
  EXPECT_EQ(result.address(Attribute::mapped_address), kClient);
  EXPECT_EQ(result.message.xor_mapped_address(), kClient);
}

// Behind a 1:1 NAT clients are told the addresses that they see.
TEST_F(Rfc5780, behind_a_nat_of_its_own_the_server_shows_its_public_addresses) {
  const IpAddress inside = IpAddress::v4(10, 0, 0, 1), inside_too = IpAddress::v4(10, 0, 0, 2);
  discovery = NatDiscovery{{.shown = {kPrimary, kAlternate}, .bound = {inside, inside_too}, .ports = {3478, 3479}}};
  EXPECT_EQ(discovery.find({inside_too, 3478}), (Listener{true, false}));
  EXPECT_EQ(discovery.bound({true, false}), (Endpoint{inside_too, 3478}));
  EXPECT_EQ(discovery.find({kPrimary, 3478}), std::nullopt);
  EXPECT_EQ(discovery.find({inside, 3480}), std::nullopt);
  const auto result = answer(binding_request({filling()}));
  EXPECT_EQ(result.address(Attribute::response_origin), (Endpoint{kPrimary, 3478}));
  EXPECT_EQ(result.address(Attribute::other_address), (Endpoint{kAlternate, 3479}));
}

// §7.3: RESPONSE-ORIGIN is the endpoint that the answer was sent from.
TEST_F(Rfc5780, response_origin_is_where_the_answer_was_sent_from) {
  const auto origin = [&](Listener at, std::uint32_t flags) {
    return answer(binding_request({change(flags), filling()}), at).address(Attribute::response_origin);
  };
  EXPECT_EQ(origin({}, 0), (Endpoint{kPrimary, 3478}));
  EXPECT_EQ(origin({}, 4), (Endpoint{kAlternate, 3478}));
  EXPECT_EQ(origin({}, 2), (Endpoint{kPrimary, 3479}));
  EXPECT_EQ(origin({true, true}, 6), (Endpoint{kPrimary, 3478}));
}

// §7.4: OTHER-ADDRESS is what "change IP" and "change port" together would lead to.
TEST_F(Rfc5780, other_address_differs_from_the_requests_in_address_and_port) {
  const auto other = [&](Listener at) {
    return answer(binding_request({filling()}), at).address(Attribute::other_address);
  };
  EXPECT_EQ(other({false, false}), (Endpoint{kAlternate, 3479}));
  EXPECT_EQ(other({false, true}), (Endpoint{kAlternate, 3478}));
  EXPECT_EQ(other({true, false}), (Endpoint{kPrimary, 3479}));
  EXPECT_EQ(other({true, true}), (Endpoint{kPrimary, 3478}));
}

// §7.2: four octets.
TEST_F(Rfc5780, a_change_request_of_another_size_is_a_bad_request) {
  EXPECT_EQ(answer(binding_request({attribute(Attribute::change_request, "12345")})).code(), 400);
}

// §6.1: a server without a second address MUST refuse CHANGE-REQUEST with 420 and name it.
TEST_F(Rfc5780, without_a_second_address_change_request_is_unknown) {
  const auto refused = MessageView::parse(*handle_binding(binding_request({change(6)}), kClient, out));
  EXPECT_EQ(refused->error_code()->code, ErrorCode::unknown_attribute);
  EXPECT_THAT(refused->unknown_attributes()->list(), ElementsAre(Attribute::change_request));
}
// §7.4: nor may it name another one.
TEST_F(Rfc5780, without_a_second_address_there_is_no_other_address) {
  const auto plain = MessageView::parse(*handle_binding(binding_request({filling()}), kClient, out));
  EXPECT_FALSE(plain->find(Attribute::other_address));
}

TEST_F(Rfc5780, other_unknown_attributes_stay_unknown) {
  const auto result = answer(binding_request({attribute(0x7777, Bytes{}), change(6)}));
  EXPECT_EQ(result.code(), 420);
  EXPECT_THAT(result.message.unknown_attributes()->list(), ElementsAre(static_cast<Attribute>(0x7777)));
  EXPECT_EQ(result.from, Listener{});
}

// §7.5: the answer goes to that port of the source's address.
TEST_F(Rfc5780, response_port_is_where_the_answer_goes) {
  const auto result = answer(binding_request({response_port(40000)}));
  EXPECT_EQ(result.to, (Endpoint{kClient.address, 40000}));
  EXPECT_EQ(result.message.xor_mapped_address(), kClient);  // what is told is where it came from
  EXPECT_EQ(answer(binding_request({attribute(Attribute::response_port, "\x9c\x40")})).to.port, 40000);
}
TEST_F(Rfc5780, a_response_port_that_is_none_is_a_bad_request) {
  EXPECT_EQ(answer(binding_request({response_port(0)})).code(), 400);
  EXPECT_EQ(answer(binding_request({attribute(Attribute::response_port, "123")})).code(), 400);
}
// A refusal goes to whoever asked.
TEST_F(Rfc5780, errors_are_never_sent_to_another_port) {
  const auto result = answer(binding_request({response_port(40000), attribute(0x7777, Bytes{}), change(6)}));
  EXPECT_EQ(result.code(), 420);
  EXPECT_EQ(result.to, kClient);
}

// §7.6: PADDING in the request makes PADDING in the answer, of a multiple of four octets.
TEST_F(Rfc5780, padding_is_answered_with_as_much) {
  for (const std::size_t size : {0u, 4u, 500u, 1500u, 4000u}) {
    const auto result = answer(binding_request({padding(size)}));
    const auto given = result.message.find(Attribute::padding);
    ASSERT_TRUE(given) << size;
    EXPECT_EQ(given->size() % 4, 0u);
    EXPECT_LE(given->size(), size);
    EXPECT_TRUE(size < 500 || given->size() == std::min<std::size_t>(size, 1500));
    EXPECT_EQ(result.message.xor_mapped_address(), kClient);
  }
}
// §6.1: PADDING and RESPONSE-PORT exclude each other.
TEST_F(Rfc5780, padding_to_another_port_is_a_bad_request) {
  EXPECT_EQ(answer(binding_request({response_port(40000), padding(500)})).code(), 400);
}

// Not the RFC's but ours: no answer to an unproven source is more than 1.6 times its request on the wire. What a
// client needs most comes first. `answer` checks the bound each time.
TEST_F(Rfc5780, a_short_request_gets_what_fits) {
  const auto short_v4 = answer(binding_request());
  EXPECT_TRUE(short_v4.address(Attribute::other_address));
  EXPECT_FALSE(short_v4.address(Attribute::response_origin));
  const auto with_change = answer(binding_request({change(0)}));
  EXPECT_TRUE(with_change.address(Attribute::other_address));
  for (std::size_t size = 0; size < 64; ++size) {
    answer(binding_request({attribute(Attribute::software, std::string(size, 's'))}));
    answer(binding_request({padding(size)}));
  }
}

TEST_F(Rfc5780, ipv6_is_discovered_alike) {
  const auto client = *Endpoint::parse("[2001:db8::7]:54321");
  const std::array both{*IpAddress::parse("2001:db8:1::1"), *IpAddress::parse("2001:db8:1::2")};
  const NatDiscovery over_v6{{.shown = both, .bound = both, .ports = {1, 2}}};
  for (std::size_t size = 0; size < 64; ++size) {
    const auto request = binding_request({attribute(Attribute::software, std::string(size, 's')), change(6)});
    const auto given = over_v6.handle(request, client, {}, out).value();
    EXPECT_LE(given.bytes.size(), max_answer_size(request.size(), IpFamily::v6));
    const auto message = MessageView::parse(given.bytes).value();
    EXPECT_EQ(message.xor_mapped_address(), client);
    if (size == 63) {
      EXPECT_EQ(decode_address(*message.find(Attribute::other_address)), Endpoint::parse("[2001:db8:1::2]:2"));
    }
    EXPECT_EQ(given.from, (Listener{true, true}));
  }
}

// A dual-stack socket shows an IPv4 client in its v4-mapped form.
TEST_F(Rfc5780, a_v4_mapped_source_is_answered_as_ipv4) {
  const Endpoint mapped{kClient.address.mapped(), kClient.port};
  const auto result = answer(binding_request({change(0), filling()}), {}, mapped);
  EXPECT_EQ(result.message.xor_mapped_address(), kClient);
  EXPECT_EQ(result.to, mapped);
}

// RFC 8489 §7.3: what is no Binding request gets no answer from any of the four.
TEST_F(Rfc5780, what_is_no_request_is_ignored) {
  const auto indication = test::message({Method::binding, Class::indication}, {change(6)});
  EXPECT_EQ(discovery.handle(indication, kClient, {}, out).error(), Ignored::not_a_request);
  EXPECT_EQ(discovery.handle(as_bytes("junk"), kClient, {}, out).error(), Ignored::not_stun);
}

// RFC 8489 §7.1: whoever sends FINGERPRINT gets it.
TEST_F(Rfc5780, a_fingerprint_is_answered_with_one) {
  std::array<std::uint8_t, 64> buffer;
  Builder builder{buffer, {Method::binding, Class::request}, test::kTransactionId};
  builder.add_be32(Attribute::change_request, 2);
  builder.add_fingerprint();
  const auto result = answer(*builder.finish());
  EXPECT_EQ(check_fingerprint(result.message), FingerprintCheck::valid);
}

}  // namespace
}  // namespace plntry::stun
