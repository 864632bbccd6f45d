// What one batch of received packets sends over UDP. Neighbours with the same way and the same size are joined into a
// run, which the kernel carries as one and cuts at the end; runs out of the same socket leave by one system call.
// Nothing is copied but headers.
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
  static constexpr std::size_t kRunsMax = UdpSocket::kBurstsMax;
  static constexpr std::size_t kDatagramsMax = 128;
  static constexpr std::size_t kRunDatagramsMax = 64;  // UDP_MAX_SEGMENTS of older kernels
  static constexpr std::size_t kRunBytesMax = 65'000;

  struct Run {
    Way way;
    std::size_t first_datagram;
    std::size_t datagrams;
    std::size_t first_piece;
    std::size_t size;   // of the first datagram
    std::size_t bytes;  // of all
    bool is_closed;     // a shorter one is the last
  };

  bool takes(const Run& run, const Way& way, std::size_t size) const;
  Run& run_for(const Way& way, std::size_t size);
  void send_group(std::size_t first, std::size_t last);
  SendResult send_alone(std::size_t run);
  void send_apart(const Run& run);
  void count(SendResult result, std::size_t datagrams);

  bool can_segment_;
  std::size_t runs_count_ = 0;
  std::size_t datagrams_count_ = 0;
  std::size_t pieces_count_ = 0;
  std::array<Run, kRunsMax> runs_;
  std::array<Burst, kRunsMax> bursts_;  // the runs, as the socket takes them
  std::array<iovec, 3 * kDatagramsMax> pieces_;
  std::array<std::array<std::uint8_t, kHeaderMax>, kDatagramsMax> headers_;
  std::array<std::uint8_t, kDatagramsMax> pieces_of_;  // how many pieces each datagram has
  SendCounters counters_;
};

}  // namespace plntry::net
