#include "caller.hpp"

#include <random>

#include <gtest/gtest.h>

#include "turn/channel_data.hpp"

namespace plntry::test {
namespace {

// The answer to the transaction, nothing for any other message.
std::optional<Response> answer_in(const Octets& message, const stun::TransactionId& id) {
  const auto view = MessageView::parse(message);
  if (!view || view->transaction_id() != id) return std::nullopt;
  if (view->message_class() != Class::success && view->message_class() != Class::error) return std::nullopt;
  return Response{message};
}

std::string describe(const Octets& message) {
  if (const auto frame = turn::parse_channel_data(message)) {
    return text(frame->data) + " < channel " + std::to_string(frame->number.wire());
  }
  const auto view = MessageView::parse(message);
  if (!view || view->method() != Method::data || view->message_class() != Class::indication) return "something else";
  const auto data = view->find(Attribute::data);
  const auto peer = turn::xor_peer_address(*view);
  if (!peer || !data) return "an indication without peer or data";
  return text(*data) + " < " + peer->to_string();
}

}  // namespace

Caller::Caller(Target& target) : line_(target.connect()) {
  username = target.access().username;
  password = target.access().password;
  std::random_device random;
  for (std::size_t i = 0; i < transaction_.size(); i += 4) store_be32(transaction_, i, random());
}

Caller::~Caller() {
  if (nonce.empty() || line_->is_closed()) return;
  algorithm.reset();
  use_userhash = false;
  repeat_transaction = false;
  refresh(0);
}

std::optional<Response> Caller::send_raw(Bytes message) {
  line_->send(message);
  stun::TransactionId id{};
  if (message.size() >= stun::kHeaderSize) std::ranges::copy(message.subspan(8, id.size()), id.begin());
  while (auto received = line_->receive(Expect::something)) {
    if (auto answer = answer_in(*received, id)) return answer;
    inbox_.push_back(std::move(*received));
  }
  return std::nullopt;
}

std::optional<Response> Caller::get_challenge() {
  auto response = send_request(
      Method::allocate,
      [](Builder& builder) {
        builder.add_be32(Attribute::requested_transport, std::uint32_t{turn::kUdpProtocol} << 24);
        builder.add_text(Attribute::software, "a test of what the server has to offer when it has room for it");
      },
      false);
  if (!response || !learn(*response)) return std::nullopt;
  return response;
}

Octets Caller::build(Method method, Class message_class, const Fill& fill) {
  Octets buffer(2048);
  Builder builder{buffer, {method, message_class}, next_transaction()};
  fill(builder);
  buffer.resize(builder.finish().value().size());
  return buffer;
}

Octets Caller::build_signed(Method method, const Fill& fill, const Fill& behind) {
  return build(method, Class::request, [&](Builder& builder) {
    fill(builder);
    add_identity(builder);
    builder.add_integrity(key_md5());
    behind(builder);
  });
}

// The server handles what comes on one line in its order: when a Binding request that was sent behind the message is
// answered, whatever the message brought about has been sent.
bool Caller::is_ignored(Bytes message) {
  line_->send(message);
  if (line_->is_closed()) return true;
  const Octets fence = build(Method::binding, Class::request);
  const auto id = MessageView::parse(fence)->transaction_id();
  line_->send(fence);
  while (const auto received = line_->receive(Expect::something)) {
    if (answer_in(*received, id)) return hears_nothing();
    inbox_.push_back(*received);
    return false;
  }
  EXPECT_TRUE(line_->is_closed()) << "the server has stopped answering";  // closing a stream is silence, too
  return line_->is_closed();
}

bool Caller::hears_nothing() { return !receive_message(Expect::nothing); }

std::optional<Octets> Caller::receive_message(Expect expect) {
  if (inbox_.empty()) return line_->receive(expect);
  Octets message = std::move(inbox_.front());
  inbox_.pop_front();
  return message;
}

std::string Caller::receive(Expect expect) {
  const auto message = receive_message(expect);
  return message ? describe(*message) : "nothing";
}

void Caller::send_to(const Endpoint& peer, std::string_view data, const Fill& more) {
  line_->send(build(Method::send, Class::indication, [&](Builder& builder) {
    builder.add_xor_address(Attribute::xor_peer_address, peer);
    builder.add_text(Attribute::data, data);
    more(builder);
  }));
}

Octets Caller::channel_data(std::uint16_t number, std::string_view data) const {
  Octets message(turn::kChannelDataHeaderSize);
  store_be16(message, 0, number);
  store_be16(message, 2, static_cast<std::uint16_t>(data.size()));
  message.insert(message.end(), data.begin(), data.end());
  if (line_->is_stream()) message.resize((message.size() + 3) / 4 * 4);
  return message;
}

void Caller::send_on(std::uint16_t number, std::string_view data) { line_->send(channel_data(number, data)); }

}  // namespace plntry::test
