#include "net/carrier.hpp"

#include <memory>
#include <string>

#include "signaling/frames.hpp"

namespace plntry::net {

void Carrier::refuse(signaling::ErrorCode error, Duration retry_after) {
  enqueue(std::make_shared<const std::string>(signaling::print_error(error, retry_after)));
  enqueue_close(signaling::close_code(error), signaling::describe(error).name);
  flush();
}

}  // namespace plntry::net
