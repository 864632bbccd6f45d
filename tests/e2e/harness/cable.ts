// A network cable between browsers and the server: a TCP proxy that can be cut and mended, listened to, and tampered with.
import { once } from 'node:events';
import { type Server as Listener, type Socket, connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { freePort } from './server.ts';

/** Of the bytes of one connection, a piece at a time as it comes from the socket. */
type Change = (bytes: Buffer) => Buffer;

export class Cable {
  readonly origin: string;
  private readonly port: number;
  private readonly serverPort: number;
  private readonly sockets = new Set<Socket>();
  private listener: Listener | undefined;
  /** What each connection's browser has sent, while somebody listens. */
  private recording: Buffer[][] | undefined;
  private makeChange: (() => Change) | undefined;

  private constructor(port: number, serverPort: number) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.serverPort = serverPort;
  }

  static async lay(serverPort: number): Promise<Cable> {
    const cable = new Cable(await freePort(), serverPort);
    await cable.mend();
    return cable;
  }

  async mend(): Promise<void> {
    this.listener = createServer((near) => {
      const far = connect(this.serverPort, '127.0.0.1');
      if (this.recording) {
        const sent: Buffer[] = [];
        this.recording.push(sent);
        near.on('data', (bytes: Buffer) => sent.push(bytes));
      }
      for (const [from, to] of [[near, far], [far, near]] as const) {
        this.sockets.add(from);
        from.setNoDelay(true);
        if (from === far) from.pipe(this.changing()).pipe(to);
        else from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => { this.sockets.delete(from); to.destroy(); });
      }
    }).listen(this.port, '127.0.0.1');
    await once(this.listener, 'listening');
  }

  /** Keeps what browsers send over connections that are made from now on. The returned function gives it, a buffer for each. */
  listenIn(): () => Buffer[] {
    const recording: Buffer[][] = [];
    this.recording = recording;
    return () => recording.map((sent) => Buffer.concat(sent));
  }

  /** What the server sends over connections that are made from now on is changed, each by a change of its own. */
  tamper(makeChange: () => Change): void { this.makeChange = makeChange; }

  private changing(): Transform {
    const change = this.makeChange?.() ?? ((bytes: Buffer) => bytes);
    return new Transform({ transform: (bytes: Buffer, _encoding, done) => done(null, change(bytes)) });
  }

  /** Every connection dies, and no new one comes up before `mend`. */
  async cut(): Promise<void> {
    const listener = this.listener;
    if (!listener) return;
    this.listener = undefined;
    const closed = once(listener, 'close');
    listener.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
