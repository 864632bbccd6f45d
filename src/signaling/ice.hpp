// The ICE servers that participants are told about, with credentials of their own that expire. The hub says when and
// for whom; what they are, whoever implements `IceSource` knows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "signaling/types.hpp"

namespace plntry::signaling {

// One stay, from the lobby or from taking a seat until the seat is free again, however often its connection changes
// meanwhile. Random, so that no stay is ever taken for a former one.
enum class SessionId : std::uint64_t {};

// By which of its names a browser reached the server. The hub only hands it on.
struct Entrance {
  std::string host;  // as in a URL, without a port; empty: it did not say
  bool tls = false;  // encrypted by this server itself, so that its certificate is good for `host`
};

// How a connection came in.
struct Arrival {
  IpAddress from;
  Entrance entrance;
  SessionId session{};  // for the stay, should one begin with this connection
};

// What a participant is told about ICE servers.
struct IceOffer {
  Text servers;                                       // the JSON of RTCConfiguration.iceServers, an array
  std::optional<std::chrono::seconds> lifetime = {};  // until the credentials expire, at least 1 s; nothing: never
  bool restart = false;                               // what was allocated with former credentials may end with them
};

class IceSource {
 public:
  virtual ~IceSource() = default;
  virtual IceOffer offer(SessionId session, const Entrance& entrance, Now now) = 0;
};

}  // namespace plntry::signaling
