// Any datagram at all: parse it, look at everything a view offers, and answer it. Beyond the sanitizers' watch, what
// must hold for each input is asserted.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "stun/binding.hpp"
#include "stun/builder.hpp"
#include "stun/fingerprint.hpp"
#include "stun/integrity.hpp"
#include "stun/nat_discovery.hpp"

namespace {

using namespace plntry;
using namespace plntry::stun;

void require(bool holds) {
  if (!holds) std::abort();
}

void look_at(const MessageView& message) {
  for (const AttributeView each : message.attributes()) {
    require(each.value.data() >= message.bytes().data());
    require(each.value.data() + each.value.size() <= message.bytes().data() + message.bytes().size());
  }
  static_cast<void>(message.mapped_address());
  static_cast<void>(message.xor_mapped_address());
  static_cast<void>(message.username());
  static_cast<void>(message.userhash());
  static_cast<void>(message.realm());
  static_cast<void>(message.nonce());
  static_cast<void>(message.error_code());
  static_cast<void>(message.unknown_attributes());
  static_cast<void>(message.password_algorithm());
  static_cast<void>(message.password_algorithms());
  static_cast<void>(message.software());
  static_cast<void>(message.alternate_server());
  static_cast<void>(message.alternate_domain());
  const Bytes key = as_bytes("key");
  require(!has_valid_integrity(message, key) || message.message_integrity());
  require(!has_valid_integrity_sha256(message, key, 16) || message.message_integrity_sha256());
}

// A message that is built again from what was seen of it is seen alike.
void rebuild(const MessageView& message) {
  std::vector<std::uint8_t> out(message.bytes().size() + 8);
  Builder builder{out, {message.method(), message.message_class()}, message.transaction_id()};
  for (const AttributeView each : message.attributes()) builder.add(each.type, each.value);
  builder.add_fingerprint();
  const auto built = builder.finish();
  if (!built) return;  // as long as a message can be: no room for FINGERPRINT
  const auto again = MessageView::parse(*built);
  require(again && check_fingerprint(*again) == FingerprintCheck::valid);
  require(std::ranges::equal(message.attributes(), again->attributes(), [](AttributeView a, AttributeView b) {
    return a.type == b.type && std::ranges::equal(a.value, b.value);
  }));
}

void answer(Bytes datagram, IpAddress source) {
  std::array<std::uint8_t, kMaxBindingAnswerSize> out;
  const auto bytes = handle_binding(datagram, {source, 54321}, out);
  if (!bytes) return;
  const auto response = MessageView::parse(*bytes);
  require(response && response->message_class() != Class::request &&
          check_fingerprint(*response) != FingerprintCheck::wrong);
  require(bytes->size() <= max_answer_size(datagram.size(), source.family()));
}

void discover(Bytes datagram) {
  constexpr std::array kAddresses{IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 0, 2, 2)};
  static const NatDiscovery discovery{NatDiscovery::Config{.shown = kAddresses, .bound = kAddresses, .ports = {1, 2}}};
  std::array<std::uint8_t, NatDiscovery::kMaxAnswerSize> out;
  const Endpoint source{IpAddress::v4(198, 51, 100, 7), 54321};
  const auto answer = discovery.handle(datagram, source, {}, out);
  if (!answer) return;
  require(MessageView::parse(answer->bytes).has_value());
  require(answer->bytes.size() <= max_answer_size(datagram.size(), IpFamily::v4));
  require(answer->to.address == source.address && answer->to.port != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes datagram{data, size};
  if (const auto message = MessageView::parse(datagram)) {
    look_at(*message);
    rebuild(*message);
  }
  answer(datagram, IpAddress::v4(192, 0, 2, 1));
  answer(datagram, IpAddress::v6({0x20, 0x01, 0x0d, 0xb8}));
  discover(datagram);
  return 0;
}
