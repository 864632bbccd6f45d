// Lays the built page into the binary: embed_assets.mjs DIST OUT.cpp OUT.bin
//
// OUT.bin holds every file as it is, as gzip and as brotli; OUT.cpp takes it in with .incbin (compiling a byte array
// would take seconds) and lists what stands where. Without a built page, a page that says how to build it goes in.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [dist, sourcePath, blobPath] = process.argv.slice(2);

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".mp3": "audio/mpeg",
  ".txt": "text/plain; charset=utf-8",
};

const placeholder = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>plntry</title>
<h1>This plntry was built without its page</h1>
<p>The server works, but there is nothing to call with. Build the page, then the program again:</p>
<pre>tools/build-web
tools/build release</pre>
</html>
`;

function filesOf(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

function readAssets() {
  if (!existsSync(join(dist, "index.html"))) return [{ path: "index.html", content: Buffer.from(placeholder) }];
  return filesOf(dist)
    .filter((file) => statSync(file).isFile() && extname(file) !== ".map")
    .map((file) => ({ path: relative(dist, file).split(sep).join("/"), content: readFileSync(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1)); // by bytes: the server searches the list by halves
}

function sha256(...pieces) {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece).update("\0");
  return hash.digest("base64url");
}

// Of worth only if it spares a tenth: what is compressed already stays as it is.
function ifSmaller(compressed, content) {
  return compressed.length < content.length * 0.9 ? compressed : Buffer.alloc(0);
}

function encodings(content) {
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  return [content, ifSmaller(gzipSync(content, { level: 9 }), content), ifSmaller(brotli, content)];
}

const assets = readAssets();
const stamp = `// ${sha256(readFileSync(process.argv[1]), blobPath, ...assets.flatMap((a) => [a.path, a.content]))}\n`;
if (existsSync(sourcePath) && existsSync(blobPath) && readFileSync(sourcePath, "utf8").startsWith(stamp)) {
  process.exit(0);
}

const blobs = [];
let size = 0;
const rows = assets.map(({ path, content }) => {
  const views = encodings(content).map((blob) => {
    const view = `view(${size}, ${blob.length})`;
    blobs.push(blob);
    size += blob.length;
    return view;
  });
  const type = types[extname(path)] ?? "application/octet-stream";
  const immutable = /^assets\/.+-[\w-]{8,}\.\w+$/.test(path); // Vite puts a hash of the content into these names
  const strings = [path, type, sha256(content).slice(0, 22)].map((text) => JSON.stringify(text));
  return `    {${[...strings, immutable, ...views].join(", ")}},`;
});

writeFileSync(blobPath, Buffer.concat(blobs));
writeFileSync(
  sourcePath,
  `${stamp}// Made by tools/embed_assets.mjs.
#include <array>
#include <cstddef>
#include <string_view>

#include "net/assets.hpp"

asm(".pushsection .rodata\\n"
    ".global plntry_asset_bytes\\n"
    "plntry_asset_bytes:\\n"
    ".incbin ${JSON.stringify(JSON.stringify(blobPath)).slice(1, -1)}\\n"
    ".byte 0\\n"
    ".popsection\\n");

extern "C" const char plntry_asset_bytes[];

namespace plntry::net {

std::span<const EmbeddedAsset> embedded_assets() {
  static const auto view = [](std::size_t at, std::size_t size) {
    return std::string_view{plntry_asset_bytes + at, size};
  };
  static const std::array<EmbeddedAsset, ${rows.length}> kAssets{{
${rows.join("\n")}
  }};
  return kAssets;
}

}  // namespace plntry::net
`,
);
