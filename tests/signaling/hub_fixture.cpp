#include "signaling/hub_fixture.hpp"

#include <algorithm>
#include <variant>

#include <boost/json.hpp>

namespace plntry::signaling {
namespace {

namespace json = boost::json;

json::object header_of(std::string_view frame) {
  return json::parse(frame.substr(0, std::min(frame.find('\n'), frame.size()))).as_object();
}

std::string text_at(const json::object& header, std::string_view key) {
  return std::string{std::string_view{header.at(key).as_string()}};
}

std::string number_at(const json::object& header, std::string_view key) {
  return std::to_string(header.at(key).as_int64());
}

// "" when there is none; single letters stand for links made by `link`.
std::string link_at(const json::object& header) {
  return header.contains("link") ? " link=" + text_at(header, "link").substr(0, 1) : "";
}

}  // namespace

std::string secret_of(std::string_view name) { return base64url_encode(sha256(as_bytes(name))); }

ParticipantId id_of(std::string_view name) { return participant_of(sha256(as_bytes(name))); }

IceOffer HubTest::Ice::offer(SessionId session, const Entrance& entrance, Now now) {
  json::object server{{"urls", json::array{"stun:" + entrance.host + ":8080"}}};
  if (lifetime) {
    const auto expires = (now.wall + *lifetime).time_since_epoch().count();
    server["username"] = std::to_string(expires) + ':' + std::to_string(std::to_underlying(session));
  }
  return {std::make_shared<const std::string>(json::serialize(json::array{server})), lifetime};
}

void HubTest::Client::send(std::string_view to, std::string_view body) {
  frame(json::serialize(json::object{{"type", "send"}, {"to", id_of(to).text()}}) + '\n' + std::string{body});
}

void HubTest::Client::hold(char link_letter, std::uint64_t seq, std::uint64_t base, std::string_view body,
                           bool for_lobby) {
  json::object header{{"type", "hold"}, {"link", link(link_letter)}, {"seq", seq}, {"base", base}};
  if (for_lobby) header["lobby"] = true;
  frame(json::serialize(header) + '\n' + std::string{body});
}

void HubTest::Client::frame(std::string text) {
  auto message = parse_client_frame(std::move(text));
  if (message) {
    test_.hub_->handle_message(connection_, std::move(*message), test_.now_);
  } else {
    test_.hub_->handle_fault(connection_, message.error(), test_.now_);
  }
  test_.perform();
}

void HubTest::Client::leave() { frame(R"({"type":"leave"})"); }

void HubTest::Client::fault(ErrorCode code) {
  test_.hub_->handle_fault(connection_, code, test_.now_);
  test_.perform();
}

void HubTest::Client::drop() {
  closed_ = true;
  test_.hub_->handle_closed(connection_, test_.now_);
  test_.perform();
}

std::vector<std::string> HubTest::Client::heard() { return std::exchange(heard_, {}); }

std::vector<std::string> HubTest::Client::frames() { return std::exchange(frames_, {}); }

void HubTest::restart() {
  hub_ = std::make_unique<Hub>(config_, ice_, now_);
  for (Client& client : clients_) client.closed_ = true;
}

HubTest::Client& HubTest::join(std::string name, const JoinOptions& options) {
  if (!hub_) restart();
  names_.emplace(id_of(name).text(), name);
  json::object request{{"secret", secret_of(name)}};
  if (options.known) {
    json::array ids;
    for (const auto& each : *options.known) {
      names_.emplace(id_of(each).text(), each);
      ids.emplace_back(id_of(each).text());
    }
    request["resume"] = json::object{{"known", std::move(ids)}};
  }
  if (options.replaces) request["replaces"] = secret_of(*options.replaces);
  if (options.all_replaced) {
    json::array secrets;
    for (const auto& each : *options.all_replaced) secrets.emplace_back(secret_of(each));
    request["replaces"] = std::move(secrets);
  }
  if (options.wait) request["wait"] = true;
  if (options.attempt > 0) request["attempt"] = options.attempt;

  Client& client = clients_.emplace_back(*this, std::move(name), ConnectionId{next_connection_++});
  const auto parsed = parse_join_request(options.room, base64url_encode(as_bytes(json::serialize(request))));
  if (parsed) {
    const SessionId session{std::to_underlying(client.connection_)};
    hub_->handle_join(client.connection_, *parsed, {options.from, {options.host, false}, session}, now_);
  } else {
    hub_->handle_fault(client.connection_, parsed.error(), now_);
  }
  perform();
  return client;
}

void HubTest::advance(Duration duration) {
  const TimePoint end = now_.mono + duration;
  for (auto next = hub_->next_deadline(); next && *next <= end; next = hub_->next_deadline()) {
    move_to(std::max(now_.mono, *next));
    hub_->handle_timeout(now_);
    perform();
  }
  move_to(end);
}

void HubTest::move_to(TimePoint at) {
  now_.wall += std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()) -
               std::chrono::floor<std::chrono::seconds>(now_.mono.time_since_epoch());
  now_.mono = at;
}

void HubTest::drain() {
  hub_->handle_drain(now_);
  perform();
}

void HubTest::perform() {
  while (const auto effect = hub_->poll_effect()) {
    if (const auto* ended = std::get_if<SessionEnded>(&*effect)) {
      ended_.push_back(std::to_underlying(ended->session));
      continue;
    }
    const bool is_send = std::holds_alternative<Send>(*effect);
    const ConnectionId to = is_send ? std::get<Send>(*effect).to : std::get<Close>(*effect).connection;
    const auto client = std::ranges::find(clients_, to, &Client::connection_);
    ASSERT_NE(client, clients_.end()) << "an effect for a connection that never was";
    ASSERT_FALSE(client->closed_) << "an effect for " << client->name_ << " after the end of its connection";
    if (is_send) {
      client->frames_.push_back(*std::get<Send>(*effect).text);
      client->heard_.push_back(tell(client->frames_.back()));
    } else {
      client->closed_ = true;
      client->heard_.push_back("closed " + std::to_string(std::get<Close>(*effect).code));
    }
  }
}

std::string HubTest::tell(std::string_view frame) const {
  const json::object header = header_of(frame);
  const std::string type = text_at(header, "type");
  if (type == "welcome") {
    std::string line = header.at("resumed").as_bool() ? "welcome back" : "welcome";
    for (const json::value& each : header.at("participants").as_array()) {
      const json::object& other = each.as_object();
      line += ", " + name_of(text_at(other, "id")) + " " + text_at(other, "state") + link_at(other);
      if (other.contains("held")) line += " held=" + number_at(other, "held");
    }
    if (header.contains("hold")) {
      const json::object& hold = header.at("hold").as_object();
      line += ", hold" + link_at(hold) + " seq=" + number_at(hold, "seq");
    }
    return line;
  }
  if (type == "message") {
    return name_of(text_at(header, "from")) + ": " + std::string{frame.substr(frame.find('\n') + 1)};
  }
  if (type == "error") {
    std::string line = "error " + text_at(header, "code");
    if (header.contains("to")) line += " to=" + name_of(text_at(header, "to"));
    if (header.contains("retryAfter")) line += " after=" + number_at(header, "retryAfter");
    return line;
  }
  if (type == "come_back") return "come_back after=" + number_at(header, "after");
  if (type == "ice") {
    const json::array& servers = header.at("iceServers").as_array();
    return servers.at(0).as_object().contains("username") ? type + " " + text_at(servers.at(0).as_object(), "username")
                                                          : type;
  }
  std::string line = type + " " + name_of(text_at(header, "id")) + link_at(header);
  if (header.contains("reason")) line += " " + text_at(header, "reason");
  return line;
}

std::string HubTest::name_of(std::string_view id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? "?" : found->second;
}

}  // namespace plntry::signaling
