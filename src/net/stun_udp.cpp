#include "net/stun_udp.hpp"

#include <array>
#include <utility>

#include "stun/binding.hpp"

namespace plntry::net {
namespace {

constexpr int kBatchMax = 64;  // datagrams before others on the loop have their turn

}  // namespace

StunUdp::StunUdp(Loop& loop, UdpHandle handle, Metrics& metrics)
    : loop_(loop), socket_(std::move(handle)), metrics_(metrics) {}

void StunUdp::start() {
  socket_.handle().async_wait(UdpHandle::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    answer_all();
    start();
  });
}

void StunUdp::answer_all() {
  std::array<std::uint8_t, stun::kMaxBindingAnswerSize> buffer;
  for (int i = 0; i < kBatchMax; ++i) {
    const auto request = socket_.receive(loop_.inbox());
    if (!request) return;
    const auto answer = stun::handle_binding(request->bytes, request->from, buffer);
    if (answer && socket_.answer(*request, *answer)) {
      metrics_.stun_udp_answered += 1;
    } else {
      metrics_.stun_udp_dropped += 1;
    }
  }
}

}  // namespace plntry::net
