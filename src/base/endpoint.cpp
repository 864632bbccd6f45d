#include "base/endpoint.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

namespace plntry {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// A number in `base` of at most `digits` digits that fills `text`; a leading zero only if `zeros` allows it.
std::optional<std::uint32_t> parse_number(std::string_view text, int base, std::size_t digits, bool zeros) {
  if (text.empty() || text.size() > digits || (!zeros && text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = parse_number(text.substr(0, end), 10, 3, false);
    if (!value || *value > 255) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(i < 3 ? end + 1 : end);
  }
  return bytes;
}

// Up to eight groups of one side of a "::"; the last may be dotted decimal. Returns the bytes they fill.
struct Groups {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
};

std::optional<Groups> parse_groups(std::string_view text) {
  Groups groups;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (group.find('.') != std::string_view::npos) {
      const auto v4 = parse_v4(group);
      if (!v4 || end != text.size() || groups.size > 12) return std::nullopt;
      std::ranges::copy(*v4, groups.bytes.begin() + static_cast<std::ptrdiff_t>(groups.size));
      groups.size += 4;
      return groups;
    }
    const auto value = parse_number(group, 16, 4, true);
    if (!value || groups.size > 14) return std::nullopt;
    store_be16(groups.bytes, groups.size, static_cast<std::uint16_t>(*value));
    groups.size += 2;
    if (end + 1 == text.size()) return std::nullopt;  // a colon with nothing behind it
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return groups;
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto all = parse_groups(text);
    return all && all->size == 16 ? std::optional{all->bytes} : std::nullopt;
  }
  const auto head = parse_groups(text.substr(0, gap));
  const auto tail = parse_groups(text.substr(gap + 2));
  if (!head || !tail || head->size + tail->size > 14) return std::nullopt;
  if (text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;  // dotted decimal comes last
  std::array<std::uint8_t, 16> bytes = head->bytes;
  std::copy_n(tail->bytes.begin(), tail->size, bytes.end() - static_cast<std::ptrdiff_t>(tail->size));
  return bytes;
}

std::string print_v4(Bytes bytes) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) text += '.';
    text += std::to_string(bytes[i]);
  }
  return text;
}

// The first longest run of at least two zero groups (RFC 5952 §4.2), as [first, last).
std::pair<std::size_t, std::size_t> longest_zero_run(Bytes bytes) {
  std::pair<std::size_t, std::size_t> longest{8, 8};
  for (std::size_t first = 0; first < 8; ++first) {
    std::size_t last = first;
    while (last < 8 && load_be16(bytes, last * 2) == 0) ++last;
    if (last - first >= 2 && last - first > longest.second - longest.first) longest = {first, last};
    if (last > first) first = last;
  }
  return longest;
}

std::string print_v6(Bytes bytes) {
  const auto [first, last] = longest_zero_run(bytes);
  std::string text;
  for (std::size_t group = 0; group < 8; ++group) {
    if (group == first) {
      text += "::";
      group = last - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 4> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + 4, load_be16(bytes, group * 2), 16).ptr;
    text.append(digits.data(), end);
  }
  return text;
}

// Folds a full multiplication, as wyhash does: fast, and every input bit reaches every output bit.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::optional<IpAddress> IpAddress::from_bytes(Bytes bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpAddress address;
  address.family_ = bytes.size() == 4 ? IpFamily::v4 : IpFamily::v6;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (const auto bytes = parse_v4(text)) return v4(*bytes);
  if (const auto bytes = parse_v6(text)) return v6(*bytes);
  return std::nullopt;
}

bool IpAddress::is_v4_mapped() const { return is_v6() && std::ranges::equal(bytes().first(12), kMappedPrefix); }

IpAddress IpAddress::unmapped() const {
  return is_v4_mapped() ? v4(bytes_[12], bytes_[13], bytes_[14], bytes_[15]) : *this;
}

IpAddress IpAddress::mapped() const {
  if (is_v6()) return *this;
  std::array<std::uint8_t, 16> mapped{};
  std::ranges::copy(kMappedPrefix, mapped.begin());
  std::ranges::copy(bytes(), mapped.begin() + 12);
  return v6(mapped);
}

std::string IpAddress::to_string() const {
  if (is_v4()) return print_v4(bytes());
  if (is_v4_mapped()) return "::ffff:" + print_v4(bytes().subspan(12));  // RFC 5952 §5
  return print_v6(bytes());
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parse_number(text.substr(colon + 1), 10, 5, false);
  if (!address || !port || *port > 65535 || bracketed != address->is_v6()) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  const std::string host = address.to_string();
  return (address.is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::uint64_t hash(const IpAddress& address, std::uint64_t seed) { return hash(Endpoint{address, 0}, seed); }

std::uint64_t hash(const Endpoint& endpoint, std::uint64_t seed) {
  const Bytes bytes = endpoint.address.bytes();
  const std::uint64_t high = endpoint.address.is_v4() ? load_be32(bytes, 0) : load_be64(bytes, 0);
  const std::uint64_t low = endpoint.address.is_v4() ? 0 : load_be64(bytes, 8);
  const std::uint64_t tail = std::uint64_t{endpoint.port} << 1 | (endpoint.address.is_v6() ? 1 : 0);
  const std::uint64_t mixed = fold(high ^ seed ^ 0xA0761D6478BD642F, low ^ std::rotl(seed, 32) ^ 0xE7037ED1A0B428DB);
  return fold(mixed ^ 0x8EBC6AF09C88C6E3, tail ^ seed ^ 0x589965CC75374CC3);
}

}  // namespace plntry
