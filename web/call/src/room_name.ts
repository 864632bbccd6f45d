// Room names and the links that lead to rooms (docs/protocol.md §1, §9).

import { fromBase64Url, toBase64Url } from './bytes.ts';
import type { RoomLink } from './types.ts';

const keyBytes = 16;
const letters = 'abcdefghijkmnpqrstuvwxyz'; // without l and o, which look like digits

/**
 * The canonical form of what a person typed (lower case, blanks and underscores to `-`), or `null`
 * when no room can have that name.
 */
export function canonicalRoomName(typed: string): string | null {
  const name = typed
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '-')
    .replace(/^-|-$/g, '');
  return /^[a-z0-9-]{3,64}$/.test(name) ? name : null;
}

/** A fresh name such as `abc-defg-hij`. */
export function randomRoomName(random: (length: number) => Uint8Array): string {
  const name = Array.from(pick(random, 10), (index) => letters[index]);
  return `${name.slice(0, 3).join('')}-${name.slice(3, 7).join('')}-${name.slice(7).join('')}`;
}

/** A fresh room with a key, as "Start a call" makes it. */
export function newRoomLink(origin: string, random: (length: number) => Uint8Array): RoomLink {
  return { origin, room: randomRoomName(random), key: toBase64Url(random(keyBytes)) };
}

/** `origin/room#key` as text; `null` when the address leads to no room, or its key is mutilated. */
export function parseRoomLink(address: string): RoomLink | null {
  const url = parseUrl(address);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  const [segment, ...rest] = url.pathname.replace(/^\/|\/$/g, '').split('/');
  const room = segment === undefined || rest.length > 0 ? null : canonicalRoomName(decode(segment));
  if (room === null) return null;
  if (url.hash.length <= 1) return { origin: url.origin, room, key: null };
  const key = url.hash.slice(1);
  // Never fall back to a call without a key: whoever sent this link meant one.
  return fromBase64Url(key)?.length === keyBytes ? { origin: url.origin, room, key } : null;
}

export function formatRoomLink({ origin, room, key }: RoomLink): string {
  return `${origin}/${room}${key === null ? '' : `#${key}`}`;
}

/** Uniform indices into `letters`: random bytes beyond a multiple of its length are drawn again. */
function pick(random: (length: number) => Uint8Array, count: number): number[] {
  const limit = 256 - (256 % letters.length);
  const indices: number[] = [];
  while (indices.length < count) {
    for (const byte of random(count)) if (byte < limit) indices.push(byte % letters.length);
  }
  return indices.slice(0, count);
}

/** `URL.parse` is missing in browsers that must at least be told that they are too old. */
function parseUrl(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
