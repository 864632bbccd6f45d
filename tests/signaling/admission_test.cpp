#include "signaling/admission.hpp"

#include <array>

#include <gtest/gtest.h>

namespace plntry::signaling {
namespace {

class AdmissionTest : public testing::Test {
 protected:
  // The error, or nothing when admitted.
  std::optional<ErrorCode> admit(std::string_view address) {
    const auto admitted = admission_.admit(*IpAddress::parse(address), now_);
    if (admitted) return std::nullopt;
    retry_after_ = admitted.error().retry_after;
    return admitted.error().code;
  }

  Config config_ = [] {
    Config config;
    config.joins = {.capacity = 2, .per_second = 0.5};
    config.connections_per_address = 2;
    config.max_addresses = 2;
    return config;
  }();
  Admission admission_{config_};
  TimePoint now_{1000s};
  Duration retry_after_{};
};

TEST_F(AdmissionTest, an_address_joins_in_bursts_and_then_at_its_rate) {
  EXPECT_EQ(admit("192.0.2.1"), std::nullopt);
  EXPECT_EQ(admit("192.0.2.1"), std::nullopt);
  EXPECT_EQ(admit("192.0.2.1"), ErrorCode::flooding);
  EXPECT_NEAR(static_cast<double>(retry_after_.count()), 2e9, 1e3);
  EXPECT_EQ(admit("192.0.2.2"), std::nullopt) << "others are not affected";
  now_ += retry_after_;
  EXPECT_EQ(admit("192.0.2.1"), std::nullopt);
}

TEST_F(AdmissionTest, an_ipv6_address_counts_as_its_64) {
  EXPECT_EQ(admit("2001:db8:1:2:3::4"), std::nullopt);
  EXPECT_EQ(admit("2001:db8:1:2:ffff::"), std::nullopt);
  EXPECT_EQ(admit("2001:db8:1:2::1"), ErrorCode::flooding);
  EXPECT_EQ(admit("2001:db8:1:3::1"), std::nullopt);
}

TEST_F(AdmissionTest, a_mapped_ipv4_address_counts_as_itself) {
  EXPECT_EQ(admit("192.0.2.1"), std::nullopt);
  EXPECT_EQ(admit("::ffff:192.0.2.1"), std::nullopt);
  EXPECT_EQ(admit("192.0.2.1"), ErrorCode::flooding);
  EXPECT_EQ(admit("::ffff:192.0.2.2"), std::nullopt) << "not all of them in one /64";
}

TEST_F(AdmissionTest, an_address_has_a_bounded_number_of_connections) {
  const auto address = IpAddress::v4(192, 0, 2, 1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(admit("192.0.2.1"), std::nullopt);
    admission_.connect(address);
  }
  now_ += 10s;
  EXPECT_EQ(admit("192.0.2.1"), ErrorCode::too_many_connections);
  EXPECT_EQ(retry_after_, config_.retry_when_full);
  admission_.disconnect(address);
  EXPECT_EQ(admit("192.0.2.1"), std::nullopt);
}

TEST_F(AdmissionTest, the_table_is_bounded_and_forgets_who_is_as_good_as_new) {
  EXPECT_EQ(admit("192.0.2.1"), std::nullopt);
  EXPECT_EQ(admit("192.0.2.2"), std::nullopt);
  admission_.connect(IpAddress::v4(192, 0, 2, 2));
  EXPECT_EQ(admit("192.0.2.3"), ErrorCode::server_full);
  EXPECT_EQ(admission_.addresses(), 2u);
  now_ += 60s;
  EXPECT_EQ(admit("192.0.2.3"), std::nullopt) << "the first was forgotten";
  EXPECT_EQ(admit("192.0.2.4"), ErrorCode::server_full) << "the second has a connection";
  admission_.disconnect(IpAddress::v4(192, 0, 2, 2));
}

}  // namespace
}  // namespace plntry::signaling
