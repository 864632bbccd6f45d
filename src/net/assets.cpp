#include "net/assets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plntry::net {
namespace {

constexpr std::size_t kFileBytesMax = 64 << 20;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".mp3", "audio/mpeg"},
    {".map", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
}};

std::string_view type_of(std::string_view path) {
  for (const auto& [extension, type] : kTypes) {
    if (path.ends_with(extension)) return type;
  }
  return "application/octet-stream";
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// A file descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// Opens segment by segment and follows no symbolic link, so that nothing outside of the root is reached.
File open_beneath(const std::string& root, std::string_view path) {
  File at{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  while (at.get() >= 0 && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string segment{path.substr(0, slash)};
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (segment.empty() || segment.front() == '.') return File{-1};
    at = File{::openat(at.get(), segment.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  }
  return at;
}

}  // namespace

Asset::Asset(Asset&& other) noexcept
    : type(other.type), etag(std::move(other.etag)), encoding(other.encoding), immutable(other.immutable) {
  const bool embedded = other.owned.empty();
  owned = std::move(other.owned);
  body = embedded ? other.body : std::string_view{owned};
}

Assets::Assets(std::string root) : root_(std::move(root)) {
  if (!root_.empty() && !read(kPage)) {
    throw std::runtime_error(
        root_ + " holds no " + std::string{kPage} +
        ", so there is no page to serve. Give --web-root the directory that `npm run build` made.");
  }
}

std::optional<Asset> Assets::find(std::string_view path, std::string_view accept_encoding) const {
  if (!root_.empty()) return read(path);
  const auto all = embedded_assets();
  const auto found = std::ranges::lower_bound(all, path, {}, &EmbeddedAsset::path);
  if (found == all.end() || found->path != path) return std::nullopt;
  Asset asset;
  asset.type = found->type;
  asset.immutable = found->immutable;
  asset.body = found->identity;
  if (!found->brotli.empty() && accepts(accept_encoding, "br")) {
    asset.encoding = "br";
    asset.body = found->brotli;
  } else if (!found->gzip.empty() && accepts(accept_encoding, "gzip")) {
    asset.encoding = "gzip";
    asset.body = found->gzip;
  }
  // RFC 9110 §8.8.3.3: each encoding has its own.
  asset.etag = '"' + std::string{found->hash} + (asset.encoding.empty() ? "" : "-") + std::string{asset.encoding} + '"';
  return asset;
}

std::optional<Asset> Assets::read(std::string_view path) const {
  const File file = open_beneath(root_, path);
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kFileBytesMax) return std::nullopt;

  Asset asset;
  asset.owned.resize(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::read(file.get(), asset.owned.data() + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;  // it shrank while it was read
    filled += static_cast<std::size_t>(count);
  }
  asset.owned.resize(filled);
  asset.type = type_of(path);
  asset.etag = '"' + std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec) + '"';
  asset.body = asset.owned;
  return asset;
}

bool accepts(std::string_view accept_encoding, std::string_view coding) {
  for (const auto part : std::views::split(accept_encoding, ',')) {
    const std::string_view item{part.begin(), part.end()};
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (trim(item.substr(0, semicolon)) != coding) continue;
    const std::string_view weight = trim(item.substr(std::min(semicolon + 1, item.size())));
    return !weight.starts_with("q=0") || weight.find_first_of("123456789", 3) != std::string_view::npos;
  }
  return false;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  for (const auto part : std::views::split(if_none_match, ',')) {
    std::string_view item = trim(std::string_view{part.begin(), part.end()});
    if (item == "*") return true;
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag) return true;
  }
  return false;
}

}  // namespace plntry::net
