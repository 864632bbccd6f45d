// A router as a platform like Heroku puts it before a program: it ends TLS, passes requests and WebSocket upgrades on with
// the Host header as it came and `X-Forwarded-…` beside it, and cuts a connection on which nothing was said for a while.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, request } from 'node:http';
import { type Server as Listener, createServer } from 'node:https';
import { type Socket, connect } from 'node:net';
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

export class Router {
  readonly origin: string;
  /** WebSockets that it cut because nothing was said on them. */
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
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }

  private forwardUpgrade(incoming: IncomingMessage, near: Socket, head: Buffer): void {
    this.upgrades += 1;
    const far = connect(this.serverPort, '127.0.0.1');
    this.keep(far);
    const lines = Object.entries(this.headers(incoming)).map(([name, value]) => `${name}: ${String(value)}`);
    far.write([`GET ${incoming.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    far.write(head);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    this.cutWhenIdle(near, far);
  }

  private cutWhenIdle(near: Socket, far: Socket): void {
    let timer: NodeJS.Timeout;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.cuts += 1;
        near.destroy();
        far.destroy();
      }, this.idleMs);
    };
    heard();
    for (const socket of [near, far]) socket.on('data', heard).on('close', () => clearTimeout(timer));
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
