// The server's part of docs/protocol.md §12, and what a page sees of it: a stream is a connection like any other, and each
// post travels by itself.

import type { Exchange } from '../../web/call/src/environment.ts';
import type { Connection, Network } from './network.ts';

const pingInterval = 20_000;

export class Events {
  readonly #network: Network;
  readonly #streams = new Map<string, Stream>();

  constructor(network: Network) {
    this.#network = network;
  }

  post(owner: string, url: string, body: string): Exchange {
    if (url.endsWith('/events')) return this.#open(owner, url, body);
    const exchange = new ModelExchange();
    const [, token = '', number = '', lengths = '', frames = ''] = /^(\S+) (\d+)((?: \d+)*)\n(.*)$/s.exec(body) ?? [];
    const stream = this.#streams.get(token);
    const arrive = () => {
      // Through a network that is gone nothing comes, and nothing is said of that.
      if (stream?.connection.isDead) return;
      const status = this.#network.listener.isUp ? (stream?.take(Number(number), cut(frames, lengths)) ?? 404) : 0;
      this.#later(() => exchange.answer(status));
    };
    this.#later(arrive);
    // Somebody on the way does not know whether it arrived.
    if (this.#network.random.chance(0.05)) this.#later(arrive);
    return exchange;
  }

  #open(owner: string, url: string, body: string): Exchange {
    const connection = this.#network.connect(owner, url, body.split(', '));
    const stream = new Stream(this.#network, connection);
    this.#streams.set(stream.token, stream);
    return stream.exchange;
  }

  #later(callback: () => void): void {
    const { clock, random, maxDelay } = this.#network;
    clock.after(random.integer(0, maxDelay), callback);
  }
}

class Stream {
  readonly connection: Connection;
  readonly exchange: ModelExchange;
  readonly token: string;
  readonly #network: Network;
  #posts = 0;

  constructor(network: Network, connection: Connection) {
    this.connection = connection;
    this.token = `token${connection.number}`;
    this.#network = network;
    this.exchange = new ModelExchange(() => connection.close());
    connection.onopen = () => {
      this.exchange.onhead?.(200);
      this.#tell('open', { token: this.token });
      this.#ping();
    };
    connection.onmessage = ({ data }) => this.#tell('message', data);
    connection.onclose = ({ code }) => {
      if (code !== 1006) this.#tell('close', { code });
      this.exchange.onend?.();
    };
  }

  take(number: number, frames: readonly string[]): number {
    if (!this.connection.isOpen) return 404;
    if (number > this.#posts + 1) return 409;
    if (number <= this.#posts) return 204;
    this.#posts = number;
    for (const frame of frames) this.#network.listener.received(this.connection, frame);
    return 204;
  }

  #tell(event: string, data: unknown): void {
    this.exchange.ontext?.(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #ping(): void {
    this.#network.clock.after(pingInterval, () => {
      if (!this.connection.isOpen || this.connection.isDead) return;
      this.#tell('ping', {});
      this.#ping();
    });
  }
}

class ModelExchange implements Exchange {
  onhead: ((status: number) => void) | null = null;
  ontext: ((text: string) => void) | null = null;
  onend: (() => void) | null = null;
  readonly #abort: () => void;

  constructor(abort: () => void = () => undefined) {
    this.#abort = abort;
  }

  abort(): void {
    this.onhead = null;
    this.ontext = null;
    this.onend = null;
    this.#abort();
  }

  /** 0: none. */
  answer(status: number): void {
    if (status !== 0) this.onhead?.(status);
    this.onend?.();
    this.onend = null;
  }
}

function cut(frames: string, lengths: string): string[] {
  const bytes = Buffer.from(frames);
  let at = 0;
  return lengths.split(' ').filter(Boolean).map((length) => bytes.subarray(at, (at += Number(length))).toString());
}
