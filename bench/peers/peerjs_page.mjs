// Serves the smallest page that makes a call with the peerjs client: peerjs_page.mjs ADDRESS PORT
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

const [address, port] = process.argv.slice(2);
const file = (path, type) => ({ type, body: gzipSync(readFileSync(new URL(path, import.meta.url)), { level: 9 }) });
const files = {
  "/": file("peerjs_page.html", "text/html; charset=utf-8"),
  "/peerjs.min.js": file("../node_modules/peerjs/dist/peerjs.min.js", "text/javascript"),
};

createServer((request, response) => {
  const found = files[new URL(request.url, "http://page").pathname];
  if (!found) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": found.type, "content-encoding": "gzip", "content-length": found.body.length });
  response.end(found.body);
}).listen(Number(port), address);
