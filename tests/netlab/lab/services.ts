// Runs inside a namespace: what a household finds there besides its computers. It prints "ready".
//
//   services.ts '{"dns": {...}, "bridge": {...}, "proxy": {...}}'
import { type Socket as Datagrams, createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';

export interface Services {
  /** Answers on 127.0.0.1 with these addresses for `name`, and with nothing for others. */
  dns?: { name: string; v4?: string; v6?: string; loses?: 'IPv6' | 'every other' };
  /** From the unix socket `path`, which every namespace sees, to a port of the loopback here. */
  bridge?: { path: string; port: number };
  /** An HTTP proxy on this port of every address, for CONNECT to `name` and port 443. */
  proxy?: { port: number; name: string; address: string };
}

const kTtlSeconds = 250;
const kA = 1, kAaaa = 28;

function addressBytes(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): number[] => (text ? text.split(':').map((group) => parseInt(group, 16)) : []);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after].flatMap((group) => [group >> 8, group & 255]);
}

/** The answer to a query with one question (RFC 1035 §4.1), or nothing where the resolver keeps silent. */
function answer(query: Buffer, { name, v4, v6, loses }: NonNullable<Services['dns']>): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  while (at < query.length && query[at] !== 0) {
    const length = query[at] ?? 0;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (end > query.length) return undefined;
  const type = query.readUInt16BE(at + 1);
  if (type === kAaaa && loses === 'IPv6') return undefined;
  const known = labels.join('.').toLowerCase() === name;
  const address = !known ? undefined : type === kA ? v4 : type === kAaaa ? v6 : undefined;
  const header = Buffer.from([...query.subarray(0, 2), 0x81, known ? 0x80 : 0x83, 0, 1, 0, address ? 1 : 0, 0, 0, 0, 0]);
  if (!address) return Buffer.concat([header, query.subarray(12, end)]);
  const bytes = addressBytes(address);
  const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, kTtlSeconds, 0, bytes.length, ...bytes]);
  return Buffer.concat([header, query.subarray(12, end), record]);
}

async function resolver(dns: NonNullable<Services['dns']>): Promise<Datagrams> {
  const socket = createSocket('udp4');
  let queries = 0;
  socket.on('message', (query, from) => {
    if (dns.loses === 'every other' && (queries += 1) % 2 === 1) return;
    const reply = answer(query, dns);
    if (reply) socket.send(reply, from.port, from.address);
  });
  socket.bind(53, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function join(near: Socket, far: Socket): void {
  for (const [from, to] of [[near, far], [far, near]] as const) {
    from.setNoDelay(true).pipe(to);
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
  }
}

async function bridge({ path, port }: NonNullable<Services['bridge']>): Promise<void> {
  await once(createServer((near) => join(near, connect(port, '127.0.0.1'))).listen(path), 'listening');
}

async function proxy({ port, name, address }: NonNullable<Services['proxy']>): Promise<void> {
  const server = createHttpServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, near: Socket) => {
    near.on('error', () => undefined);
    if (request.url !== `${name}:443`) { near.end('HTTP/1.1 403 Forbidden\r\n\r\n'); return; }
    const far = connect(443, address, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n');
      join(near, far);
    });
    far.once('error', () => near.destroy());
  });
  await once(server.listen(port), 'listening');
}

const services = JSON.parse(process.argv[2] ?? '{}') as Services;
const dns = services.dns && await resolver(services.dns);
if (services.bridge) await bridge(services.bridge);
if (services.proxy) await proxy(services.proxy);
// Any line says that the resolver dies; the end, that all is over.
process.stdin.on('data', () => dns?.close()).on('end', () => process.exit());
console.log('ready');
