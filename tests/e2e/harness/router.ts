// A router as a platform like Heroku puts it before a program: it ends TLS, passes requests and WebSocket upgrades on with
// the Host header as it came and `X-Forwarded-…` beside it, and cuts a connection on which nothing was said for a while.
// It can also treat WebSockets as some companies' proxies do.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, request } from 'node:http';
import { type Server as Listener, createServer } from 'node:https';
import { type Socket, connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './server.ts';

/** Good for 127.0.0.1 for a day, and signed by nobody. */
async function makeCertificate(): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'plntry-router-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    await promisify(execFile)('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
      '-keyout', key, '-out', cert, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
    ]);
    return { key: await readFile(key), cert: await readFile(cert) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `refused`: an upgrade is answered with an error. `stripped`: it is passed on as if none had been asked for. `swallowed`: it comes up, and no frame passes. */
export type WebSocketFate = 'passed' | 'refused' | 'stripped' | 'swallowed';

export class Router {
  readonly origin: string;
  /** What becomes of WebSockets that are opened from now on. */
  webSockets: WebSocketFate = 'passed';
  /** WebSockets and answers that it cut because nothing was said on them. */
  cuts = 0;
  /** WebSockets that it passed on. */
  upgrades = 0;
  private readonly serverPort: number;
  private readonly idleMs: number;
  private readonly listener: Listener;
  private readonly sockets = new Set<Socket>();

  private constructor(port: number, serverPort: number, idleMs: number, listener: Listener) {
    this.origin = `https://127.0.0.1:${port}`;
    this.serverPort = serverPort;
    this.idleMs = idleMs;
    this.listener = listener;
    listener.on('request', (incoming, outgoing) => this.forward(incoming, outgoing));
    listener.on('upgrade', (incoming, near: Socket, head) => this.forwardUpgrade(incoming, near, head));
    listener.on('connection', (socket: Socket) => this.keep(socket));
  }

  static async start(serverPort: number, idleMs = 55_000): Promise<Router> {
    const port = await freePort();
    const listener = createServer(await makeCertificate());
    const router = new Router(port, serverPort, idleMs, listener);
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return router;
  }

  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url } = incoming;
    const onward = request(
      { host: '127.0.0.1', port: this.serverPort, ...(method ? { method } : {}), path: url ?? '/', headers: this.headers(incoming) },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
        this.cutWhenIdle([answer], [outgoing]);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  private forwardUpgrade(incoming: IncomingMessage, near: Socket, head: Buffer): void {
    if (this.webSockets === 'refused') {
      near.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.upgrades += 1;
    const far = connect(this.serverPort, '127.0.0.1');
    this.keep(far);
    const headers = this.headers(incoming);
    if (this.webSockets === 'stripped') {
      delete headers['upgrade'];
      headers['connection'] = 'close';
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
    far.write([`GET ${incoming.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    if (this.webSockets === 'swallowed') return this.swallow(near, far);
    far.write(head);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    this.cutWhenIdle([near, far], [near, far]);
  }

  /** The server's 101 passes, and nothing after it; neither end is told. */
  private swallow(near: Socket, far: Socket): void {
    far.once('data', (bytes: Buffer) => near.write(bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4)));
    far.on('data', () => undefined);
    near.on('data', () => undefined);
    near.on('close', () => far.destroy());
  }

  private cutWhenIdle(heard: readonly Readable[], whole: readonly Writable[]): void {
    let timer: NodeJS.Timeout;
    const restart = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.cuts += 1;
        for (const stream of whole) stream.destroy();
      }, this.idleMs);
    };
    restart();
    for (const stream of heard) stream.on('data', restart).on('close', () => clearTimeout(timer));
  }

  private headers(incoming: IncomingMessage): NodeJS.Dict<string | string[]> {
    return {
      ...incoming.headers,
      'x-forwarded-for': incoming.socket.remoteAddress ?? '',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': new URL(this.origin).port,
      via: '1.1 router',
    };
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }
}
