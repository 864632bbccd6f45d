// An allocation that may follow its client, and two places where the client may be.
#pragma once

#include <gmock/gmock.h>

#include "support/turn_world.hpp"
#include "turn/mobility.hpp"

namespace plntry::test {

using Ticket = std::vector<std::uint8_t>;

inline turn::Relay::Config mobile_config(std::uint16_t loop = 0) {
  auto config = relay_config();
  config.mobility = true;
  config.loop = loop;
  config.loops = 2;
  return config;
}

inline void ask_for_ticket(Builder& builder) { builder.add(Attribute::mobility_ticket, Bytes{}); }

inline std::optional<Ticket> ticket_of(const Response& response) {
  const auto view = response.view();
  const auto value = view.find(Attribute::mobility_ticket);
  return value ? std::optional{Ticket{value->begin(), value->end()}} : std::nullopt;
}

inline std::optional<Response> refresh_with(Client& client, const Ticket& ticket,
                                            std::optional<std::uint32_t> lifetime = std::nullopt) {
  return client.request(Method::refresh, [&](Builder& builder) {
    if (lifetime) builder.add_be32(Attribute::lifetime, *lifetime);
    builder.add(Attribute::mobility_ticket, ticket);
  });
}

struct Rfc8016 : ::testing::Test {
  // An allocation with a permission, a channel, and a ticket.
  void allocate() {
    const auto response = wifi.allocate(ask_for_ticket);
    ASSERT_EQ(response->code(), 0);
    relayed = response->relayed();
    ticket = ticket_of(*response).value();
    ASSERT_EQ(wifi.create_permission({"203.0.113.2:1"})->code(), 0);
    ASSERT_EQ(wifi.bind_channel(0x4000, "203.0.113.1:1")->code(), 0);
  }
  // Where data from the peer goes.
  std::optional<turn::FiveTuple> reached(std::string_view peer = "203.0.113.1:1") {
    const auto message =
        world.relay.handle_peer(world.relay_at(relayed), endpoint(peer), as_bytes("x"), world.now.mono);
    return message ? std::optional{message->client} : std::nullopt;
  }

  World world{mobile_config()};
  Client wifi{world, "198.51.100.7:5000"};
  Client lte{world, "203.0.113.77:6000"};
  Endpoint relayed;
  Ticket ticket;
};

}  // namespace plntry::test
