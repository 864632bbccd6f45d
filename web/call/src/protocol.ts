// Frames and bodies of docs/protocol.md as values. Whatever comes from outside is parsed here, once:
// what does not parse is `null`, and what exists as one of these types has the right shape.

import { concat, toBase64Url, utf8Length } from './bytes.ts';

export const protocolVersion = 'plntry.v1';

export interface JoinRequest {
  readonly secret: string;
  /** Counts the connections that this page has opened: a late one never takes over a newer one. */
  readonly attempt: number;
  /** Opened from the lobby: the seat is taken when `printJoin` is sent. */
  readonly wait?: true;
  readonly resume?: { readonly known: readonly string[] };
  readonly replaces?: string | readonly string[];
}

export interface WelcomeParticipant {
  readonly id: string;
  readonly state: 'present' | 'away';
  readonly link?: string;
  readonly held?: number;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly you: string;
  readonly resumed: boolean;
  readonly capacity: number;
  /** Where the server sees us. */
  readonly address?: string;
  readonly participants: readonly WelcomeParticipant[];
  readonly hold?: { readonly link: string; readonly seq: number };
  readonly ice: IceOffer;
}

/** The ICE servers to use from now on (§2, §5). */
export interface IceOffer {
  readonly servers: readonly RTCIceServer[];
  /** Seconds until their credentials expire; `null` when they do not. */
  readonly lifetime: number | null;
  /** What was allocated with former credentials may end with them. */
  readonly restart: boolean;
}

export type Presence =
  | { readonly type: 'joined'; readonly id: string; readonly link?: string }
  | { readonly type: 'away' | 'back'; readonly id: string }
  | { readonly type: 'gone'; readonly id: string; readonly reason: string };

export type ServerFrame =
  | Welcome
  | Presence
  | { readonly type: 'message'; readonly from: string; readonly body: string }
  | { readonly type: 'ice'; readonly ice: IceOffer }
  | { readonly type: 'come_back'; readonly after: number }
  | { readonly type: 'error'; readonly code: string; readonly text: string; readonly retryAfter?: number };

/** What travels in a body (§8). */
export type Body = {
  readonly link: string;
  readonly ack?: number;
  readonly reject?: string;
} & ({ readonly data: unknown; readonly seq: number; readonly base: number } | { readonly data?: never });

/** What travels in a body's `data` (§10). */
export type Message =
  | { readonly kind: 'hello'; readonly name: string; readonly audio: boolean; readonly video: boolean; readonly commit?: string }
  | { readonly kind: 'media'; readonly audio: boolean; readonly video: boolean }
  | { readonly kind: 'description'; readonly id: number; readonly answers?: number; readonly description: Description }
  | { readonly kind: 'candidate'; readonly of: number; readonly candidate: RTCIceCandidateInit | null }
  | { readonly kind: 'restart' }
  | { readonly kind: 'reveal'; readonly nonce: string }
  /** How the sender's end fares, for the diagnosis; whoever reads it parses it. */
  | { readonly kind: 'facts'; readonly facts: object };

export interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** Whether somebody who has not joined may have it: who is here and what it offers, but no address. */
export function isForLobby(message: Message): boolean {
  switch (message.kind) {
    case 'hello':
    case 'media':
      return true;
    case 'description':
      return !/^a=candidate:/m.test(message.description.sdp);
    default:
      return false;
  }
}

export const maxNameLength = 64;
const maxLinkLength = 16;
export const maxFactsBytes = 2048;

// Server ↔ client

/** The values of `Sec-WebSocket-Protocol`: the request in it stands in no URL, and so in no log. */
export function joinProtocols(request: JoinRequest): string[] {
  return [protocolVersion, `join.${toBase64Url(concat(JSON.stringify(request)))}`];
}

export function printSend(to: string, body: Body): string {
  return `${JSON.stringify({ type: 'send', to })}\n${JSON.stringify(body)}`;
}

/** `lobby`: those who wait for the room may have it, too. */
export function printHold(link: string, seq: number, base: number, body: Body, lobby: boolean): string {
  return `${JSON.stringify({ type: 'hold', link, seq, base, ...(lobby ? { lobby } : {}) })}\n${JSON.stringify(body)}`;
}

export function printJoin(): string {
  return '{"type":"join"}';
}

export function printLeave(): string {
  return '{"type":"leave"}';
}

export function parseFrame(text: string): ServerFrame | null {
  const end = text.indexOf('\n');
  const header = parseObject(end < 0 ? text : text.slice(0, end));
  if (!header) return null;
  switch (header['type']) {
    case 'welcome':
      return parseWelcome(header);
    case 'joined':
      return isText(header['id']) ? { type: 'joined', id: header['id'], ...optional('link', header['link'], isText) } : null;
    case 'away':
    case 'back':
      return isText(header['id']) ? { type: header['type'], id: header['id'] } : null;
    case 'gone':
      return isText(header['id']) ? { type: 'gone', id: header['id'], reason: String(header['reason']) } : null;
    case 'message':
      return isText(header['from']) ? { type: 'message', from: header['from'], body: end < 0 ? '' : text.slice(end + 1) } : null;
    case 'ice': {
      const ice = parseIce(header);
      return ice && { type: 'ice', ice };
    }
    case 'come_back':
      return isCount(header['after']) ? { type: 'come_back', after: header['after'] } : null;
    case 'error':
      return parseError(header);
    default:
      return null;
  }
}

function parseWelcome(header: Record<string, unknown>): Welcome | null {
  const { you, capacity, participants } = header;
  const ice = parseIce(header);
  if (!isText(you) || !isCount(capacity) || !Array.isArray(participants) || !ice) return null;
  const others = participants.map(parseParticipant);
  if (!others.every((other) => other !== null)) return null;
  const hold = isObject(header['hold']) ? header['hold'] : {};
  return {
    type: 'welcome',
    you,
    resumed: header['resumed'] === true,
    capacity,
    ...optional('address', header['address'], isText),
    participants: others,
    ...(isText(hold['link']) && isCount(hold['seq']) ? { hold: { link: hold['link'], seq: hold['seq'] } } : {}),
    ice,
  };
}

function parseIce({ iceServers, iceLifetime, iceRestart }: Record<string, unknown>): IceOffer | null {
  if (!Array.isArray(iceServers)) return null;
  return { servers: iceServers, lifetime: isCount(iceLifetime) ? iceLifetime : null, restart: iceRestart === true };
}

function parseParticipant(value: unknown): WelcomeParticipant | null {
  if (!isObject(value) || !isText(value['id'])) return null;
  return {
    id: value['id'],
    state: value['state'] === 'away' ? 'away' : 'present',
    ...optional('link', value['link'], isText),
    ...optional('held', value['held'], isCount),
  };
}

function parseError(header: Record<string, unknown>): ServerFrame | null {
  if (!isText(header['code'])) return null;
  const text = isText(header['text']) ? header['text'] : header['code'];
  return { type: 'error', code: header['code'], text, ...optional('retryAfter', header['retryAfter'], isCount) };
}

// Browser ↔ browser

export function parseBody(text: string): Body | null {
  const body = parseObject(text);
  if (!body || !isText(body['link']) || body['link'].length > maxLinkLength) return null;
  const { link, seq, base, data } = body;
  const rest = { link, ...optional('ack', body['ack'], isCount), ...optional('reject', body['reject'], isText) };
  if (data === undefined) return rest;
  if (!isCount(seq) || !isCount(base) || base < 1 || seq < base) return null;
  return { ...rest, seq, base, data };
}

/** Whether facts are within their bound (§10): longer ones are neither sent nor listened to. */
export function isShort(facts: object): boolean {
  return utf8Length(JSON.stringify(facts)) <= maxFactsBytes;
}

/** `null` for a kind that is unknown or malformed: it is acknowledged and otherwise ignored. */
export function parseMessage(value: unknown): Message | null {
  if (!isObject(value)) return null;
  const { audio, video } = value;
  switch (value['kind']) {
    case 'hello': {
      const { name } = value;
      if (typeof name !== 'string' || typeof audio !== 'boolean' || typeof video !== 'boolean') return null;
      const commit = optional('commit', value['commit'], isText);
      return { kind: 'hello', name: [...name].slice(0, maxNameLength).join(''), audio, video, ...commit };
    }
    case 'media':
      return typeof audio === 'boolean' && typeof video === 'boolean' ? { kind: 'media', audio, video } : null;
    case 'description':
      return parseDescription(value);
    case 'candidate': {
      const { of, candidate } = value;
      if (!isCount(of) || (candidate !== null && !isObject(candidate))) return null;
      return { kind: 'candidate', of, candidate };
    }
    case 'restart':
      return { kind: 'restart' };
    case 'reveal':
      return isText(value['nonce']) ? { kind: 'reveal', nonce: value['nonce'] } : null;
    case 'facts':
      return isObject(value['facts']) && isShort(value['facts']) ? { kind: 'facts', facts: value['facts'] } : null;
    default:
      return null;
  }
}

function parseDescription(value: Record<string, unknown>): Message | null {
  const { id, description } = value;
  if (!isCount(id) || !isObject(description)) return null;
  const { type, sdp } = description;
  if ((type !== 'offer' && type !== 'answer') || typeof sdp !== 'string') return null;
  return { kind: 'description', id, ...optional('answers', value['answers'], isCount), description: { type, sdp } };
}

// Shapes

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** `{name: value}` when the value is there and well formed, else nothing. */
function optional<Name extends string, Value>(
  name: Name,
  value: unknown,
  is: (value: unknown) => value is Value,
): { [Key in Name]?: Value } {
  return (is(value) ? { [name]: value } : {}) as { [Key in Name]?: Value };
}
