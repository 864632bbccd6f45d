// Several browsers against one Hub, driven by a byte string: joins, resumes, reloads, messages, holds, drops, junk,
// jumps in time. After each step, what every client was told must agree with who is there.
#include "signaling/hub.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json.hpp>

#include "base/crypto.hpp"

using namespace plntry;
using namespace plntry::signaling;

namespace {

namespace json = boost::json;

constexpr std::size_t kPeople = 7;
constexpr std::size_t kMaxSteps = 400;
constexpr std::array<std::string_view, 3> kRooms{"one", "two", "three"};

void require(bool holds) {
  if (!holds) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  bool empty() const { return bytes_.empty(); }
  std::size_t below(std::size_t bound) { return byte() % bound; }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::string text(std::size_t size) {
    const Bytes taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return std::string{as_text(taken)};
  }

 private:
  Bytes bytes_;
};

std::array<std::uint8_t, kSecretSize> secret_of(std::size_t person) {
  std::array<std::uint8_t, kSecretSize> secret{};
  secret[0] = static_cast<std::uint8_t>(person);
  return secret;
}

const std::vector<std::string>& ids() {
  static const auto kIds = [] {
    std::vector<std::string> all;
    for (std::size_t person = 0; person < kPeople; ++person) {
      all.emplace_back(participant_of(secret_of(person)).text());
    }
    return all;
  }();
  return kIds;
}

Config small_config(Input& input) {
  Config config;
  config.room_capacity = 2 + input.below(3);
  config.max_rooms = 2;
  config.max_participants = 6;
  config.held_messages = 3;
  config.held_bytes = 40;
  config.messages = {.capacity = 12, .per_second = 2};
  config.refusals = {.capacity = 3, .per_second = 0.5};
  config.joins = {.capacity = 20, .per_second = 1};
  config.connections_per_address = 5;
  config.max_addresses = 3;
  return config;
}

// One WebSocket as its browser sees it.
struct Socket {
  ConnectionId id;
  std::string me;
  std::string room;
  bool waits = false;  // came with `wait`: until its welcome it is in the lobby
  bool welcomed = false;
  std::size_t held_to_come = 0;
  std::map<std::string, bool> others;  // id → present

  void hear(std::string_view frame);
};

std::string text_at(const json::object& header, std::string_view key) {
  return std::string{std::string_view{header.at(key).as_string()}};
}

void Socket::hear(std::string_view frame) {
  const std::size_t line_end = std::min(frame.find('\n'), frame.size());
  const json::object header = json::parse(frame.substr(0, line_end)).as_object();
  const std::string type = text_at(header, "type");
  if (type == "message") {
    if (!welcomed) return require(waits && text_at(header, "from") != me);  // what a hold has for the lobby
    require(others.contains(text_at(header, "from")));
    if (held_to_come > 0) held_to_come -= 1;
    return;
  }
  require(held_to_come == 0);  // held messages follow directly after `welcome`
  if (type == "error" || type == "come_back") return;
  if (type == "ice") return require(welcomed || waits);
  if (type == "welcome") {
    require(!welcomed && text_at(header, "you") == me && text_at(header, "room") == room);
    welcomed = true;
    for (const json::value& each : header.at("participants").as_array()) {
      const json::object& other = each.as_object();
      require(others.emplace(text_at(other, "id"), text_at(other, "state") == "present").second);
      if (!other.contains("held")) continue;
      require(other.contains("link") && !header.at("resumed").as_bool());
      held_to_come += static_cast<std::size_t>(other.at("held").as_int64());
    }
    return;
  }
  const std::string who = text_at(header, "id");
  require(welcomed && who != me);
  if (type == "joined") require(others.emplace(who, true).second);
  if (type == "away") {
    require(others.at(who));
    others.at(who) = false;
  }
  if (type == "back") {
    require(others.contains(who));
    others.at(who) = true;
  }
  if (type == "gone") require(others.erase(who) == 1);
}

// Gives credentials that expire, to sessions that go on only.
class Ice final : public IceSource {
 public:
  IceOffer offer(SessionId session, const Entrance&, Now) override {
    require(session != SessionId{} && !ended_.contains(session));
    live_.insert(session);
    return {servers_, std::chrono::seconds{60}};
  }
  void end(SessionId session) { require(live_.erase(session) == 1 && ended_.insert(session).second); }
  void forget() { live_.clear(); }
  bool idle() const { return live_.empty(); }

 private:
  Text servers_ = std::make_shared<const std::string>("[]");
  std::set<SessionId> live_;
  std::set<SessionId> ended_;
};

class World {
 public:
  explicit World(Input& input) : input_(input), config_(small_config(input)) { restart(); }

  void step();
  void finish();

 private:
  void restart() {
    hub_ = std::make_unique<Hub>(config_, ice_, now_);
    sockets_.clear();
    ice_.forget();
  }
  void join();
  void send_frame(Socket& socket, std::string frame);
  std::string some_frame();
  void advance();
  void perform();
  void check() const;
  Socket* some_socket() { return sockets_.empty() ? nullptr : &sockets_[input_.below(sockets_.size())]; }

  Input& input_;
  Config config_;
  Now now_{TimePoint{1000s}, {}};
  Ice ice_;
  std::unique_ptr<Hub> hub_;
  std::vector<Socket> sockets_;
  std::uint64_t next_connection_ = 1;
};

void World::step() {
  const std::size_t action = input_.below(16);
  if (action < 5) {
    join();
  } else if (action < 11) {
    if (Socket* socket = some_socket()) send_frame(*socket, some_frame());
  } else if (action < 13) {
    if (Socket* socket = some_socket()) {
      const ConnectionId id = socket->id;
      std::erase_if(sockets_, [&](const Socket& each) { return each.id == id; });
      hub_->handle_closed(id, now_);
    }
  } else if (action < 15) {
    advance();
  } else {
    switch (input_.below(8)) {
      case 0:
        hub_->handle_drain(now_);
        perform();
        require(sockets_.empty());
        return restart();
      case 1:
        return restart();
      default:
        if (Socket* socket = some_socket()) hub_->handle_fault(socket->id, ErrorCode::too_large, now_);
    }
  }
  perform();
  check();
}

void World::join() {
  const std::size_t person = input_.below(kPeople);
  const std::uint8_t how = input_.byte();
  json::object request{{"secret", base64url_encode(secret_of(person))}};
  json::array known;
  json::array replaced;
  for (std::size_t other = 0; other < kPeople; ++other) {
    if ((how >> other & 1) == 0 || other == person) continue;
    known.emplace_back(ids()[other]);
    if (replaced.size() < kMaxReplaced) replaced.emplace_back(base64url_encode(secret_of(other)));
  }
  switch (input_.below(4)) {
    case 0:
      request["resume"] = json::object{{"known", known}};
      break;
    case 1:
      request["replaces"] = replaced;
      break;
    case 2:
      request["attempt"] = 1 + input_.below(4);
      break;
    default:
      break;
  }
  const bool waits = (how & 0x80) != 0;
  if (waits) request["wait"] = true;
  const std::string_view room = kRooms[input_.below(kRooms.size())];
  const auto from = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(input_.below(4)));
  const auto parsed = parse_join_request(room, base64url_encode(as_bytes(json::serialize(request))));
  require(parsed.has_value());
  const Arrival arrival{from, {}, SessionId{next_connection_}};
  const ConnectionId connection{next_connection_++};
  sockets_.push_back({connection, ids()[person], std::string{room}, waits, false, 0, {}});
  hub_->handle_join(connection, *parsed, arrival, now_);
}

std::string World::some_frame() {
  switch (input_.below(9)) {
    case 0:
      return R"({"type":"leave"})";
    case 8:
      return R"({"type":"join"})";
    case 1:
      return input_.text(input_.below(32));
    case 2:
    case 3:
    case 4:
      return R"({"type":"send","to":")" + ids()[input_.below(kPeople)] + "\"}\n" + input_.text(input_.below(8));
    default: {
      const std::size_t base = 1 + input_.below(4);
      const std::string link(LinkId::kLength, static_cast<char>('a' + input_.below(3)));
      return R"({"type":"hold","link":")" + link + R"(","seq":)" + std::to_string(base + input_.below(4)) +
             R"(,"base":)" + std::to_string(base) + (input_.below(2) == 0 ? R"(,"lobby":true)" : "") + "}\n" +
             std::string(input_.below(24), 'x');
    }
  }
}

void World::send_frame(Socket& socket, std::string frame) {
  if (auto message = parse_client_frame(std::move(frame))) {
    hub_->handle_message(socket.id, std::move(*message), now_);
  } else {
    hub_->handle_fault(socket.id, message.error(), now_);
  }
}

void World::advance() {
  const auto deadline = hub_->next_deadline();
  if (input_.below(2) == 0 && deadline) {
    now_.mono = std::max(now_.mono, *deadline);
  } else {
    now_.mono += std::chrono::milliseconds{input_.byte() * 400};
  }
  hub_->handle_timeout(now_);
  require(!hub_->next_deadline() || *hub_->next_deadline() > now_.mono);
}

// An effect is for a connection that the hub has not closed.
void World::perform() {
  while (const auto effect = hub_->poll_effect()) {
    if (const auto* ended = std::get_if<SessionEnded>(&*effect)) {
      ice_.end(ended->session);
      continue;
    }
    const auto* send = std::get_if<Send>(&*effect);
    const ConnectionId to = send ? send->to : std::get<Close>(*effect).connection;
    const auto socket = std::ranges::find(sockets_, to, &Socket::id);
    require(socket != sockets_.end());
    if (send) {
      socket->hear(*send->text);
    } else {
      sockets_.erase(socket);
    }
  }
}

// Everyone in a room sees the same people, and sees as present exactly those who are connected.
void World::check() const {
  require(hub_->connections() == sockets_.size());
  require(hub_->rooms() <= config_.max_rooms && hub_->participants() <= config_.max_participants);
  for (const Socket& socket : sockets_) {
    if (!socket.welcomed) continue;  // in the lobby: seen by nobody
    require(socket.held_to_come == 0);
    require(socket.others.size() < config_.room_capacity);
    std::size_t present = 0;
    for (const Socket& other : sockets_) {
      if (!other.welcomed || other.room != socket.room || other.id == socket.id) continue;
      require(socket.others.at(other.me));
      require(other.others.size() == socket.others.size());
      present += 1;
    }
    require(present == static_cast<std::size_t>(
                           std::ranges::count_if(socket.others, [](const auto& each) { return each.second; })));
  }
}

// When all have gone, nothing is left.
void World::finish() {
  while (!sockets_.empty()) {
    const ConnectionId id = sockets_.back().id;
    sockets_.pop_back();
    hub_->handle_closed(id, now_);
    perform();
    check();
  }
  now_.mono += config_.resume_window;
  hub_->handle_timeout(now_);
  perform();
  require(hub_->rooms() == 0 && hub_->participants() == 0 && hub_->connections() == 0);
  require(!hub_->next_deadline() && ice_.idle());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{data, size};
  World world{input};
  for (std::size_t steps = 0; steps < kMaxSteps && !input.empty(); ++steps) world.step();
  world.finish();
  return 0;
}
