// DTLS 1.2 for STUN and TURN (RFC 7350, RFC 6347) on one UDP socket of one loop. Nothing is remembered of a client
// before it has shown, with a cookie, that it receives at the address it speaks from.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/connection_limits.hpp"
#include "net/metrics.hpp"
#include "net/tls.hpp"
#include "net/turn_loop.hpp"

namespace plntry::net {

// RFC 7983 §7: told from STUN (0 to 3) and ChannelData (64 to 79) by the first byte.
constexpr bool is_dtls(Bytes datagram) { return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63; }

class Dtls final : public Ticked {
 public:
  struct Config {
    Duration handshake_timeout = 10s;
    Duration idle_timeout = 30s;  // between messages, while there is no allocation
  };

  // All of these outlive it.
  Dtls(TurnLoop& turn, const UdpSocket& socket, const Tls& tls, ConnectionLimits& limits, const Config& config,
       Metrics& metrics);
  ~Dtls() override;

  bool is_on() const { return tls_.is_on(); }
  // If it is: `datagram` is of the client at the other end of `flow`, whose transport is DTLS. What comes out of it is
  // borrowed from here until `TurnLoop::finish_batch`.
  void handle_datagram(const turn::FiveTuple& flow, Bytes datagram, Now now);

  void handle_tick(TimePoint now) override;

  // What every context for datagrams needs, once.
  static void set_cookies(SSL_CTX& context);

 private:
  class Session;
  // What is between OpenSSL and the socket: the one datagram in hand, and the way back.
  struct Link {
    Dtls& dtls;
    turn::FiveTuple flow;
    Bytes incoming;
  };
  using Sessions = std::unordered_map<turn::FiveTuple, std::unique_ptr<Session>, turn::FiveTupleHash>;

  struct Association {
    std::unique_ptr<Link> link;
    SslOwner ssl;
  };

  static const BIO_METHOD* bio_method();
  static int receive(BIO* bio, char* out, int size);
  static int transmit(BIO* bio, const char* data, int size);
  static long control(BIO* bio, int command, long number, void* pointer);
  static int make_cookie(SSL* ssl, unsigned char* cookie, unsigned* size);
  static int check_cookie(SSL* ssl, const unsigned char* cookie, unsigned size);

  std::array<std::uint8_t, 32> cookie_of(const turn::FiveTuple& flow) const;
  Association prepare();
  void greet(const turn::FiveTuple& flow, Bytes datagram, Now now);
  MutableBytes room();
  void end(Sessions::iterator session, Now now);

  TurnLoop& turn_;
  const UdpSocket& socket_;
  const Tls& tls_;
  ConnectionLimits& limits_;
  const Config& config_;
  Metrics& metrics_;
  std::array<std::uint8_t, 32> cookie_key_;
  Association listener_;  // answers those who have no session yet, one after the other
  Tls::Context listener_context_;
  Sessions sessions_;
  std::vector<std::uint8_t> plaintext_;  // of a batch
  std::size_t plaintext_used_ = 0;
};

}  // namespace plntry::net
