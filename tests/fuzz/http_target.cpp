// Everything of an HTTP request that we parse ourselves: target, Host, Origin, Accept-Encoding, If-None-Match.
// Each line of the input is one of them.
#include "net/http_target.hpp"

#include <cstdlib>
#include <ranges>
#include <string_view>

#include "base/bytes.hpp"
#include "net/assets.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plntry::net;
  std::string_view previous;
  for (const auto part : std::views::split(plntry::as_text({data, size}), '\n')) {
    const std::string_view line{part.begin(), part.end()};
    const Target target = parse_target(line);
    if (target.route == Route::asset) {  // cannot leave a directory
      require(!target.name.starts_with('/') && !target.name.starts_with('.'));
      require(!target.name.contains("/.") && !target.name.contains("//") && !target.name.contains('\\'));
      require(!target.name.contains('\0') && !target.name.ends_with('/'));
    }
    if (target.route == Route::join || target.route == Route::events) require(!target.name.contains('/'));
    if (const auto host = parse_host(line)) {  // stands in JSON and in a URI as it is
      require(host->find_first_of("\"\\/ \t\r\n@?#") == std::string::npos);
      require(parse_host(*host) == host);
    }
    if (is_same_origin(line, previous)) require(line.starts_with("http"));
    (void)accepts(line, "br");
    (void)matches_etag(line, "\"etag\"");
    previous = line;
  }
  return 0;
}
