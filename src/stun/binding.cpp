#include "stun/binding.hpp"

#include <array>

#include "stun/builder.hpp"
#include "stun/fingerprint.hpp"

namespace plntry::stun {
namespace {

// RFC 8489's own comprehension-required attributes. Credentials are understood and not asked for (§13).
constexpr std::array kUnderstood{
    Attribute::mapped_address,
    Attribute::username,
    Attribute::message_integrity,
    Attribute::error_code,
    Attribute::unknown_attributes,
    Attribute::realm,
    Attribute::nonce,
    Attribute::message_integrity_sha256,
    Attribute::password_algorithm,
    Attribute::userhash,
    Attribute::xor_mapped_address,
};

Bytes finish(Builder builder, const MessageView& request) {
  if (request.fingerprint()) builder.add_fingerprint();
  const auto answer = builder.finish();
  assert(answer);  // `out` is too small: the caller's bug
  return *answer;
}

Bytes refuse_unknown(const MessageView& request, const UnknownAttributes& unknown, std::size_t max_size,
                     MutableBytes out) {
  const auto build = [&](std::string_view phrase) {
    Builder builder = Builder::error(out, request);
    builder.add_error_code(ErrorCode::unknown_attribute, phrase);
    builder.add_unknown_attributes(unknown.list());
    return finish(builder, request);
  };
  const Bytes answer = build(reason(ErrorCode::unknown_attribute));
  return answer.size() <= max_size ? answer : build("");
}

}  // namespace

std::size_t max_answer_size(std::size_t request_size, IpFamily family) {
  const std::size_t headers = (family == IpFamily::v4 ? 20 : 40) + 8;
  return (request_size + headers) * 8 / 5 - headers;
}

std::expected<Bytes, Ignored> handle_binding(Bytes datagram, const Endpoint& source, MutableBytes out) {
  const auto message = MessageView::parse(datagram);
  if (!message) {
    return std::unexpected(message.error() == ParseError::not_stun ? Ignored::not_stun : Ignored::malformed);
  }
  if (message->message_class() != Class::request) return std::unexpected(Ignored::not_a_request);
  if (message->method() != Method::binding) return std::unexpected(Ignored::unknown_method);
  if (check_fingerprint(*message) == FingerprintCheck::wrong) return std::unexpected(Ignored::wrong_fingerprint);
  return answer_binding(*message, source, out);
}

Bytes answer_binding(const MessageView& request, const Endpoint& source, MutableBytes out) {
  const Endpoint mapped{source.address.unmapped(), source.port};
  if (const auto unknown = request.not_understood(kUnderstood); !unknown.empty()) {
    return refuse_unknown(request, unknown, max_answer_size(request.bytes().size(), mapped.address.family()), out);
  }
  Builder builder = Builder::success(out, request);
  builder.add_xor_address(Attribute::xor_mapped_address, mapped);
  return finish(builder, request);
}

}  // namespace plntry::stun
