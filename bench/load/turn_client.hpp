// One client's side of RFC 8656, pure: bytes in and out. It allocates (the 401 included), then opens the way to one
// peer, with a channel or only a permission.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/endpoint.hpp"
#include "base/random.hpp"
#include "stun/types.hpp"

namespace plntry::bench {

struct Account {
  std::string user;
  std::string password;
};

// The one channel of each client.
inline constexpr std::uint16_t kChannel = 0x4001;

class TurnClient {
 public:
  TurnClient(const Account& account, Random& random) : account_(account), random_(random) {}

  // The request that leads on from where the client is; borrows `out`. Until it is allocated that is an Allocate,
  // then what opens the way to `peer`.
  Bytes request(MutableBytes out, const Endpoint& peer, bool with_channel);
  // Takes `message` if it answers the last request. Anything but success, or a first 401, ends the program.
  bool handle(Bytes message);

  bool is_allocated() const { return relayed_.has_value(); }
  bool is_open() const { return is_open_; }
  const Endpoint& relayed() const { return *relayed_; }

 private:
  const Account& account_;
  Random& random_;
  stun::TransactionId id_{};
  std::string realm_;
  std::string nonce_;
  Md5 key_{};
  std::optional<Endpoint> relayed_;
  bool is_open_ = false;
};

}  // namespace plntry::bench
