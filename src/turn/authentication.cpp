#include "turn/authentication.hpp"

#include <algorithm>
#include <array>

#include "stun/integrity.hpp"

namespace plntry::turn {
namespace {

using stun::ErrorCode;
using stun::MessageView;
using stun::PasswordAlgorithm;

constexpr std::array kOffered{PasswordAlgorithm::sha256, PasswordAlgorithm::md5};  // the better one first
constexpr Refusal kBadRequest{ErrorCode::bad_request, false, false};
constexpr Refusal kWrong{ErrorCode::unauthenticated, true, true};

struct Choice {
  PasswordAlgorithm algorithm;
  bool by_client;
};

// RFC 8489 §9.2.4: a client that saw our offer repeats it whole, so that nobody in between can have shortened it.
std::optional<Choice> chosen_algorithm(const MessageView& request, SecurityFeatures offered) {
  const auto list = request.password_algorithms();
  const auto one = request.password_algorithm();
  const bool neither =
      list == std::unexpected(stun::AttributeError::absent) && one == std::unexpected(stun::AttributeError::absent);
  if (neither || !offered.password_algorithms) return Choice{PasswordAlgorithm::md5, false};
  if (!list || !one || !one->parameters.empty()) return std::nullopt;
  const auto matches = [](const stun::PasswordAlgorithmValue& given, PasswordAlgorithm ours) {
    return given.algorithm == ours && given.parameters.empty();
  };
  if (!std::ranges::equal(list->list(), kOffered, matches)) return std::nullopt;
  if (std::ranges::find(kOffered, one->algorithm) == kOffered.end()) return std::nullopt;
  return Choice{one->algorithm, true};
}

bool is_signed_with(const MessageView& request, const IntegrityKey& key, bool by_sha256_alone) {
  if (request.message_integrity_sha256()) return has_valid_integrity_sha256(request, key.bytes());
  return !by_sha256_alone && has_valid_integrity(request, key.bytes());
}

}  // namespace

std::expected<Identity, Refusal> Authenticator::authenticate(const MessageView& request, const FiveTuple& from,
                                                             const Owner* owner, WallTime now) const {
  if (!request.message_integrity() && !request.message_integrity_sha256()) {
    return std::unexpected(Refusal{ErrorCode::unauthenticated, true, false});
  }
  const auto username = request.username();
  const auto userhash = request.userhash();
  const auto nonce = request.nonce();
  if (username.has_value() == userhash.has_value() || !request.realm() || !nonce) return std::unexpected(kBadRequest);

  // Before any key is derived: whoever has no nonce of ours may not even be where it says it is.
  const auto offered = nonces_.check(*nonce, from, now);
  if (!offered) return std::unexpected(Refusal{ErrorCode::stale_nonce, true, false});
  const auto choice = chosen_algorithm(request, *offered);
  if (!choice) return std::unexpected(kBadRequest);
  const auto name = username ? std::optional{*username} : credentials_.username_of(*userhash);
  if (!name) return std::unexpected(kWrong);

  Identity identity{*name, choice->algorithm, {}, choice->by_client};
  const auto accepts = [&](const IntegrityKey& key) {
    identity.key = key;
    return is_signed_with(request, key, choice->by_client);
  };
  if (owner && owner->username == *name && owner->algorithm == choice->algorithm) {
    if (accepts(owner->key)) return identity;
    return std::unexpected(kWrong);
  }
  const auto keys = credentials_.keys(*name, choice->algorithm, now);
  if (std::ranges::any_of(keys.list(), accepts)) return identity;
  return std::unexpected(kWrong);
}

void Authenticator::add_challenge(stun::Builder& builder, ErrorCode code, const FiveTuple& to, Detail detail,
                                  WallTime now) const {
  const SecurityFeatures offered = detail.features ? features() : SecurityFeatures{};
  builder.add_error_code(code, detail.reason ? reason(code) : "");
  builder.add_text(stun::Attribute::realm, credentials_.realm());
  builder.add_text(stun::Attribute::nonce, nonces_.issue(to, offered, now).text());
  if (offered.password_algorithms) builder.add_password_algorithms(kOffered);
}

}  // namespace plntry::turn
