#include "net/stun_stream.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "net/clock.hpp"
#include "stun/binding.hpp"
#include "stun/stream_framer.hpp"

namespace plntry::net {

Awaitable<> serve_stun(std::shared_ptr<Connection> connection, StunStreamConfig config, Metrics& metrics) {
  stun::StreamFramer framer({.max_message_size = config.message_bytes_max, .read_size = config.message_bytes_max});
  std::array<std::uint8_t, stun::kMaxBindingAnswerSize> buffer;
  Stream& stream = connection->stream;
  for (;;) {
    // Also bounds how long an answer may take to be sent: no new message is read before that.
    connection->deadline = now().mono + config.idle_timeout;
    auto message = framer.next();
    while (message && !*message) {
      const MutableBytes space = framer.space();
      const auto [read_error, size] =
          co_await stream.async_read_some(asio::buffer(space.data(), space.size()), asio::as_tuple(kAwait));
      if (read_error) co_return;
      framer.commit(size);
      message = framer.next();
    }
    const auto answer = message ? stun::handle_binding(**message, connection->remote, buffer)
                                : std::unexpected(stun::Ignored::not_stun);
    if (!answer) {
      metrics.stun_tcp_dropped += 1;
      co_return;
    }
    const auto [write_error, written] =
        co_await asio::async_write(stream, asio::buffer(answer->data(), answer->size()), asio::as_tuple(kAwait));
    if (write_error) co_return;
    metrics.stun_tcp_answered += 1;
  }
}

}  // namespace plntry::net
