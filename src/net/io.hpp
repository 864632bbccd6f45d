// The outcome of one attempt to move bytes without waiting.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plntry::net {

struct Io {
  enum class Status : std::uint8_t {
    done,
    wants_read,   // try again when the socket is readable
    wants_write,  // … is writable; what `bytes` counts has been taken all the same
    closed,       // by the other side or an error: nothing goes either way any more
  };

  std::size_t bytes = 0;
  Status status = Status::done;

  bool is_blocked() const { return status == Status::wants_read || status == Status::wants_write; }
  bool is_closed() const { return status == Status::closed; }
};

}  // namespace plntry::net
