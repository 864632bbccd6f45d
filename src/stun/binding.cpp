#include "stun/binding.hpp"

#include <cassert>

#include "stun/fingerprint.hpp"

namespace plntry::stun {
std::size_t max_answer_size(std::size_t request_size, IpFamily family) {
  const std::size_t headers = (family == IpFamily::v4 ? 20 : 40) + 8;
  return (request_size + headers) * 8 / 5 - headers;
}

std::expected<MessageView, Ignored> parse_binding(Bytes datagram) {
  const auto message = MessageView::parse(datagram);
  if (!message) {
    return std::unexpected(message.error() == ParseError::not_stun ? Ignored::not_stun : Ignored::malformed);
  }
  if (message->message_class() != Class::request) return std::unexpected(Ignored::not_a_request);
  if (message->method() != Method::binding) return std::unexpected(Ignored::unknown_method);
  if (check_fingerprint(*message) == FingerprintCheck::wrong) return std::unexpected(Ignored::wrong_fingerprint);
  return *message;
}

std::expected<Bytes, Ignored> handle_binding(Bytes datagram, const Endpoint& source, MutableBytes out) {
  const auto request = parse_binding(datagram);
  if (!request) return std::unexpected(request.error());
  return answer_binding(*request, source, out);
}

Bytes answer_binding(const MessageView& request, const Endpoint& source, MutableBytes out) {
  const Endpoint mapped{source.address.unmapped(), source.port};
  if (const auto unknown = request.not_understood(kBindingAttributes); !unknown.empty()) {
    return refuse_binding(request, source, ErrorCode::unknown_attribute, unknown, out);
  }
  Builder builder = Builder::success(out, request);
  builder.add_xor_address(Attribute::xor_mapped_address, mapped);
  return finish_binding(builder, request);
}

Bytes refuse_binding(const MessageView& request, const Endpoint& source, ErrorCode code,
                     const UnknownAttributes& unknown, MutableBytes out) {
  const auto build = [&](std::string_view phrase) {
    Builder builder = Builder::error(out, request);
    builder.add_error_code(code, phrase);
    if (!unknown.empty()) builder.add_unknown_attributes(unknown.list());
    return finish_binding(builder, request);
  };
  const Bytes answer = build(reason(code));
  const std::size_t room = max_answer_size(request.bytes().size(), source.address.unmapped().family());
  return answer.size() <= room ? answer : build("");
}

Bytes finish_binding(Builder builder, const MessageView& request) {
  if (request.fingerprint()) builder.add_fingerprint();
  const auto answer = builder.finish();
  assert(answer);  // `out` is too small: the caller's bug
  return *answer;
}

}  // namespace plntry::stun
