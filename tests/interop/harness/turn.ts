// A TURN client over UDP that says whatever it is told to, the forbidden included (RFC 8489, RFC 8656).
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { sleep } from '../../e2e/harness/until.ts';

export const kMethod = { binding: 1, allocate: 3, refresh: 4, send: 6, createPermission: 8, channelBind: 9 } as const;
const kAttribute = {
  username: 0x0006, integrity: 0x0008, error: 0x0009, channel: 0x000c, lifetime: 0x000d, peer: 0x0012, data: 0x0013,
  realm: 0x0014, nonce: 0x0015, relayed: 0x0016, family: 0x0017, transport: 0x0019,
} as const;
const kCookie = 0x2112a442;

export interface Peer { address: string; port: number }
type Attribute = [type: number, value: Buffer];

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high?: string, low?: string): string => (Number(high) * 256 + Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}` : address;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const end = tail === undefined ? [] : groups(tail);
  const start = groups(head);
  const all = [...start, ...Array.from({ length: 8 - start.length - end.length }, () => '0'), ...end];
  return Buffer.from(all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}

function xorAddress({ address, port }: Peer, id: Buffer): Buffer {
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(kCookie);
  const key = Buffer.concat([mask, id]);
  const bytes = bytesOf(address).map((byte, index) => byte ^ (key[index] ?? 0));
  const value = Buffer.alloc(4);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (kCookie >>> 16), 2);
  return Buffer.concat([value, bytes]);
}

function encode([type, value]: Attribute): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - value.length % 4) % 4)]);
}

function message(type: number, id: Buffer, attributes: Attribute[], key?: Buffer): Buffer {
  const body = Buffer.concat(attributes.map(encode));
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(body.length + (key ? 24 : 0), 2);
  header.writeUInt32BE(kCookie, 4);
  const all = Buffer.concat([header, id, body]);
  if (!key) return all;
  return Buffer.concat([all, encode([kAttribute.integrity, createHmac('sha1', key).update(all).digest()])]);
}

export class Answer {
  readonly bytes: Buffer;
  constructor(bytes: Buffer) { this.bytes = bytes; }
  find(type: number): Buffer | undefined {
    for (let at = 20; at + 4 <= this.bytes.length;) {
      const size = this.bytes.readUInt16BE(at + 2);
      if (this.bytes.readUInt16BE(at) === type) return this.bytes.subarray(at + 4, at + 4 + size);
      at += 4 + size + (4 - size % 4) % 4;
    }
    return undefined;
  }
  /** 0 for a success. */
  get code(): number {
    const value = this.find(kAttribute.error);
    return value ? (value[2] ?? 0) * 100 + (value[3] ?? 0) : 0;
  }
  get relayedPort(): number { return (this.find(kAttribute.relayed)?.readUInt16BE(2) ?? 0) ^ (kCookie >>> 16); }
}

export class TurnClient {
  readonly socket: Socket;
  /** ChannelData and Data indications, as they came. */
  readonly data: Buffer[] = [];
  relayedPort = 0;
  private readonly server: Peer;
  private readonly user: string;
  private readonly password: string;
  private readonly waiting = new Map<string, (answer: Buffer) => void>();
  private realm = '';
  private nonce = Buffer.alloc(0);

  constructor(server: Peer, user: string, password: string) {
    this.server = server;
    this.user = user;
    this.password = password;
    this.socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    this.socket.unref();  // a test that fails must end
    this.socket.on('error', () => undefined);
    this.socket.on('message', (bytes) => {
      const answered = (bytes[0] ?? 0) < 0x40 ? this.waiting.get(bytes.subarray(8, 20).toString('hex')) : undefined;
      if (answered) answered(bytes);
      else this.data.push(Buffer.from(bytes));
    });
  }

  async bind(local?: string): Promise<void> {
    this.socket.bind(0, local);
    await once(this.socket, 'listening');
  }

  send(bytes: Buffer): void { this.socket.send(bytes, this.server.port, this.server.address); }

  /** What answers `bytes`, sent again like a STUN client would; nothing if nothing does within `patienceMs`. */
  async exchange(bytes: Buffer, patienceMs = 5_000): Promise<Answer | undefined> {
    const id = bytes.subarray(8, 20).toString('hex');
    let answer: Buffer | undefined;
    this.waiting.set(id, (got) => { answer ??= got; });
    const deadline = Date.now() + patienceMs;
    for (let round = 0; !answer && Date.now() < deadline; round += 1) {
      if (round % 50 === 0) this.send(bytes);
      await sleep(round < 20 ? 2 : 10);
    }
    this.waiting.delete(id);
    return answer && new Answer(answer);
  }

  async request(method: number, attributes: Attribute[] | ((id: Buffer) => Attribute[]), patienceMs?: number): Promise<Answer | undefined> {
    const id = randomBytes(12);
    const own = typeof attributes === 'function' ? attributes(id) : attributes;
    if (this.nonce.length === 0) return this.exchange(message(method, id, own), patienceMs);
    const key = createHash('md5').update(`${this.user}:${this.realm}:${this.password}`).digest();
    const identity: Attribute[] = [
      [kAttribute.username, Buffer.from(this.user)], [kAttribute.realm, Buffer.from(this.realm)], [kAttribute.nonce, this.nonce],
    ];
    return this.exchange(message(method, id, [...own, ...identity], key), patienceMs);
  }

  /** Allocates an address of `family`, through the 401. */
  async allocate(family: 4 | 6 = 4): Promise<Answer | undefined> {
    const wish: Attribute[] = [
      [kAttribute.transport, Buffer.from([17, 0, 0, 0])], [kAttribute.family, Buffer.from([family === 4 ? 1 : 2, 0, 0, 0])],
    ];
    const challenge = await this.request(kMethod.allocate, wish);
    const nonce = challenge?.find(kAttribute.nonce);
    if (challenge?.code !== 401 || !nonce) return challenge;
    this.nonce = Buffer.from(nonce);
    this.realm = challenge.find(kAttribute.realm)?.toString() ?? '';
    const answer = await this.request(kMethod.allocate, wish);
    this.relayedPort = answer?.relayedPort ?? 0;
    return answer;
  }

  refresh(lifetimeS: number): Promise<Answer | undefined> {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(lifetimeS);
    return this.request(kMethod.refresh, [[kAttribute.lifetime, value]]);
  }

  permit(...peers: Peer[]): Promise<Answer | undefined> {
    return this.request(kMethod.createPermission, (id) => peers.map((peer) => [kAttribute.peer, xorAddress(peer, id)]));
  }

  bindChannel(number: number, peer: Peer): Promise<Answer | undefined> {
    return this.request(kMethod.channelBind, (id) => [
      [kAttribute.channel, Buffer.from([number >> 8, number & 0xff, 0, 0])], [kAttribute.peer, xorAddress(peer, id)],
    ]);
  }

  sendIndication(peer: Peer, data: Buffer): void {
    const id = randomBytes(12);
    this.send(message(kMethod.send | 0x10, id, [[kAttribute.peer, xorAddress(peer, id)], [kAttribute.data, data]]));
  }

  sendOnChannel(number: number, data: Buffer): void {
    const header = Buffer.alloc(4);
    header.writeUInt16BE(number, 0);
    header.writeUInt16BE(data.length, 2);
    this.send(Buffer.concat([header, data]));
  }

  close(): void { this.socket.close(); }
}

/** A request that nobody has signed; `pad` makes it as long as a SOFTWARE attribute of that many octets does. */
export function unsigned(method: number, pad = 0): Buffer {
  const wish: Attribute[] = method === kMethod.allocate ? [[kAttribute.transport, Buffer.from([17, 0, 0, 0])]] : [];
  return message(method, randomBytes(12), pad > 0 ? [...wish, [0x8022, Buffer.alloc(pad, 'x')]] : wish);
}
