#include <gmock/gmock.h>

#include "doctor/judge.hpp"

namespace plntry::doctor {
namespace {

using ::testing::HasSubstr;

Inside good_machine() {
  Inside facts;
  facts.time = WallTime{1'800'000'000s};
  facts.listen = {{.endpoint = *Endpoint::parse("0.0.0.0:443"),
                   .is_free = true,
                   .is_ours = false,
                   .error = {},
                   .for_browsers = true}};
  facts.places = {{.address = *IpAddress::parse("203.0.114.1"), .is_guess = true, .is_private = false}};
  facts.first_port = 49'152;
  facts.last_port = 65'535;
  facts.ports_tried = facts.ports_bound = 8;
  facts.allocations_max = 10'000;
  facts.descriptors = facts.descriptors_wanted = 30'000;
  facts.udp_buffer = facts.udp_buffer_wanted = 4 << 20;
  facts.has_tls = true;
  facts.certificate = Certificate{.is_trusted = true,
                                  .distrust = {},
                                  .is_self_signed = false,
                                  .names_host = true,
                                  .names = "call.example.org",
                                  .begins = facts.time - 24h,
                                  .expires = facts.time + 24h * 60};
  facts.clock_is_synchronised = true;
  return facts;
}

// The one thing that is not well.
Finding only(const Inside& facts) {
  Finding found;
  for (const Finding& each : judge(facts)) {
    if (each.grade == Grade::passed) continue;
    EXPECT_EQ(found.check, "") << "also " << each.check;
    found = each;
  }
  return found;
}

TEST(DoctorInside, a_good_machine_passes_everything) { EXPECT_EQ(only(good_machine()).check, ""); }

TEST(DoctorInside, a_port_that_another_has_fails) {
  Inside facts = good_machine();
  facts.listen[0].is_free = false;
  facts.listen[0].error = "0.0.0.0:443 is in use by another program.";
  EXPECT_EQ(only(facts).check, "listen");
  EXPECT_EQ(only(facts).grade, Grade::failed);
}

TEST(DoctorInside, a_private_guess_asks_for_the_public_address) {
  Inside facts = good_machine();
  facts.places = {{.address = IpAddress::v4(10, 0, 0, 5), .is_guess = true, .is_private = true}};
  EXPECT_EQ(only(facts).check, "public-address");
  EXPECT_EQ(only(facts).grade, Grade::failed);
  EXPECT_THAT(only(facts).remedy, HasSubstr("--public-address"));
  facts.places.push_back({.address = *IpAddress::parse("2a00::1"), .is_guess = true, .is_private = false});
  EXPECT_EQ(only(facts).grade, Grade::advice);  // one of the two is reached
  facts.places.pop_back();
  facts.places[0].is_guess = false;  // it was said, for a local network
  EXPECT_EQ(only(facts).grade, Grade::advice);
}

TEST(DoctorInside, a_limit_below_what_may_be_needed_fails_with_the_number_to_set) {
  Inside facts = good_machine();
  facts.descriptors = 1'024;
  EXPECT_EQ(only(facts).check, "descriptors");
  EXPECT_THAT(only(facts).remedy, HasSubstr("LimitNOFILE=30000"));
}

TEST(DoctorInside, small_buffers_are_advice_with_the_command) {
  Inside facts = good_machine();
  facts.udp_buffer = 212'992;
  EXPECT_EQ(only(facts).grade, Grade::advice);
  EXPECT_THAT(only(facts).remedy, HasSubstr("sysctl -w net.core.rmem_max=4194304"));
}

TEST(DoctorInside, more_allocations_than_ports_are_advice) {
  Inside facts = good_machine();
  facts.last_port = 49'252;
  EXPECT_EQ(only(facts).check, "relay-ports");
}

TEST(DoctorInside, without_a_relay_of_its_own_it_wants_another) {
  Inside facts = good_machine();
  facts.relay_on = false;
  EXPECT_EQ(only(facts).check, "relay");
  facts.has_services = true;
  EXPECT_EQ(only(facts).check, "");
}

TEST(DoctorInside, a_quota_without_a_store_is_advice) {
  Inside facts = good_machine();
  facts.has_quota = true;
  EXPECT_THAT(only(facts).remedy, HasSubstr("--data"));
  facts.data = "/var/lib/plntry";
  EXPECT_EQ(only(facts).check, "");
}

TEST(DoctorInside, an_unkept_clock_is_advice) {
  Inside facts = good_machine();
  facts.clock_is_synchronised = false;
  EXPECT_EQ(only(facts).check, "clock");
}

}  // namespace
}  // namespace plntry::doctor
