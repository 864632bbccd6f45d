// What one batch of received packets sends over UDP: neighbours with the same way and the same size leave by one system
// call. Nothing is copied but headers.
#pragma once

#include <array>
#include <cstdint>

#include "net/udp_socket.hpp"

namespace plntry::net {

// What was sent over UDP, and what was not.
struct SendCounters {
  std::uint64_t datagrams = 0;
  std::uint64_t calls = 0;
  std::uint64_t full = 0;  // these three in datagrams
  std::uint64_t too_large = 0;
  std::uint64_t unreachable = 0;

  SendCounters& operator+=(const SendCounters& other);
};

class Outbox {
 public:
  struct Way {
    const UdpSocket* socket = nullptr;
    Endpoint to;
    IpAddress from;  // 0.0.0.0: the kernel chooses
    bool dont_fragment = false;

    friend bool operator==(const Way&, const Way&) = default;
  };
  static constexpr std::size_t kHeaderMax = 64;
  static constexpr std::size_t kPaddingMax = 3;

  explicit Outbox(bool can_segment) : can_segment_(can_segment) {}

  // One datagram: `header`, `data`, `padding` zero octets. `data` and the way's socket are borrowed until `flush`.
  void push(const Way& way, Bytes header, Bytes data, std::size_t padding = 0);
  void flush();

  const SendCounters& counters() const { return counters_; }

 private:
  bool takes(const Way& way, std::size_t size) const;
  void send_each();
  void count(SendResult result, std::size_t datagrams);

  static constexpr std::size_t kDatagramsMax = 64;  // UDP_MAX_SEGMENTS of older kernels
  static constexpr std::size_t kBytesMax = 65'000;

  bool can_segment_;
  Way way_;
  std::size_t datagrams_ = 0;
  std::size_t size_ = 0;    // of the first datagram
  std::size_t bytes_ = 0;   // of all
  bool is_closed_ = false;  // a shorter one is the last
  std::size_t pieces_count_ = 0;
  std::array<iovec, 3 * kDatagramsMax> pieces_;
  std::array<std::array<std::uint8_t, kHeaderMax>, kDatagramsMax> headers_;
  std::array<std::uint8_t, kDatagramsMax> pieces_of_;  // how many pieces each datagram has
  SendCounters counters_;
};

}  // namespace plntry::net
