// The page's files: embedded in the binary, compressed at build time, or read from a directory while it is developed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plntry::net {

// One file as tools/embed_assets.mjs lays it into the binary. An encoding that does not make it smaller is empty.
struct EmbeddedAsset {
  std::string_view path;
  std::string_view type;
  std::string_view hash;
  bool immutable;  // its name changes with its content
  std::string_view identity;
  std::string_view gzip;
  std::string_view brotli;
};
std::span<const EmbeddedAsset> embedded_assets();

struct Asset {
  std::string_view type;
  std::string etag;           // quoted
  std::string_view encoding;  // empty: as it is
  bool immutable = false;
  std::string_view body;  // embedded, or `owned`
  std::string owned;

  Asset() = default;
  Asset(Asset&& other) noexcept;
  Asset& operator=(Asset&&) = delete;
};

constexpr std::string_view kPage = "index.html";

class Assets {
 public:
  // Serves the embedded files if `root` is empty. Throws std::runtime_error when it is no directory with a page.
  explicit Assets(std::string root);

  // `path` is of the form that `Target::name` has. `accept_encoding` is the request's header.
  std::optional<Asset> find(std::string_view path, std::string_view accept_encoding) const;

 private:
  std::optional<Asset> read(std::string_view path) const;

  std::string root_;
};

// RFC 9110 §12.5.3, as far as a server of two encodings needs it: whether `coding` is named and not refused (q=0).
bool accepts(std::string_view accept_encoding, std::string_view coding);

// RFC 9110 §13.1.2: weak comparison.
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace plntry::net
