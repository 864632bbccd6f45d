#include "signaling/types.hpp"

#include <cassert>

#include "base/crypto.hpp"

namespace plntry::signaling {
namespace {

constexpr std::string_view kIdPrefix = "plntry participant\n";

// -1 for what is no letter of base64url.
constexpr auto kBase64Url = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  std::int8_t value = 0;
  for (const char letter : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}) {
    values[static_cast<std::uint8_t>(letter)] = value++;
  }
  return values;
}();

constexpr int value_of(char letter) { return kBase64Url[static_cast<std::uint8_t>(letter)]; }

constexpr bool is_room_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
}

}  // namespace

bool is_base64url(std::string_view text, std::size_t size) {
  if (text.size() != (size * 8 + 5) / 6) return false;
  if (!std::ranges::all_of(text, [](char letter) { return value_of(letter) >= 0; })) return false;
  const std::size_t unused_bits = text.size() * 6 - size * 8;
  return text.empty() || (value_of(text.back()) & ((1 << unused_bits) - 1)) == 0;
}

ParticipantId participant_of(Bytes secret) {
  assert(secret.size() == kSecretSize);
  const Sha256 digest = sha256({as_bytes(kIdPrefix), secret});
  return *ParticipantId::parse(base64url_encode(Bytes{digest}.first(16)));
}

std::optional<RoomName> RoomName::parse(std::string_view text) {
  if (text.size() < kMinLength || text.size() > kMaxLength) return std::nullopt;
  if (!std::ranges::all_of(text, is_room_letter)) return std::nullopt;
  if (text.front() == '-' || text.back() == '-') return std::nullopt;
  return RoomName{text};
}

}  // namespace plntry::signaling
