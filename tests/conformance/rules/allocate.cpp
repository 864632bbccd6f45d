// Allocate (RFC 8656 §7.2) and Refresh (§8.2), as far as they need no time to pass.
#include "../rules.hpp"

namespace plntry::test {
namespace {

constexpr std::uint8_t kV4 = 1;
constexpr std::uint8_t kV6 = 2;

class Allocate : public ServerTest {
 protected:
  // Everything but REQUESTED-TRANSPORT, which `fill` may add.
  std::optional<Response> bare(const TurnClient::Fill& fill) { return caller.request(Method::allocate, fill); }
  static TurnClient::Fill even_port(bool reserve) {
    return with(Attribute::even_port, {reserve ? std::uint8_t{0x80} : std::uint8_t{0}});
  }
  static TurnClient::Fill both(const TurnClient::Fill& one, const TurnClient::Fill& other) {
    return [=](Builder& builder) {
      one(builder);
      other(builder);
    };
  }
  static TurnClient::Fill token(const Octets& value) { return with(Attribute::reservation_token, value); }
  static std::optional<Octets> token_of(const Response& response) {
    const auto value = response.view().find(Attribute::reservation_token);
    return value ? std::optional{Octets{value->begin(), value->end()}} : std::nullopt;
  }
  static std::vector<Endpoint> all_relayed(const Response& response) {
    std::vector<Endpoint> relayed;
    const auto view = response.view();
    for (const auto attribute : view.attributes()) {
      if (attribute.type != Attribute::xor_relayed_address) continue;
      relayed.push_back(stun::decode_xor_address(attribute.value, view.transaction_id()).value());
    }
    return relayed;
  }
  std::uint32_t lifetime_for(std::uint32_t wished) {
    const auto response = caller.allocate([=](Builder& b) { b.add_be32(Attribute::lifetime, wished); });
    EXPECT_EQ(code_of(response), 0);
    return code_of(response) == 0 ? response->lifetime() : 0;
  }
  bool relays_v6() {
    Caller probe{*target};
    return code_of(probe.allocate(with_byte(Attribute::requested_address_family, kV6))) == 0;
  }
};

MUST(Allocate, "RFC 8656 §7.2", success_gives_a_relayed_address) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  ASSERT_TRUE(response->xor_address(Attribute::xor_relayed_address));
  EXPECT_NE(response->relayed().port, 0);
}
MUST(Allocate, "RFC 8656 §7.2", success_tells_the_lifetime) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(turn::lifetime_s(response->view()));
}
MUST(Allocate, "RFC 8656 §7.2", success_tells_the_clients_address) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(response->xor_address(Attribute::xor_mapped_address), caller.line().address());
}
MUST(Allocate, "RFC 8656 §7.2", success_has_no_token_when_nothing_was_reserved) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_FALSE(token_of(*response));
}
MUST(Allocate, "RFC 8656 §7.2", success_gives_one_relayed_address_unless_two_were_asked_for) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(all_relayed(*response).size(), 1u);
}
SHOULD(Allocate, "RFC 8656 §5", success_names_the_software) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(response->view().software());
}
SHOULD(Allocate, "RFC 8656 §5", refusal_names_the_software) {
  ASSERT_EQ(code_of(caller.allocate()), 0);
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 437);
  EXPECT_TRUE(response->view().software());
}
SHOULD(Allocate, "RFC 8656 §7.2", the_relayed_port_is_a_dynamic_one) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_GE(response->relayed().port, 49152);
}
MUST(Allocate, "RFC 8656 §6", each_allocation_has_a_relayed_address_of_its_own) {
  Caller other{*target};
  const auto one = caller.allocate();
  const auto two = other.allocate();
  ASSERT_EQ(code_of(one), 0);
  ASSERT_EQ(code_of(two), 0);
  EXPECT_NE(one->relayed(), two->relayed());
}

// Check 2.
MUST(Allocate, "RFC 8656 §7.2", a_second_request_on_the_5_tuple_is_refused_with_437) {
  ASSERT_EQ(code_of(caller.allocate()), 0);
  EXPECT_EQ(code_of(caller.allocate()), 437);
}
MUST(Allocate, "RFC 8656 §7.2", the_refusal_leaves_the_first_allocation_alone) {
  ASSERT_EQ(code_of(caller.allocate()), 0);
  EXPECT_EQ(code_of(caller.allocate()), 437);
  EXPECT_EQ(code_of(caller.refresh()), 0);
}
MUST(Allocate, "RFC 8656 §7.2", another_user_on_the_5_tuple_is_refused) {
  if (target->access().other_username.empty()) GTEST_SKIP() << "the server has one user only";
  ASSERT_EQ(code_of(caller.allocate()), 0);
  caller.username = target->access().other_username;
  caller.password = target->access().other_password;
  const int code = code_of(caller.allocate());
  EXPECT_TRUE(code == 437 || code == 441) << code;
  caller.username = target->access().username;
  caller.password = target->access().password;
}
MUST(Allocate, "RFC 8656 §7.2", a_retransmission_makes_no_second_allocation) {
  const auto first = caller.allocate();
  ASSERT_EQ(code_of(first), 0);
  const auto second = caller.send_raw(caller.last_request);
  ASSERT_EQ(code_of(second), 0);
  EXPECT_EQ(first->relayed(), second->relayed());
}

// Check 3.
MUST(Allocate, "RFC 8656 §7.2", without_requested_transport_it_is_refused_with_400) {
  EXPECT_EQ(code_of(bare([](Builder& b) { b.add_text(Attribute::software, "a request long enough to be answered"); })),
            400);
}
MUST(Allocate, "RFC 8656 §7.2", a_requested_transport_too_short_is_refused_with_400) {
  EXPECT_EQ(code_of(bare(with(Attribute::requested_transport, {17}))), 400);
}
MUST(Allocate, "RFC 8656 §7.2", a_requested_transport_too_long_is_refused_with_400) {
  EXPECT_EQ(code_of(bare(with(Attribute::requested_transport, {17, 0, 0, 0, 0, 0, 0, 0}))), 400);
}
MUST(Allocate, "RFC 8656 §7.2", an_unassigned_transport_is_refused_with_442) {
  EXPECT_EQ(code_of(bare(with_byte(Attribute::requested_transport, 253))), 442);
}
MUST(Allocate, "RFC 8656 §7.2", sctp_is_refused_with_442) {
  EXPECT_EQ(code_of(bare(with_byte(Attribute::requested_transport, 132))), 442);
}
MUST(Allocate, "RFC 8656 §18.8", the_reserved_bytes_of_requested_transport_are_ignored) {
  EXPECT_EQ(code_of(bare(with(Attribute::requested_transport, {17, 1, 2, 3}))), 0);
}

// Check 4.
MUST(Allocate, "RFC 8656 §7.2", dont_fragment_is_accepted_or_listed_as_unknown) {
  const auto response = caller.allocate(with(Attribute::dont_fragment, {}));
  ASSERT_TRUE(response);
  if (response->code() == 0) return;
  ASSERT_EQ(response->code(), 420);
  EXPECT_EQ(response->view().unknown_attributes()->list()[0], Attribute::dont_fragment);
}

// Check 5.
MUST(Allocate, "RFC 8656 §7.2", a_token_with_even_port_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(both(token(Octets(8)), even_port(false)))), 400);
}
MUST(Allocate, "RFC 8656 §7.2", a_token_with_a_reserving_even_port_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(both(token(Octets(8)), even_port(true)))), 400);
}
MUST(Allocate, "RFC 8656 §7.2", a_token_with_a_requested_family_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(both(token(Octets(8)), with_byte(Attribute::requested_address_family, kV4)))), 400);
}
MUST(Allocate, "RFC 8656 §7.2", a_token_with_an_additional_family_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(both(token(Octets(8)), with_byte(Attribute::additional_address_family, kV6)))),
            400);
}
MUST(Allocate, "RFC 8656 §7.2", a_token_that_was_never_given_is_refused_with_508) {
  EXPECT_EQ(code_of(caller.allocate(token({1, 2, 3, 4, 5, 6, 7, 8}))), 508);
}
MUST(Allocate, "RFC 8656 §18.10", a_token_of_another_size_gives_no_allocation) {
  const int code = code_of(caller.allocate(token({1, 2, 3, 4})));
  EXPECT_TRUE(code == 400 || code == 508) << code;
}

// Check 6.
MUST(Allocate, "RFC 8656 §7.2", requested_and_additional_family_together_are_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(both(with_byte(Attribute::requested_address_family, kV4),
                                         with_byte(Attribute::additional_address_family, kV6)))),
            400);
}

// Check 7.
MUST(Allocate, "RFC 8656 §7.2", without_a_requested_family_the_address_is_ipv4) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(response->relayed().address.is_v4());
}
MUST(Allocate, "RFC 8656 §7.2", ipv4_is_given_when_asked_for) {
  const auto response = caller.allocate(with_byte(Attribute::requested_address_family, kV4));
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(response->relayed().address.is_v4());
}
MUST(Allocate, "RFC 8656 §7.2", ipv6_is_given_when_asked_for_or_refused_with_440) {
  const auto response = caller.allocate(with_byte(Attribute::requested_address_family, kV6));
  ASSERT_TRUE(response);
  if (response->code() == 0) {
    EXPECT_TRUE(response->relayed().address.is_v6());
  } else {
    EXPECT_EQ(response->code(), 440);
  }
}
MUST(Allocate, "RFC 8656 §7.2", an_unknown_family_is_refused_with_440) {
  EXPECT_EQ(code_of(caller.allocate(with_byte(Attribute::requested_address_family, 3))), 440);
}
MUST(Allocate, "RFC 8656 §18.6", the_reserved_bytes_of_a_requested_family_are_ignored) {
  EXPECT_EQ(code_of(caller.allocate(with(Attribute::requested_address_family, {kV4, 1, 2, 3}))), 0);
}
MUST(Allocate, "RFC 8656 §18.6", a_requested_family_of_another_size_gives_no_allocation) {
  const int code = code_of(caller.allocate(with(Attribute::requested_address_family, {kV4})));
  EXPECT_TRUE(code == 400 || code == 440) << code;
}

// Check 8, EVEN-PORT and reservations.
MUST(Allocate, "RFC 8656 §7.2", even_port_gives_an_even_port) {
  for (int i = 0; i < 8; ++i) {  // by chance once in 256 times
    Caller each{*target};
    const auto response = each.allocate(even_port(false));
    ASSERT_EQ(code_of(response), 0);
    EXPECT_EQ(response->relayed().port % 2, 0);
  }
}
MUST(Allocate, "RFC 8656 §7.2", even_port_without_r_reserves_nothing) {
  const auto response = caller.allocate(even_port(false));
  ASSERT_EQ(code_of(response), 0);
  EXPECT_FALSE(token_of(*response));
}
MUST(Allocate, "RFC 8656 §7.2", even_port_with_r_gives_an_even_port_and_a_token_of_8_bytes) {
  const auto response = caller.allocate(even_port(true));
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(response->relayed().port % 2, 0);
  ASSERT_TRUE(token_of(*response));
  EXPECT_EQ(token_of(*response)->size(), 8u);
}
MUST(Allocate, "RFC 8656 §7.2", the_token_gives_the_next_port_to_another_5_tuple) {
  const auto first = caller.allocate(even_port(true));
  ASSERT_EQ(code_of(first), 0);
  ASSERT_TRUE(token_of(*first));
  Caller other{*target};
  const auto second = other.allocate(token(*token_of(*first)));
  ASSERT_EQ(code_of(second), 0);
  EXPECT_EQ(second->relayed().port, first->relayed().port + 1);
  EXPECT_EQ(second->relayed().address, first->relayed().address);
}
MUST(Allocate, "RFC 8656 §7.2", a_token_is_good_for_one_allocation) {
  const auto first = caller.allocate(even_port(true));
  ASSERT_EQ(code_of(first), 0);
  ASSERT_TRUE(token_of(*first));
  Caller second{*target};
  ASSERT_EQ(code_of(second.allocate(token(*token_of(*first)))), 0);
  Caller third{*target};
  EXPECT_EQ(code_of(third.allocate(token(*token_of(*first)))), 508);
}
MUST(Allocate, "RFC 8656 §18.7", the_other_bits_of_even_port_are_ignored) {
  const auto response = caller.allocate(with(Attribute::even_port, {0x7F}));
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(response->relayed().port % 2, 0);
  EXPECT_FALSE(token_of(*response));
}
MUST(Allocate, "RFC 8656 §7.2", reserving_with_an_additional_family_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(both(even_port(true), with_byte(Attribute::additional_address_family, kV6)))), 400);
}

// Check 9.
MUST(Allocate, "RFC 8656 §7.2", an_additional_family_of_ipv4_is_refused_with_400) {
  EXPECT_EQ(code_of(caller.allocate(with_byte(Attribute::additional_address_family, kV4))), 400);
}
MUST(Allocate, "RFC 8656 §7.2", an_additional_family_gives_one_address_of_each) {
  if (!relays_v6()) GTEST_SKIP() << "the server relays no IPv6";
  const auto response = caller.allocate(with_byte(Attribute::additional_address_family, kV6));
  ASSERT_EQ(code_of(response), 0);
  const auto relayed = all_relayed(*response);
  ASSERT_EQ(relayed.size(), 2u);
  EXPECT_NE(relayed[0].address.family(), relayed[1].address.family());
}
MUST(Allocate, "RFC 8656 §7.2", half_of_two_families_comes_with_the_reason) {
  if (relays_v6()) GTEST_SKIP() << "the server relays both families";
  const auto response = caller.allocate(with_byte(Attribute::additional_address_family, kV6));
  if (code_of(response) == 508) return;  // it may refuse as a whole
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(all_relayed(*response).size(), 1u);
  const auto error = response->view().find(Attribute::address_error_code);
  ASSERT_TRUE(error);
  EXPECT_EQ((*error)[0], kV6);
}

// The lifetime.
MUST(Allocate, "RFC 8656 §7.2", the_default_lifetime_is_600_seconds) {
  const auto response = caller.allocate();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_EQ(response->lifetime(), 600u);
}
MUST(Allocate, "RFC 8656 §7.2", a_lifetime_below_the_default_becomes_the_default) { EXPECT_EQ(lifetime_for(10), 600u); }
MUST(Allocate, "RFC 8656 §7.2", a_lifetime_of_zero_becomes_the_default) { EXPECT_EQ(lifetime_for(0), 600u); }
MUST(Allocate, "RFC 8656 §7.2", a_longer_lifetime_is_granted_up_to_the_maximum) {
  const auto granted = lifetime_for(700);
  EXPECT_GE(granted, 600u);
  EXPECT_LE(granted, 700u);
}
SHOULD(Allocate, "RFC 8656 §7.2", no_lifetime_is_longer_than_an_hour) { EXPECT_LE(lifetime_for(0xFFFFFFFF), 3600u); }

MUST(Allocate, "RFC 8656 §17", an_indication_allocates_nothing) {
  caller.line().send(caller.build(Method::allocate, Class::indication, with_byte(Attribute::requested_transport, 17)));
  EXPECT_EQ(code_of(caller.allocate()), 0);
}

// Refresh.
class Refresh : public ServerTest {
 protected:
  void SetUp() override { ASSERT_EQ(code_of(caller.allocate()), 0); }
  std::optional<Response> refresh_family(std::uint8_t family, std::uint32_t lifetime) {
    return caller.request(Method::refresh, [&](Builder& b) {
      b.add_be32(Attribute::lifetime, lifetime);
      b.add_be32(Attribute::requested_address_family, std::uint32_t{family} << 24);
    });
  }
  std::uint32_t lifetime_for(std::optional<std::uint32_t> wished) {
    const auto response = caller.refresh(wished);
    EXPECT_EQ(code_of(response), 0);
    return code_of(response) == 0 ? response->lifetime() : 0xFFFFFFFF;
  }
};

MUST(Refresh, "RFC 8656 §8.2", success_tells_the_lifetime) {
  const auto response = caller.refresh();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(turn::lifetime_s(response->view()));
}
MUST(Refresh, "RFC 8656 §8.2", without_a_lifetime_it_is_the_default) { EXPECT_EQ(lifetime_for(std::nullopt), 600u); }
MUST(Refresh, "RFC 8656 §8.2", a_lifetime_below_the_default_becomes_the_default) { EXPECT_EQ(lifetime_for(1), 600u); }
MUST(Refresh, "RFC 8656 §8.2", a_longer_lifetime_is_granted_up_to_the_maximum) {
  const auto granted = lifetime_for(700);
  EXPECT_GE(granted, 600u);
  EXPECT_LE(granted, 700u);
}
SHOULD(Refresh, "RFC 8656 §8.2", no_lifetime_is_longer_than_an_hour) { EXPECT_LE(lifetime_for(0xFFFFFFFF), 3600u); }
MUST(Refresh, "RFC 8656 §8.2", a_lifetime_of_zero_is_answered_with_zero) { EXPECT_EQ(lifetime_for(0), 0u); }
MUST(Refresh, "RFC 8656 §8.2", a_lifetime_of_zero_deletes_the_allocation) {
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  EXPECT_EQ(code_of(caller.refresh()), 437);
}
MUST(Refresh, "RFC 8656 §8.2", after_deletion_the_5_tuple_is_free_again) {
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  EXPECT_EQ(code_of(caller.allocate()), 0);
}
MUST(Refresh, "RFC 8656 §8.2", deleting_one_allocation_leaves_others_alone) {
  Caller other{*target};
  ASSERT_EQ(code_of(other.allocate()), 0);
  ASSERT_EQ(code_of(other.refresh(0)), 0);
  EXPECT_EQ(code_of(caller.refresh()), 0);
}
MUST(Refresh, "RFC 8656 §8.2", a_family_that_the_allocation_has_not_is_refused_with_443) {
  EXPECT_EQ(code_of(refresh_family(kV6, 600)), 443);
}
MUST(Refresh, "RFC 8656 §8.2", a_refusal_for_its_family_deletes_nothing) {
  EXPECT_EQ(code_of(refresh_family(kV6, 0)), 443);
  EXPECT_EQ(code_of(caller.refresh()), 0);
}
MUST(Refresh, "RFC 8656 §8.2", the_family_that_the_allocation_has_is_refreshed) {
  EXPECT_EQ(code_of(refresh_family(kV4, 600)), 0);
}
SHOULD(Refresh, "RFC 8656 §5", success_names_the_software) {
  const auto response = caller.refresh();
  ASSERT_EQ(code_of(response), 0);
  EXPECT_TRUE(response->view().software());
}

class DualRefresh : public Refresh {
 protected:
  void SetUp() override {
    const auto response = caller.allocate(with_byte(Attribute::additional_address_family, kV6));
    if (code_of(response) != 0 || response->view().find(Attribute::address_error_code)) {
      GTEST_SKIP() << "the server makes no dual allocations";
    }
    int addresses = 0;
    for (const auto attribute : response->view().attributes()) {
      addresses += attribute.type == Attribute::xor_relayed_address ? 1 : 0;
    }
    if (addresses != 2) GTEST_SKIP() << "the server makes no dual allocations";
  }
};

MUST(DualRefresh, "RFC 8656 §8.2", one_family_is_deleted_and_the_other_stays) {
  ASSERT_EQ(code_of(refresh_family(kV6, 0)), 0);
  EXPECT_EQ(code_of(refresh_family(kV6, 600)), 443);
  EXPECT_EQ(code_of(refresh_family(kV4, 600)), 0);
}
MUST(DualRefresh, "RFC 8656 §8.2", ipv4_may_go_first) {
  ASSERT_EQ(code_of(refresh_family(kV4, 0)), 0);
  EXPECT_EQ(code_of(refresh_family(kV4, 600)), 443);
  EXPECT_EQ(code_of(refresh_family(kV6, 600)), 0);
}
MUST(DualRefresh, "RFC 8656 §8.2", with_its_last_family_the_allocation_is_deleted) {
  ASSERT_EQ(code_of(refresh_family(kV6, 0)), 0);
  ASSERT_EQ(code_of(refresh_family(kV4, 0)), 0);
  EXPECT_EQ(code_of(caller.refresh()), 437);
}
MUST(DualRefresh, "RFC 8656 §8.2", either_family_is_refreshed_by_its_name) {
  EXPECT_EQ(code_of(refresh_family(kV4, 600)), 0);
  EXPECT_EQ(code_of(refresh_family(kV6, 600)), 0);
}

// §5: what every request on an allocation must have.
class OnAllocation : public AllocatedTest, public ::testing::WithParamInterface<Method> {
 protected:
  std::optional<Response> ask(Caller& who) const {
    switch (GetParam()) {
      case Method::refresh:
        return who.refresh(600);
      case Method::create_permission:
        return who.permit({peer->address()});
      default:
        return who.bind(0x4000, peer->address());
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Each, OnAllocation,
                         ::testing::Values(Method::refresh, Method::create_permission, Method::channel_bind),
                         [](const auto& instance) {
                           if (instance.param == Method::refresh) return "Refresh";
                           return instance.param == Method::create_permission ? "CreatePermission" : "ChannelBind";
                         });

EACH_MUST(OnAllocation, "RFC 8656 §5", without_an_allocation_it_is_refused_with_437) {
  Caller other{*target};
  EXPECT_EQ(code_of(ask(other)), 437);
}
EACH_MUST(OnAllocation, "RFC 8656 §5", on_a_deleted_allocation_it_is_refused_with_437) {
  ASSERT_EQ(code_of(caller.refresh(0)), 0);
  EXPECT_EQ(code_of(ask(caller)), 437);
}
EACH_MUST(OnAllocation, "RFC 8656 §5", another_user_is_refused_with_441) {
  if (target->access().other_username.empty()) GTEST_SKIP() << "the server has one user only";
  caller.username = target->access().other_username;
  caller.password = target->access().other_password;
  EXPECT_EQ(code_of(ask(caller)), 441);
  caller.username = target->access().username;
  caller.password = target->access().password;
}
EACH_MUST(OnAllocation, "RFC 8656 §5", the_refusal_of_another_user_leaves_the_allocation_alone) {
  if (target->access().other_username.empty()) GTEST_SKIP() << "the server has one user only";
  caller.username = target->access().other_username;
  caller.password = target->access().other_password;
  ask(caller);
  caller.username = target->access().username;
  caller.password = target->access().password;
  EXPECT_EQ(code_of(ask(caller)), 0);
}
EACH_MUST(OnAllocation, "RFC 8489 §9.2.4", the_refusal_of_a_mismatch_is_signed) {
  Caller other{*target};
  const auto response = ask(other);
  ASSERT_EQ(code_of(response), 437);
  EXPECT_TRUE(has_valid_integrity(response->view(), other.key_md5()));
}
EACH_MUST(OnAllocation, "RFC 8656 §5", a_retransmission_is_answered_with_success_again) {
  ASSERT_EQ(code_of(ask(caller)), 0);
  EXPECT_EQ(code_of(caller.send_raw(caller.last_request)), 0);
}

}  // namespace
}  // namespace plntry::test
