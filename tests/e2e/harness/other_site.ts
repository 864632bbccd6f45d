// Somebody else's site: a page of another origin, with the call package as a bundler makes a library of it, and nothing of
// plntry's own page. It shows what `CallPage` looks for.
import { once } from 'node:events';
import { type Server as Listener, createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { freePort } from './server.ts';

const fromWeb = createRequire(join(import.meta.dirname, '../../../web/package.json'));

/** One file out of `plntry-call`, found by its name as a dependency is. */
async function bundle(): Promise<string> {
  const { build } = await import(fromWeb.resolve('vite')) as typeof import('vite');
  const built = await build({
    configFile: false, logLevel: 'warn',
    build: { write: false, lib: { entry: fromWeb.resolve('plntry-call'), formats: ['es'], fileName: 'plntry-call' } },
  });
  const [output] = Array.isArray(built) ? built : [];
  const [chunk, ...others] = output?.output ?? [];
  if (chunk?.type !== 'chunk' || others.length > 0) throw new Error('expected one script');
  return chunk.code;
}

const kPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Another site</title><link rel="icon" href="data:,">
<body data-view="lobby"><button id="join">Join</button><button id="leave">Leave</button><main></main>
<script type="module">
import { joinCall } from '/plntry-call.js';

const [join, leave, main] = ['#join', '#leave', 'main'].map((name) => document.querySelector(name));
join.onclick = async () => {
  const camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [[audio], [video]] = [camera.getAudioTracks(), camera.getVideoTracks()];
  const call = joinCall(decodeURIComponent(location.hash.slice(1)), { media: { audio, video } });
  call.on('change', () => {
    document.body.dataset.view = { 'in-call': 'call', ended: 'left' }[call.state.kind] ?? call.state.kind;
    const shown = new Map([...main.children].map((element) => [element.dataset.participant, element]));
    main.replaceChildren(...call.participants.map(({ id, stream }) => shown.get(id) ?? show(id, stream)));
  });
  leave.onclick = () => call.leave();
};
function show(id, stream) {
  const element = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, srcObject: stream });
  element.dataset.participant = id;
  return element;
}
</script></body></html>`;

export class OtherSite {
  readonly origin: string;
  private readonly listener: Listener;

  private constructor(port: number, listener: Listener) {
    this.origin = `http://127.0.0.1:${port}`;
    this.listener = listener;
  }

  static async open(): Promise<OtherSite> {
    const script = await bundle();
    const port = await freePort();
    const listener = createServer((request, response) => {
      const isScript = request.url === '/plntry-call.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : kPage);
    }).listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return new OtherSite(port, listener);
  }

  /** The site's page for this room's link. */
  pageFor(link: string): string { return `${this.origin}/#${encodeURIComponent(link)}`; }

  async close(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    this.listener.closeAllConnections();
    await closed;
  }
}
