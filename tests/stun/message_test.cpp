#include "stun/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/stun_messages.hpp"

namespace plntry::stun {
namespace {

using test::attribute;
using test::binding_request;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MessageView, gives_its_attributes_in_their_order) {
  const auto bytes =
      binding_request({attribute(Attribute::software, "abc"), attribute(0x7FFF, {}), attribute(Attribute::realm, "r")});
  const auto message = MessageView::parse(bytes);
  std::vector<Attribute> types;
  for (const AttributeView each : message->attributes()) types.push_back(each.type);
  EXPECT_THAT(types, ElementsAre(Attribute::software, static_cast<Attribute>(0x7FFF), Attribute::realm));
  EXPECT_EQ(as_text(*message->find(Attribute::software)), "abc");
  EXPECT_THAT(*message->find(static_cast<Attribute>(0x7FFF)), IsEmpty());
  EXPECT_FALSE(message->find(Attribute::nonce));
}

TEST(MessageView, collects_what_is_not_understood_once_each) {
  const auto bytes = binding_request({
      attribute(0x7FFF, {}),
      attribute(Attribute::username, "u"),
      attribute(0x7FFF, {}),
      attribute(Attribute::software, "optional"),
      attribute(0x7FFE, {}),
  });
  const auto message = MessageView::parse(bytes);
  EXPECT_THAT(message->not_understood(std::array{Attribute::username}).list(),
              ElementsAre(static_cast<Attribute>(0x7FFF), static_cast<Attribute>(0x7FFE)));
  EXPECT_THAT(message->not_understood({}).list(),
              ElementsAre(static_cast<Attribute>(0x7FFF), Attribute::username, static_cast<Attribute>(0x7FFE)));
}

TEST(MessageView, tells_absent_from_malformed) {
  const auto bytes = binding_request({attribute(Attribute::userhash, "short")});
  const auto message = MessageView::parse(bytes);
  EXPECT_EQ(message->userhash().error(), AttributeError::malformed);
  EXPECT_EQ(message->nonce().error(), AttributeError::absent);
}

// Whatever a datagram says, a view of it never leaves it.
TEST(MessageView, every_value_lies_within_the_datagram) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::uint16_t, std::vector<std::uint8_t>>>& attributes) {
    auto bytes = binding_request();
    for (const auto& [type, value] : attributes) {
      const auto one = attribute(type, value);
      bytes.insert(bytes.end(), one.begin(), one.end());
    }
    store_be16(bytes, 2, static_cast<std::uint16_t>(bytes.size() - kHeaderSize));
    // One damaged octet, more often than not in a length.
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::arbitrary<std::uint8_t>();
    const auto message = MessageView::parse(bytes);
    RC_PRE(message.has_value());
    const Bytes whole = message->bytes();
    for (const AttributeView each : message->attributes()) {
      RC_ASSERT(each.value.data() >= whole.data());
      RC_ASSERT(each.value.data() + each.value.size() <= whole.data() + whole.size());
    }
  }));
}

}  // namespace
}  // namespace plntry::stun
