// A client that is no browser and keeps to no rule: bytes on a TCP connection from an address of its own, so that limits
// that count by address hit the stranger and not the people in the call.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { until } from './until.ts';

const kStrangersAddress = '127.0.0.66';

export class Stranger {
  readonly socket: Socket;
  received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => { this.received = Buffer.concat([this.received, bytes]); });
    socket.on('error', () => undefined);  // being thrown out is what a stranger comes for
  }

  static async connect(port: number): Promise<Stranger> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: kStrangersAddress, allowHalfOpen: true });
    await once(socket, 'connect');
    return new Stranger(socket);
  }

  /** A participant of `room` who upgraded correctly, and may now misbehave. */
  static async joined(port: number, room: string): Promise<Stranger> {
    const stranger = await Stranger.connect(port);
    const request = JSON.stringify({ secret: randomBytes(32).toString('base64url') });
    stranger.send([
      `GET /api/rooms/${room}/join HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Upgrade: websocket', 'Connection: Upgrade',
      'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: plntry.v1, join.${Buffer.from(request).toString('base64url')}`, '', '',
    ].join('\r\n'));
    return stranger;
  }

  send(bytes: string | Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** One masked frame with FIN (RFC 6455 §5.2) of up to 65,535 bytes. */
  sendFrame(opcode: number, payload: Buffer): void {
    const mask = randomBytes(4);
    const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
    const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    this.send(Buffer.concat([Buffer.from([0x80 | opcode]), length, mask, masked]));
  }

  get text(): string { return this.received.toString('latin1'); }

  /** Waits for the welcome, and returns the id that it brings. */
  welcome(): Promise<string> {
    return until('the stranger is welcome', () => /"type":"welcome","you":"([\w-]{22})"/.exec(this.text)?.[1]);
  }

  /** In the close frame that came last (RFC 6455 §5.5.1): nothing follows it, and its payload is short. */
  get closeCode(): number | undefined {
    const at = this.received.lastIndexOf(0x88);
    return at >= 0 && this.received.length - at === 2 + (this.received[at + 1] ?? 0) ? this.received.readUInt16BE(at + 2) : undefined;
  }

  /** The server has ended the connection, for its part at least. */
  get thrownOut(): boolean { return this.socket.readableEnded || this.socket.destroyed; }

  leave(): void { this.socket.destroy(); }
}

/** Bytes that look like nothing, the same in every run. */
export function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, block) => createHash('sha256').update(`${seed} ${block}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}
