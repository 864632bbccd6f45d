#include "stun/nat_discovery.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

namespace plntry::stun {
namespace {

constexpr auto kUnderstood = [] {
  std::array<Attribute, kBindingAttributes.size() + 3> all{};
  const auto own = std::ranges::copy(kBindingAttributes, all.begin()).out;
  std::ranges::copy(std::array{Attribute::change_request, Attribute::response_port, Attribute::padding}, own);
  return all;
}();

struct Change {
  bool address;
  bool port;
};

// RFC 5780 §7.2: bits 2 and 1 of 32.
std::optional<Change> decode_change_request(Bytes value) {
  if (value.size() != 4) return std::nullopt;
  const std::uint32_t flags = load_be32(value, 0);
  return Change{(flags & 4) != 0, (flags & 2) != 0};
}

// RFC 5780 §7.5: 16 bits, which some senders follow with the padding as part of the value.
std::optional<std::uint16_t> decode_response_port(Bytes value) {
  if (value.size() != 2 && value.size() != 4) return std::nullopt;
  const std::uint16_t port = load_be16(value, 0);
  return port == 0 ? std::nullopt : std::optional{port};
}

std::size_t address_attribute_size(const IpAddress& address) {
  return kAttributeHeaderSize + 4 + address.bytes().size();
}

}  // namespace

NatDiscovery::NatDiscovery(const Config& config) : config_(config) {
  assert(config.bound[0] != config.bound[1] && config.ports[0] != config.ports[1]);
  assert(config.shown[0].family() == config.shown[1].family());
}

std::optional<NatDiscovery::Listener> NatDiscovery::find(const Endpoint& local) const {
  const auto address = std::ranges::find(config_.bound, local.address);
  const auto port = std::ranges::find(config_.ports, local.port);
  if (address == config_.bound.end() || port == config_.ports.end()) return std::nullopt;
  return Listener{address != config_.bound.begin(), port != config_.ports.begin()};
}

std::expected<NatDiscovery::Answer, Ignored> NatDiscovery::handle(Bytes datagram, const Endpoint& source, Listener at,
                                                                  MutableBytes out) const {
  const auto request = parse_binding(datagram);
  if (!request) return std::unexpected(request.error());
  return answer(*request, source, at, out);
}

// RFC 5780 §6.1
NatDiscovery::Answer NatDiscovery::answer(const MessageView& request, const Endpoint& source, Listener at,
                                          MutableBytes out) const {
  const auto refuse = [&](ErrorCode code, const UnknownAttributes& unknown = {}) {
    return Answer{refuse_binding(request, source, code, unknown, out), at, source};
  };
  if (const auto unknown = request.not_understood(kUnderstood); !unknown.empty()) {
    return refuse(ErrorCode::unknown_attribute, unknown);
  }
  const auto change = decode(request, Attribute::change_request, decode_change_request);
  const auto port = decode(request, Attribute::response_port, decode_response_port);
  const auto padding = request.find(Attribute::padding);
  const auto is_malformed = [](const auto& parsed) { return !parsed && parsed.error() == AttributeError::malformed; };
  if (is_malformed(change) || is_malformed(port)) return refuse(ErrorCode::bad_request);
  if (port && padding) return refuse(ErrorCode::bad_request);  // §6.1: fragments at a port that asked for none

  const Listener from{at.alternate_address != (change && change->address),
                      at.alternate_port != (change && change->port)};
  const Listener other{!at.alternate_address, !at.alternate_port};
  const Endpoint mapped{source.address.unmapped(), source.port};

  std::size_t room = max_answer_size(request.bytes().size(), mapped.address.family());
  const auto takes = [&room](std::size_t size) {
    if (size > room) return false;
    room -= size;
    return true;
  };
  const std::size_t address_size = address_attribute_size(mapped.address);
  takes(kHeaderSize + address_size + (request.fingerprint() ? kAttributeHeaderSize + 4 : 0));
  const bool has_padding = padding && takes(kAttributeHeaderSize);
  const bool has_other = takes(address_size), has_origin = takes(address_size), has_mapped = takes(address_size);

  Builder builder = Builder::success(out, request);
  builder.add_xor_address(Attribute::xor_mapped_address, mapped);
  if (has_mapped) builder.add_address(Attribute::mapped_address, mapped);  // beside the other: NATs that rewrite it
  if (has_origin) builder.add_address(Attribute::response_origin, shown(from));
  if (has_other) builder.add_address(Attribute::other_address, shown(other));
  if (has_padding) {
    static constexpr std::array<std::uint8_t, kMaxPadding> kZeros{};
    builder.add(Attribute::padding, Bytes{kZeros}.first(std::min({padding->size(), room, kMaxPadding}) / 4 * 4));
  }
  return {finish_binding(builder, request), from, {source.address, port.value_or(source.port)}};
}

}  // namespace plntry::stun
