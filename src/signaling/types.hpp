// The words of docs/protocol.md §1 as values. What exists as one of these types is well formed: everything else was
// refused where it came in.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"

namespace plntry::signaling {

// One WebSocket, numbered by `net`. A number is never used twice in a Hub's life.
enum class ConnectionId : std::uint64_t {};

// The text of a frame, made once and shared by everyone it goes to.
using Text = std::shared_ptr<const std::string>;

constexpr std::size_t kMaxRoomCapacity = 8;
constexpr std::size_t kMaxKnown = kMaxRoomCapacity - 1;  // §2 `known`
constexpr std::size_t kMaxReplaced = 4;                  // §2 `replaces`
constexpr std::size_t kSecretSize = 32;

// `text` is the one encoding of `size` bytes in base64url without padding (RFC 4648 §5, trailing bits zero).
bool is_base64url(std::string_view text, std::size_t size);

// `Size` random bytes in the form in which they travel. Kept as text because nobody here needs the bytes, and every
// frame needs the text. A default one is the encoding of zeros.
template <std::size_t Size, typename Tag>
class Token {
 public:
  static constexpr std::size_t kLength = (Size * 8 + 5) / 6;

  Token() { text_.fill('A'); }
  static std::optional<Token> parse(std::string_view text) {
    if (!is_base64url(text, Size)) return std::nullopt;
    Token token;
    std::ranges::copy(text, token.text_.begin());
    return token;
  }

  std::string_view text() const { return {text_.data(), text_.size()}; }
  friend auto operator<=>(const Token&, const Token&) = default;

 private:
  std::array<char, kLength> text_;
};

using ParticipantId = Token<16, struct ParticipantTag>;
using LinkId = Token<12, struct LinkTag>;
static_assert(ParticipantId::kLength == 22 && LinkId::kLength == 16);

// The id that a secret proves: the first 16 bytes of SHA-256("plntry participant\n" ‖ secret). The secret itself goes
// no further than this.
ParticipantId participant_of(Bytes secret);

class RoomName {
 public:
  static constexpr std::size_t kMinLength = 3;
  static constexpr std::size_t kMaxLength = 64;

  // Canonical names only: a–z, 0–9 and '-', the latter neither first nor last.
  static std::optional<RoomName> parse(std::string_view text);

  const std::string& text() const { return text_; }
  friend auto operator<=>(const RoomName&, const RoomName&) = default;

 private:
  explicit RoomName(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace plntry::signaling
