import { defineConfig } from 'vite';

// The server that answers /api while the page itself comes from Vite (`npm run dev`).
const server = process.env['PLNTRY_DEV_SERVER'] ?? 'http://localhost:8080';

export default defineConfig({
  // oxc turns the JSX into calls of preact's runtime; no plugin is needed.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // One stylesheet and one script for the first view, both named in the HTML: one round trip of blocking requests.
    cssCodeSplit: false,
    modulePreload: false,
    // A strict Content-Security-Policy allows no data: URLs.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
});
