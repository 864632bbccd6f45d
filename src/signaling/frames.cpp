#include "signaling/frames.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace plntry::signaling {
namespace {

constexpr std::array<std::string_view, 3> kGoneReasons{"left", "timeout", "replaced"};

// The pieces one after the other, in one allocation.
std::string joined(std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (const auto piece : pieces) size += piece.size();
  std::string text;
  text.reserve(size);
  for (const auto piece : pieces) text += piece;
  return text;
}

std::string print_presence(std::string_view type, const ParticipantId& id) {
  return joined({R"({"type":")", type, R"(","id":")", id.text(), R"("})"});
}

void append(std::string& out, std::initializer_list<std::string_view> pieces) {
  for (const auto piece : pieces) out += piece;
}

void append_ice(std::string& out, const IceOffer& ice) {
  append(out, {R"("iceServers":)", *ice.servers});
  if (ice.lifetime) append(out, {R"(,"iceLifetime":)", std::to_string(ice.lifetime->count())});
  if (ice.restart) out += R"(,"iceRestart":true)";
}

std::string milliseconds(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

std::string print_welcome(const Welcome& welcome, const IceOffer& ice, const Config& config) {
  std::string out;
  out.reserve(512 + ice.servers->size());
  append(out, {R"({"type":"welcome","you":")", welcome.you.text(), R"(","room":")", welcome.room, R"(","resumed":)",
               welcome.resumed ? "true" : "false", R"(,"capacity":)", std::to_string(config.room_capacity)});
  if (welcome.from) append(out, {R"(,"address":")", welcome.from->unmapped().to_string(), R"(")"});
  out += R"(,"participants":[)";
  for (const WelcomeEntry& other : welcome.participants) {
    if (&other != welcome.participants.data()) out += ',';
    append(out, {R"({"id":")", other.id.text(), R"(","state":")", other.present ? "present" : "away", R"(")"});
    if (other.link) append(out, {R"(,"link":")", other.link->text(), R"(")"});
    if (other.held > 0) append(out, {R"(,"held":)", std::to_string(other.held)});
    out += '}';
  }
  out += "],";
  if (welcome.hold) {
    append(out,
           {R"("hold":{"link":")", welcome.hold->link.text(), R"(","seq":)", std::to_string(welcome.hold->seq), "},"});
  }
  append_ice(out, ice);
  const auto window = std::chrono::floor<std::chrono::seconds>(config.resume_window);
  append(out, {R"(,"resumeWindow":)", std::to_string(window.count()), R"(,"limits":{"messageBytes":)",
               std::to_string(config.message_bytes), R"(,"heldMessages":)", std::to_string(config.held_messages),
               R"(,"heldBytes":)", std::to_string(config.held_bytes), R"(,"messagesPerSecond":)",
               std::to_string(static_cast<std::uint64_t>(config.messages.per_second)), "}}"});
  return out;
}

std::string print_joined(const ParticipantId& id, const std::optional<LinkId>& link) {
  if (!link) return print_presence("joined", id);
  return joined({R"({"type":"joined","id":")", id.text(), R"(","link":")", link->text(), R"("})"});
}

std::string print_away(const ParticipantId& id) { return print_presence("away", id); }

std::string print_back(const ParticipantId& id) { return print_presence("back", id); }

std::string print_gone(const ParticipantId& id, GoneReason reason) {
  return joined({R"({"type":"gone","id":")", id.text(), R"(","reason":")",
                 kGoneReasons[static_cast<std::size_t>(reason)], R"("})"});
}

std::string print_message(const ParticipantId& from, std::string_view body) {
  return joined({R"({"type":"message","from":")", from.text(), "\"}\n", body});
}

std::string print_ice(const IceOffer& ice) {
  std::string out = R"({"type":"ice",)";
  append_ice(out, ice);
  out += '}';
  return out;
}

std::string print_come_back(Duration after) {
  return joined({R"({"type":"come_back","after":)", milliseconds(after), "}"});
}

std::string print_error(ErrorCode code, std::optional<Duration> retry_after, const std::optional<ParticipantId>& to) {
  const ErrorDescription& error = describe(code);
  std::string out = joined({R"({"type":"error","code":")", error.name, R"(","text":")", error.text, R"(")"});
  if (retry_after) append(out, {R"(,"retryAfter":)", milliseconds(*retry_after)});
  if (to) append(out, {R"(,"to":")", to->text(), R"(")"});
  out += '}';
  return out;
}

}  // namespace plntry::signaling
