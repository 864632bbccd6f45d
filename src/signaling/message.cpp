#include "signaling/message.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/crypto.hpp"

namespace plntry::signaling {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersionPrefix = "plntry.v";
constexpr std::string_view kRequestPrefix = "join.";
constexpr std::size_t kMaxOfferedProtocols = 16;
constexpr std::size_t kMaxVersionDigits = 4;
constexpr std::size_t kMaxDepth = 8;                                 // unknown fields may nest, hostile ones not deeply
constexpr std::uint64_t kMaxInteger = (std::uint64_t{1} << 53) - 1;  // what a browser's numbers hold exactly

// One JSON object, parsed into the buffer behind `storage`. What exceeds the buffers (a hostile header only) goes to
// the heap, bounded by the size of the text.
std::optional<json::object> parse_object(std::string_view text, json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  std::array<unsigned char, 1024> scratch;
  json::parser parser({}, options, scratch.data(), scratch.size());
  parser.reset(std::move(storage));
  json::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return std::nullopt;
  json::value value = parser.release();
  if (!value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<std::string_view> string_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string_view{value->get_string().data(), value->get_string().size()};
}

template <typename TokenType>
std::optional<TokenType> token_at(const json::object& object, std::string_view key) {
  const auto text = string_at(object, key);
  return text ? TokenType::parse(*text) : std::nullopt;
}

// An integer from 1 to 2^53 - 1.
std::optional<std::uint64_t> number_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_int64() || value->get_int64() < 1) return std::nullopt;
  const auto number = static_cast<std::uint64_t>(value->get_int64());
  return number <= kMaxInteger ? std::optional{number} : std::nullopt;
}

std::optional<ParticipantId> proven_by(const json::value& secret) {
  if (!secret.is_string()) return std::nullopt;
  const std::string_view text{secret.get_string().data(), secret.get_string().size()};
  if (!is_base64url(text, kSecretSize)) return std::nullopt;
  const auto bytes = base64url_decode(text);
  return bytes ? std::optional{participant_of(*bytes)} : std::nullopt;
}

// The participant's own id and repetitions say nothing, and are left out.
void add_other(std::vector<ParticipantId>& others, const ParticipantId& id, const ParticipantId& own) {
  if (id != own && std::ranges::find(others, id) == others.end()) others.push_back(id);
}

// §2 `resume`: {"known": [ids]}.
std::optional<std::vector<ParticipantId>> parse_known(const json::value& resume, const ParticipantId& own) {
  if (!resume.is_object()) return std::nullopt;
  const json::value* known = resume.get_object().if_contains("known");
  if (!known || !known->is_array() || known->get_array().size() > kMaxKnown) return std::nullopt;
  std::vector<ParticipantId> ids;
  for (const json::value& each : known->get_array()) {
    if (!each.is_string()) return std::nullopt;
    const auto id = ParticipantId::parse({each.get_string().data(), each.get_string().size()});
    if (!id) return std::nullopt;
    add_other(ids, *id, own);
  }
  return ids;
}

// §2 `replaces`: a secret, or an array of them.
std::optional<std::vector<ParticipantId>> parse_replaced(const json::value& replaces, const ParticipantId& own) {
  const json::array one{replaces};
  const json::array& secrets = replaces.is_array() ? replaces.get_array() : one;
  if (secrets.size() > kMaxReplaced) return std::nullopt;
  std::vector<ParticipantId> ids;
  for (const json::value& secret : secrets) {
    const auto id = proven_by(secret);
    if (!id) return std::nullopt;
    add_other(ids, *id, own);
  }
  return ids;
}

std::optional<JoinRequest> parse_join_object(RoomName room, const json::object& object) {
  const json::value* secret = object.if_contains("secret");
  const auto participant = secret ? proven_by(*secret) : std::nullopt;
  if (!participant) return std::nullopt;
  JoinRequest request{std::move(room), *participant, std::nullopt, {}, 0, false};
  if (const json::value* resume = object.if_contains("resume")) {
    request.resume = parse_known(*resume, *participant);
    if (!request.resume) return std::nullopt;
  }
  if (const json::value* replaces = object.if_contains("replaces")) {
    auto ids = parse_replaced(*replaces, *participant);
    if (!ids || request.resume) return std::nullopt;
    request.replaces = std::move(*ids);
  }
  if (object.contains("attempt")) {
    const auto attempt = number_at(object, "attempt");
    if (!attempt) return std::nullopt;
    request.attempt = *attempt;
  }
  if (const json::value* wait = object.if_contains("wait")) {
    if (!wait->is_bool()) return std::nullopt;
    request.wait = wait->get_bool();
  }
  return request;
}

// "plntry.v" and a number.
bool is_version(std::string_view protocol) {
  if (!protocol.starts_with(kVersionPrefix)) return false;
  const std::string_view number = protocol.substr(kVersionPrefix.size());
  return !number.empty() && number.size() <= kMaxVersionDigits &&
         std::ranges::all_of(number, [](char digit) { return digit >= '0' && digit <= '9'; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<ClientMessage> parse_send(const json::object& header, Body body) {
  const auto to = token_at<ParticipantId>(header, "to");
  if (!to) return std::nullopt;
  return SendMessage{*to, std::move(body)};
}

std::optional<ClientMessage> parse_hold(const json::object& header, Body body) {
  const auto link = token_at<LinkId>(header, "link");
  const auto seq = number_at(header, "seq");
  const auto base = number_at(header, "base");
  const json::value* lobby = header.if_contains("lobby");
  if (!link || !seq || !base || *base > *seq || (lobby && !lobby->is_bool())) return std::nullopt;
  return HoldMessage{*link, *seq, *base, lobby && lobby->get_bool(), std::move(body)};
}

std::optional<ClientMessage> parse_frame(std::string&& frame) {
  const std::size_t line_end = std::min(frame.find('\n'), frame.size());
  if (line_end > kMaxHeaderBytes) return std::nullopt;
  std::array<unsigned char, 4096> buffer;
  json::monotonic_resource resource(buffer.data(), buffer.size());
  const auto header = parse_object(std::string_view{frame}.substr(0, line_end), &resource);
  const auto type = header ? string_at(*header, "type") : std::nullopt;
  if (!type) return std::nullopt;
  if (*type == "join") return JoinMessage{};
  if (*type == "leave") return LeaveMessage{};
  if (line_end == frame.size()) return std::nullopt;  // the others have a body
  if (*type == "send") return parse_send(*header, Body{std::move(frame), line_end + 1});
  if (*type == "hold") return parse_hold(*header, Body{std::move(frame), line_end + 1});
  return std::nullopt;
}

}  // namespace

std::optional<JoinOffer> parse_join_offer(std::string_view header) {
  JoinOffer offer;
  for (std::size_t count = 0; count < kMaxOfferedProtocols && !header.empty(); ++count) {
    const std::size_t comma = std::min(header.find(','), header.size());
    const std::string_view protocol = trimmed(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    if (protocol == kVersion) {
      offer.version = protocol;
      offer.supported = true;
    } else if (is_version(protocol) && offer.version.empty()) {
      offer.version = protocol;
    } else if (protocol.starts_with(kRequestPrefix) && offer.request.empty()) {
      offer.request = protocol.substr(kRequestPrefix.size());
    }
  }
  return offer.version.empty() ? std::nullopt : std::optional{offer};
}

std::expected<JoinRequest, ErrorCode> parse_join_request(std::string_view room, std::string_view encoded) {
  auto name = RoomName::parse(room);
  if (!name) return std::unexpected(ErrorCode::room_name);
  if (encoded.size() > kMaxJoinRequestBytes) return std::unexpected(ErrorCode::bad_request);
  const auto text = base64url_decode(encoded);
  if (!text) return std::unexpected(ErrorCode::bad_request);
  std::array<unsigned char, 4096> buffer;
  json::monotonic_resource resource(buffer.data(), buffer.size());
  const auto object = parse_object(as_text(*text), &resource);
  if (!object) return std::unexpected(ErrorCode::bad_request);
  auto request = parse_join_object(std::move(*name), *object);
  if (!request) return std::unexpected(ErrorCode::bad_request);
  return std::move(*request);
}

std::expected<ClientMessage, ErrorCode> parse_client_frame(std::string&& frame) {
  auto message = parse_frame(std::move(frame));
  if (!message) return std::unexpected(ErrorCode::bad_request);
  return std::move(*message);
}

}  // namespace plntry::signaling
