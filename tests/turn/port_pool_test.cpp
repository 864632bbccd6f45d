#include "turn/port_pool.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace plntry::turn {
namespace {

TEST(PortPool, gives_each_port_once_until_it_is_released) {
  SeededRandom random{1};
  PortPool pool{100, 109};
  std::set<std::uint16_t> claimed;
  for (int i = 0; i < 10; ++i) claimed.insert(*pool.claim(random));
  EXPECT_EQ(claimed.size(), 10u);
  EXPECT_EQ(*claimed.begin(), 100);
  EXPECT_EQ(*claimed.rbegin(), 109);
  EXPECT_FALSE(pool.claim(random));
  pool.release(104);
  EXPECT_EQ(pool.claim(random), 104);
}

TEST(PortPool, even_ports_and_pairs_are_even) {
  for (const std::uint16_t first : {std::uint16_t{100}, std::uint16_t{101}}) {
    SeededRandom random{1};
    PortPool pool{first, 109};
    while (const auto port = pool.claim_even(random)) EXPECT_EQ(*port % 2, 0);
    EXPECT_EQ(pool.claimed(), first == 100 ? 5u : 4u);
  }
  SeededRandom random{1};
  PortPool pool{101, 109};
  std::set<std::uint16_t> pairs;
  while (const auto port = pool.claim_pair(random)) pairs.insert(*port);
  EXPECT_EQ(pairs, (std::set<std::uint16_t>{102, 104, 106, 108}));
  EXPECT_EQ(pool.claimed(), 8u);
  EXPECT_EQ(pool.claim(random), 101);
}

TEST(PortPool, a_pool_too_small_for_a_pair_gives_none) {
  SeededRandom random{1};
  EXPECT_FALSE((PortPool{101, 101}.claim_even(random)));
  EXPECT_FALSE((PortPool{101, 102}.claim_pair(random)));
  EXPECT_FALSE((PortPool{100, 100}.claim_pair(random)));
  EXPECT_EQ((PortPool{100, 100}.claim_even(random)), 100);
  EXPECT_EQ((PortPool{65535, 65535}.claim(random)), 65535);
}

TEST(PortPool, claims_cannot_be_foretold) {
  SeededRandom random{1};
  PortPool pool{49152, 65535};
  int ascending = 0;
  std::uint16_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint16_t port = *pool.claim(random);
    ascending += port == last + 1;
    last = port;
  }
  EXPECT_LT(ascending, 5);
}

TEST(PortPool, never_gives_a_port_twice) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& steps) {
    SeededRandom random{*rc::gen::arbitrary<std::uint64_t>()};
    PortPool pool{1000, 1012};
    std::set<std::uint16_t> held;
    for (const std::uint8_t step : steps) {
      if (step % 4 == 3) {
        if (held.empty()) continue;
        const auto port = std::next(held.begin(), step % static_cast<int>(held.size()));
        pool.release(*port);
        held.erase(port);
        continue;
      }
      const auto port = step % 4 == 0   ? pool.claim(random)
                        : step % 4 == 1 ? pool.claim_even(random)
                                        : pool.claim_pair(random);
      if (!port) continue;
      RC_ASSERT(held.insert(*port).second);
      if (step % 4 == 2) RC_ASSERT(held.insert(static_cast<std::uint16_t>(*port + 1)).second);
      RC_ASSERT(*held.begin() >= 1000 && *held.rbegin() <= 1012);
    }
    RC_ASSERT(pool.claimed() == held.size());
  }));
}

}  // namespace
}  // namespace plntry::turn
