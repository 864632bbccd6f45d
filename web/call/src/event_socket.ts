// What stands in for a WebSocket where none gets through (docs/protocol.md §12): an HTTP answer that carries events
// down, and posts that bring frames up, one at a time.

import { utf8Length } from './bytes.ts';
import type { Environment, Exchange, Socket } from './environment.ts';

/** Of one post; a single frame may be longer. Every server takes so much. */
const maxPostBytes = 32_768;
const maxPostFrames = 64;
/** The server pings at least every 25 s: a stream on which nothing comes for this long is dead. */
const silence = 45_000;
const answerWithin = 7_000;
/** For what was sent before `close` to leave. */
const lastWords = 3_000;
/** Of one event: far more than a server sends. */
const maxEventLength = 8 << 20;

const abnormalClosure = 1006;
const tooLarge = 1009;

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Server-sent events out of pieces of text; of the format, as much as §12 uses. */
export class EventParser {
  #rest = '';

  /** `null` when it is endless: no server of ours. */
  push(text: string): ServerEvent[] | null {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return this.#rest.length > maxEventLength ? null : blocks.map(parseEvent).filter((event) => event !== null);
  }
}

function parseEvent(block: string): ServerEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
  }
  const data = fields.get('data');
  return data === undefined ? null : { name: fields.get('event') ?? 'message', data };
}

export function printPost(token: string, number: number, frames: readonly string[]): string {
  return `${[token, number, ...frames.map(utf8Length)].join(' ')}\n${frames.join('')}`;
}

export class EventSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly #environment: Environment;
  readonly #postUrl: string;
  readonly #stream: Exchange;
  readonly #parser = new EventParser();
  #token: string | null = null;
  #number = 0;
  #queue: string[] = [];
  /** A ping waits for its answer: a post, be it without frames. */
  #isAsked = false;
  #post: Exchange | null = null;
  #cancelSilence: (() => void) | null = null;
  #isClosing = false;
  #isOver = false;

  /** `protocols`: what a WebSocket would offer. */
  constructor(environment: Environment, origin: string, room: string, protocols: readonly string[]) {
    this.#environment = environment;
    this.#postUrl = `${origin}/api/frames`;
    this.#stream = environment.post(`${origin}/api/rooms/${room}/events`, protocols.join(', '));
    this.#stream.onhead = (status) => {
      if (status !== 200) this.#end(abnormalClosure);
    };
    this.#stream.ontext = (text) => this.#hear(text);
    this.#stream.onend = () => this.#end(abnormalClosure);
    this.#awaitMore();
  }

  send(frame: string): void {
    if (this.#isClosing) return;
    this.#queue.push(frame);
    this.#flush();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (!this.#post && (this.#queue.length === 0 || this.#token === null)) return this.#end(abnormalClosure);
    this.#environment.after(lastWords, () => this.#end(abnormalClosure));
  }

  #hear(text: string): void {
    const events = this.#parser.push(text);
    if (!events) return this.#end(abnormalClosure);
    this.#awaitMore();
    for (const event of events) if (!this.#isOver) this.#handle(event);
  }

  #handle({ name, data }: ServerEvent): void {
    const value = parseJson(data);
    switch (name) {
      case 'open':
        this.#token = String(field(value, 'token'));
        this.onopen?.();
        return this.#flush();
      case 'message':
        return this.onmessage?.({ data: value });
      case 'ping':
        this.#isAsked = true;
        return this.#flush();
      case 'close': {
        const code = field(value, 'code');
        return this.#end(typeof code === 'number' ? code : abnormalClosure);
      }
    }
  }

  /** Sends what waits, as soon as the post before it has been answered: so posts keep their order. */
  #flush(): void {
    if (this.#isOver || this.#post || this.#token === null || (this.#queue.length === 0 && !this.#isAsked)) return;
    this.#isAsked = false;
    this.#number += 1;
    const post = this.#environment.post(this.#postUrl, printPost(this.#token, this.#number, this.#takeFrames()));
    this.#post = post;
    const cancel = this.#environment.after(answerWithin, () => this.#end(abnormalClosure));
    let status = 0;
    post.onhead = (answered) => (status = answered);
    post.onend = () => {
      cancel();
      if (status !== 204) return this.#end(status === 413 ? tooLarge : abnormalClosure);
      this.#post = null;
      if (this.#isClosing && this.#queue.length === 0) return this.#end(abnormalClosure);
      this.#flush();
    };
  }

  #takeFrames(): string[] {
    let count = 0;
    let bytes = 0;
    for (const frame of this.#queue) {
      bytes += utf8Length(frame);
      if (count === maxPostFrames || (count > 0 && bytes > maxPostBytes)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #awaitMore(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#environment.after(silence, () => this.#end(abnormalClosure));
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isClosing = true;
    this.#cancelSilence?.();
    this.#stream.abort();
    this.#post?.abort();
    this.onclose?.({ code });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
