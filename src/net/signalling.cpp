#include "net/signalling.hpp"

#include "net/clock.hpp"
#include "net/ice.hpp"

namespace plntry::net {

Signalling::Signalling(Loop& loop, const signaling::Config& config, signaling::IceSource& ice, Revoke revoke)
    : loop_(loop), hub_(config, ice, now()), revoke_(std::move(revoke)), timer_(loop.executor()) {}

void Signalling::join(std::shared_ptr<Carrier> carrier, signaling::JoinRequest request, const IpAddress& from,
                      signaling::Entrance entrance) {
  loop_.post([this, carrier = std::move(carrier), request = std::move(request), from, entrance = std::move(entrance)] {
    add(carrier);
    const signaling::SessionId session{random_.u64()};
    hub_.handle_join(carrier->id, request, {from, entrance, session}, now());
    // The upgrade leaves together with the welcome, or alone when the hub has nothing to say yet.
    deliveries_.push_back({.to = carrier});
    perform_effects();
    // After it has a name here, and in this very step: another connection of the client's may bring its next frame at
    // once.
    carrier->start();
  });
}

void Signalling::message(const Carrier& carrier, signaling::ClientMessage message) {
  hub_.handle_message(carrier.id, std::move(message), now());
}

void Signalling::fault(std::shared_ptr<Carrier> carrier, signaling::ErrorCode error) {
  loop_.post([this, carrier = std::move(carrier), error] {
    const bool is_new = carrier->id == signaling::ConnectionId{};
    if (is_new) add(carrier);
    hub_.handle_fault(carrier->id, error, now());
    perform_effects();
    if (is_new) carrier->start();
  });
}

void Signalling::closed(std::shared_ptr<Carrier> carrier) {
  loop_.post([this, carrier = std::move(carrier)] {
    if (carriers_.erase(static_cast<std::uint64_t>(carrier->id)) == 0) return;
    hub_.handle_closed(carrier->id, now());
    perform_effects();
  });
}

void Signalling::drain() {
  loop_.post([this] {
    hub_.handle_drain(now());
    perform_effects();
  });
}

void Signalling::add(const std::shared_ptr<Carrier>& carrier) {
  carrier->id = signaling::ConnectionId{++last_id_};
  carriers_.emplace(last_id_, carrier);
}

void Signalling::perform_effects() {
  while (auto effect = hub_.poll_effect()) {
    if (const auto* ended = std::get_if<signaling::SessionEnded>(&*effect)) {
      if (revoke_) revoke_(relay_user(ended->session));
      continue;
    }
    Delivery delivery;
    signaling::ConnectionId to{};
    if (auto* send = std::get_if<signaling::Send>(&*effect)) {
      to = send->to;
      delivery.text = std::move(send->text);
    } else {
      const auto& close = std::get<signaling::Close>(*effect);
      to = close.connection;
      delivery.close_code = close.code;
      delivery.close_reason = close.reason;
    }
    const auto found = carriers_.find(static_cast<std::uint64_t>(to));
    if (found == carriers_.end()) continue;  // it went first
    delivery.to = found->second;
    if (!delivery.text) carriers_.erase(found);
    deliveries_.push_back(std::move(delivery));
  }
  deliver();
  arm();
}

// A whole batch is queued before any of it is sent, so that what belongs together leaves together.
void Signalling::deliver() {
  for (Delivery& delivery : deliveries_) {
    if (delivery.text) {
      delivery.to->enqueue(std::move(delivery.text));
    } else if (delivery.close_code != 0) {
      delivery.to->enqueue_close(delivery.close_code, delivery.close_reason);
    }
  }
  for (const Delivery& delivery : deliveries_) delivery.to->flush();
  deliveries_.clear();
}

void Signalling::arm() {
  const auto deadline = hub_.next_deadline();
  if (deadline == armed_) return;
  armed_ = deadline;
  if (!deadline) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point{deadline->time_since_epoch()});
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_.reset();
    hub_.handle_timeout(now());
    perform_effects();
  });
}

HubState Signalling::read_state() const {
  return {hub_.counters(), hub_.rooms(), hub_.participants(), hub_.connections()};
}

}  // namespace plntry::net
