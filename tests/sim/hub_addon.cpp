// The real signalling Hub for JavaScript, in virtual time. Malformed joins and frames are treated as `net` treats them.
//
//   createHub(config: string): Hub              JSON, see `configuration`; every field optional
//   join(hub, conn, room, request, address, now): Effect[]     `request` as in Sec-WebSocket-Protocol, without "join."
//   frame(hub, conn, text, now): Effect[]
//   closed(hub, conn, now): Effect[]
//   drain(hub, now): Effect[]
//   timeout(hub, now): Effect[]
//   nextDeadline(hub): number | null
//
// Times are milliseconds since the simulation began. Effect is {conn, send: string} or {conn, close: code}, in order.
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json.hpp>
#include <node_api.h>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "signaling/hub.hpp"

namespace plntry::signaling {
namespace {

namespace json = boost::json;

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kMaxArguments = 6;

// Each time other credentials, as a relay's.
class SimulatedIce final : public IceSource {
 public:
  explicit SimulatedIce(std::chrono::seconds lifetime) : lifetime_(lifetime) {}
  IceOffer offer(SessionId session, const Entrance&, Now now) override {
    const std::string username = std::to_string((now.wall + lifetime_).time_since_epoch().count()) + ':' +
                                 std::to_string(std::to_underlying(session));
    return {std::make_shared<const std::string>(
                R"([{"urls":["stun:sim.example:3478","turn:sim.example:3478"],"credential":"secret","username":")" +
                username + R"("}])"),
            lifetime_};
  }

 private:
  std::chrono::seconds lifetime_;
};

struct SimulatedHub {
  SimulatedHub(const Config& its_config, std::chrono::seconds ice_lifetime, Now started)
      : config(its_config), ice(ice_lifetime), hub(config, ice, started) {}
  Config config;
  SimulatedIce ice;
  Hub hub;
};

Now at(double milliseconds) {
  const auto since_start = Duration{std::llround(milliseconds * 1e6)};
  return {TimePoint{since_start}, WallTime{std::chrono::floor<std::chrono::seconds>(since_start)}};
}

// A failed call of Node's is a mistake in the simulation's own code: the test that made it fails.
void check(napi_status status) {
  if (status != napi_ok) throw std::runtime_error("node-api status " + std::to_string(status));
}

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t count = kMaxArguments;
    check(napi_get_cb_info(env, info, &count, values_.data(), nullptr, nullptr));
  }

  SimulatedHub& hub() const {
    void* pointer = nullptr;
    check(napi_get_value_external(env_, values_[0], &pointer));
    return *static_cast<SimulatedHub*>(pointer);
  }
  double number(std::size_t index) const {
    double value = 0;
    check(napi_get_value_double(env_, values_[index], &value));
    return value;
  }
  ConnectionId connection(std::size_t index) const {
    std::int64_t value = 0;
    check(napi_get_value_int64(env_, values_[index], &value));
    return ConnectionId{static_cast<std::uint64_t>(value)};
  }
  std::string text(std::size_t index) const {
    std::size_t size = 0;
    check(napi_get_value_string_utf8(env_, values_[index], nullptr, 0, &size));
    std::string text(size + 1, '\0');  // Node writes a terminator
    check(napi_get_value_string_utf8(env_, values_[index], text.data(), text.size(), &size));
    text.resize(size);
    return text;
  }

 private:
  napi_env env_;
  std::array<napi_value, kMaxArguments> values_{};
};

void set_number(napi_env env, napi_value object, const char* name, double number) {
  napi_value value = nullptr;
  check(napi_create_double(env, number, &value));
  check(napi_set_named_property(env, object, name, value));
}

// Nothing for an effect that goes to no connection.
napi_value to_javascript(napi_env env, const Effect& effect) {
  if (std::holds_alternative<SessionEnded>(effect)) return nullptr;
  napi_value object = nullptr;
  check(napi_create_object(env, &object));
  if (const auto* send = std::get_if<Send>(&effect)) {
    napi_value text = nullptr;
    check(napi_create_string_utf8(env, send->text->data(), send->text->size(), &text));
    set_number(env, object, "conn", static_cast<double>(std::to_underlying(send->to)));
    check(napi_set_named_property(env, object, "send", text));
  } else {
    const auto& close = std::get<Close>(effect);
    set_number(env, object, "conn", static_cast<double>(std::to_underlying(close.connection)));
    set_number(env, object, "close", close.code);
  }
  return object;
}

napi_value drain_effects(napi_env env, Hub& hub) {
  napi_value effects = nullptr;
  check(napi_create_array(env, &effects));
  std::uint32_t index = 0;
  while (const auto effect = hub.poll_effect()) {
    if (napi_value object = to_javascript(env, *effect)) check(napi_set_element(env, effects, index++, object));
  }
  return effects;
}

Config configuration(std::string_view text) {
  const json::object fields = json::parse(text).as_object();
  const auto number = [&](std::string_view key, double otherwise) {
    const json::value* value = fields.if_contains(key);
    return value ? value->to_number<double>() : otherwise;
  };
  const auto count = [&](std::string_view key, std::size_t otherwise) {
    return static_cast<std::size_t>(number(key, static_cast<double>(otherwise)));
  };
  const auto duration = [&](std::string_view key, Duration otherwise) {
    return std::chrono::round<Duration>(Milliseconds{number(key, Milliseconds{otherwise}.count())});
  };
  const auto rate = [&](std::string_view burst, std::string_view per_second, Rate otherwise) {
    return Rate{number(burst, otherwise.capacity), number(per_second, otherwise.per_second)};
  };
  Config config;
  config.room_capacity = count("capacity", config.room_capacity);
  config.resume_window = duration("resumeWindow", config.resume_window);
  config.message_bytes = count("messageBytes", config.message_bytes);
  config.held_messages = count("heldMessages", config.held_messages);
  config.held_bytes = count("heldBytes", config.held_bytes);
  config.messages = rate("messageBurst", "messagesPerSecond", config.messages);
  config.refusals = rate("refusalBurst", "refusalsPerSecond", config.refusals);
  config.joins = rate("joinBurst", "joinsPerSecond", config.joins);
  config.drain_delay = duration("drainDelay", config.drain_delay);
  config.drain_spread = duration("drainSpread", config.drain_spread);
  if (config.room_capacity < 2 || config.room_capacity > kMaxRoomCapacity) throw std::runtime_error("capacity");
  return config;
}

napi_value create_hub(napi_env env, const Arguments& arguments) {
  const std::string text = arguments.text(0);
  const json::object fields = json::parse(text).as_object();
  const auto number = [&](std::string_view key, double otherwise) {
    const json::value* value = fields.if_contains(key);
    return value ? value->to_number<double>() : otherwise;
  };
  const std::chrono::seconds ice_lifetime{std::llround(number("iceLifetime", 600))};
  auto hub = std::make_unique<SimulatedHub>(configuration(text), ice_lifetime, at(number("started", 0)));
  const auto destroy = [](napi_env, void* pointer, void*) { delete static_cast<SimulatedHub*>(pointer); };
  napi_value handle = nullptr;
  check(napi_create_external(env, hub.get(), destroy, nullptr, &handle));
  static_cast<void>(hub.release());  // Node's from here on
  return handle;
}

napi_value join(napi_env env, const Arguments& arguments) {
  Hub& hub = arguments.hub().hub;
  const ConnectionId connection = arguments.connection(1);
  const auto address = IpAddress::parse(arguments.text(4));
  if (!address) throw std::runtime_error("not an address: " + arguments.text(4));
  const Now now = at(arguments.number(5));
  if (const auto request = parse_join_request(arguments.text(2), arguments.text(3))) {
    hub.handle_join(connection, *request, {*address, {}, SessionId{std::to_underlying(connection) + 1}}, now);
  } else {
    hub.handle_fault(connection, request.error(), now);
  }
  return drain_effects(env, hub);
}

napi_value frame(napi_env env, const Arguments& arguments) {
  auto& [config, ice, hub] = arguments.hub();
  const ConnectionId connection = arguments.connection(1);
  std::string text = arguments.text(2);
  const Now now = at(arguments.number(3));
  if (text.size() > config.message_bytes) {
    hub.handle_fault(connection, ErrorCode::too_large, now);
  } else if (auto message = parse_client_frame(std::move(text))) {
    hub.handle_message(connection, std::move(*message), now);
  } else {
    hub.handle_fault(connection, message.error(), now);
  }
  return drain_effects(env, hub);
}

napi_value closed(napi_env env, const Arguments& arguments) {
  Hub& hub = arguments.hub().hub;
  hub.handle_closed(arguments.connection(1), at(arguments.number(2)));
  return drain_effects(env, hub);
}

napi_value drain(napi_env env, const Arguments& arguments) {
  Hub& hub = arguments.hub().hub;
  hub.handle_drain(at(arguments.number(1)));
  return drain_effects(env, hub);
}

napi_value timeout(napi_env env, const Arguments& arguments) {
  Hub& hub = arguments.hub().hub;
  hub.handle_timeout(at(arguments.number(1)));
  return drain_effects(env, hub);
}

// Rounded up: at that time, the deadline has come.
napi_value next_deadline(napi_env env, const Arguments& arguments) {
  const auto deadline = arguments.hub().hub.next_deadline();
  napi_value value = nullptr;
  if (deadline) {
    check(napi_create_double(env, std::ceil(Milliseconds{deadline->time_since_epoch()}.count()), &value));
  } else {
    check(napi_get_null(env, &value));
  }
  return value;
}

// Rooms, seats and connections that the hub knows of.
napi_value held(napi_env env, const Arguments& arguments) {
  const Hub& hub = arguments.hub().hub;
  napi_value value = nullptr;
  check(napi_create_double(env, static_cast<double>(hub.rooms() + hub.participants() + hub.connections()), &value));
  return value;
}

// An exception must not cross Node's C frames: it goes on as a JavaScript one.
template <napi_value (*Function)(napi_env, const Arguments&)>
napi_value call(napi_env env, napi_callback_info info) {
  try {
    return Function(env, Arguments{env, info});
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

template <napi_value (*Function)(napi_env, const Arguments&)>
void add(napi_env env, napi_value exports, const char* name) {
  napi_value function = nullptr;
  check(napi_create_function(env, name, NAPI_AUTO_LENGTH, call<Function>, nullptr, &function));
  check(napi_set_named_property(env, exports, name, function));
}

}  // namespace
}  // namespace plntry::signaling

// What Node looks for in an addon.
extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  using namespace plntry::signaling;
  add<create_hub>(env, exports, "createHub");
  add<join>(env, exports, "join");
  add<frame>(env, exports, "frame");
  add<closed>(env, exports, "closed");
  add<drain>(env, exports, "drain");
  add<timeout>(env, exports, "timeout");
  add<next_deadline>(env, exports, "nextDeadline");
  add<held>(env, exports, "held");
  return exports;
}
