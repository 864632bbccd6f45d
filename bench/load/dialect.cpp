#include "load/dialect.hpp"

#include <array>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "load/connection.hpp"
#include "load/fail.hpp"

namespace plntry::bench {
namespace {

std::uint32_t partner_of(std::uint32_t participant) { return participant ^ 1U; }

std::string name_of(std::uint32_t number) { return "bench-" + std::to_string(number); }

// docs/protocol.md §1–§3.
class Plntry final : public Dialect {
 public:
  std::string request(std::uint32_t participant) const override {
    const std::string join = R"({"secret":")" + base64url_encode(secret_of(participant)) + R"("})";
    return upgrade_request("/api/rooms/" + name_of(participant / 2) + "/join",
                           "Sec-WebSocket-Protocol: plntry.v1, join." + base64url_encode(as_bytes(join)) + "\r\n");
  }

  std::string message(std::uint32_t from, std::string_view body) const override {
    const Sha256 secret = secret_of(partner_of(from));
    const Sha256 proof = sha256({as_bytes("plntry participant\n"), Bytes(secret)});
    std::string frame = R"({"type":"send","to":")" + base64url_encode(Bytes(proof).first(16)) + "\"}\n";
    return frame.append(body);
  }

  Heard hear(std::string_view text) const override {
    if (text.starts_with(R"({"type":"message")")) return {Event::delivered, text.substr(text.find('\n') + 1)};
    if (text.starts_with(R"({"type":"welcome")")) return {Event::ready, {}};
    if (text.starts_with(R"({"type":"error")")) fail("plntry answers " + std::string(text));
    return {};
  }

 private:
  static Sha256 secret_of(std::uint32_t participant) { return sha256(as_bytes(name_of(participant))); }
};

// The peer server as the peerjs client speaks to it: an offer's payload is relayed as parsed and printed JSON.
class Peer final : public Dialect {
 public:
  std::string request(std::uint32_t participant) const override {
    return upgrade_request(
        "/peerjs?key=peerjs&id=" + name_of(participant) + "&token=t" + std::to_string(participant) + "&version=1.5.5",
        "");
  }

  std::string message(std::uint32_t from, std::string_view body) const override {
    std::string frame = R"({"type":"OFFER","payload":{"sdp":{"type":"offer","sdp":")";
    return frame.append(body).append(R"("},"type":"media"},"dst":")").append(name_of(partner_of(from))).append("\"}");
  }

  Heard hear(std::string_view text) const override {
    if (text.find(R"("type":"OFFER")") != std::string_view::npos) return {Event::delivered, text};
    if (text == R"({"type":"OPEN"})") return {Event::ready, {}};
    fail("peer answers " + std::string(text.substr(0, 200)));
  }
};

// Engine.IO 4 and Socket.IO 5 over WebSocket, against peers/socket_io.mjs.
class SocketIo final : public Dialect {
 public:
  std::string request(std::uint32_t participant) const override {
    return upgrade_request("/socket.io/?EIO=4&transport=websocket&room=" + name_of(participant / 2), "");
  }

  std::string message(std::uint32_t, std::string_view body) const override {
    std::string frame = R"(42["message",")";
    return frame.append(body).append("\"]");
  }

  Heard hear(std::string_view text) const override {
    if (text.starts_with("0{")) return {Event::reply, "40"};
    if (text.starts_with("40{")) return {Event::ready, {}};
    if (text == "2") return {Event::reply, "3"};
    if (text.starts_with(R"(42["message",)")) return {Event::delivered, text};
    fail("socket.io answers " + std::string(text.substr(0, 200)));
  }
};

// load/floor.cpp.
class Floor final : public Dialect {
 public:
  std::string request(std::uint32_t participant) const override {
    return upgrade_request("/" + std::to_string(participant), "");
  }
  std::string message(std::uint32_t, std::string_view body) const override { return std::string(body); }
  Heard hear(std::string_view text) const override {
    return text == "ready" ? Heard{Event::ready, {}} : Heard{Event::delivered, text};
  }
};

}  // namespace

std::unique_ptr<Dialect> make_dialect(std::string_view system) {
  if (system == "plntry") return std::make_unique<Plntry>();
  if (system == "peer") return std::make_unique<Peer>();
  if (system == "socket.io") return std::make_unique<SocketIo>();
  if (system == "floor") return std::make_unique<Floor>();
  return nullptr;
}

}  // namespace plntry::bench
