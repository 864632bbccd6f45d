// What leaves, and in which order. How few system calls it takes is what the outbox is for, so they are counted.
#include "net/outbox.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "net/socket_address.hpp"

namespace plntry::net {
namespace {

int bound_descriptor() {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const SocketAddress any = to_socket_address({*IpAddress::parse("127.0.0.1"), 0}, IpFamily::v4);
  EXPECT_EQ(::bind(descriptor, &any.any, size_of(any)), 0);
  return descriptor;
}

class Port {
 public:
  Endpoint local() const {
    SocketAddress address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket.descriptor(), &address.any, &size), 0);
    return to_endpoint(address).value();
  }
  std::vector<std::string> received() const {
    std::vector<std::string> datagrams;
    UdpInbox inbox;
    for (const Train& train : inbox.receive(socket)) {
      train.for_each([&](Bytes datagram) { datagrams.emplace_back(as_text(datagram)); });
    }
    return datagrams;
  }

  UdpSocket socket{bound_descriptor(), IpFamily::v4, UdpSocket::Reports::icmp_errors};
};

class OutboxTest : public testing::TestWithParam<bool> {
 protected:
  void push(const Port& to, std::string_view header, std::string_view data, std::size_t padding = 0) {
    outbox_.push({.socket = &from_.socket, .to = to.local(), .from = {}}, as_bytes(header), as_bytes(data), padding);
  }

  Port from_;
  Port ann_;
  Port bob_;
  Outbox outbox_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(WithAndWithoutSegments, OutboxTest, testing::Bool());

TEST_P(OutboxTest, each_gets_its_own_in_order_by_one_system_call) {
  push(ann_, "h1", "one");
  push(bob_, "", "two", 1);
  push(ann_, "h3", "three");
  outbox_.flush();
  EXPECT_EQ(ann_.received(), (std::vector<std::string>{"h1one", "h3three"}));
  EXPECT_EQ(bob_.received(), (std::vector<std::string>{std::string("two\0", 4)}));
  EXPECT_EQ(outbox_.counters().datagrams, 3);
  EXPECT_EQ(outbox_.counters().calls, 1);
}

TEST_P(OutboxTest, nothing_is_sent_twice) {
  push(ann_, "", "one");
  outbox_.flush();
  outbox_.flush();
  EXPECT_EQ(ann_.received().size(), 1);
  EXPECT_EQ(outbox_.counters().calls, 1);
}

TEST_P(OutboxTest, what_cannot_be_sent_does_not_keep_back_the_rest) {
  const std::string huge(70'000, 'x');
  push(ann_, "", "one");
  push(bob_, "", huge);
  push(ann_, "", "two");
  push(bob_, "", "three");
  outbox_.flush();
  EXPECT_EQ(ann_.received(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(bob_.received(), (std::vector<std::string>{"three"}));
  EXPECT_EQ(outbox_.counters().datagrams, 3);
  EXPECT_EQ(outbox_.counters().too_large, 1);
}

TEST_P(OutboxTest, more_than_it_holds_leaves_all_the_same) {
  std::vector<std::string> sent;
  for (int i = 0; i < 300; ++i) sent.push_back("datagram " + std::to_string(1000 + i));
  for (std::size_t i = 0; i < sent.size(); ++i) push(i % 2 == 0 ? ann_ : bob_, "", sent[i]);
  outbox_.flush();
  std::vector<std::string> got;
  for (const Port* port : {&ann_, &bob_}) {
    for (auto batch = port->received(); !batch.empty(); batch = port->received()) {
      got.insert(got.end(), batch.begin(), batch.end());
    }
  }
  std::ranges::sort(got);
  EXPECT_EQ(got, sent);
}

}  // namespace
}  // namespace plntry::net
