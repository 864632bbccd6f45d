import { signal } from '@preact/signals';
import { canonicalRoomName, formatRoomLink, newRoomLink, parseRoomLink, type RoomLink } from 'plntry-call';

/** An address that leads to no room, or to one with a mutilated key. */
export type Misled = 'room_name' | 'key_malformed';

/** The page that checks a network: no room has its name. */
export const kCheckPath = '/check';

/** Where one is: a room, or (null) at home. The key stays in the link's fragment, which no server ever sees. */
export const place = signal<RoomLink | Misled | null>(fromAddress());

addEventListener('popstate', () => (place.value = fromAddress()));

export function goTo(next: RoomLink): void {
  const address = new URL(formatRoomLink(next));
  address.search = location.search;
  history.pushState(null, '', address);
  place.value = next;
}

export function goHome(): void {
  if (location.pathname === kCheckPath) return location.assign('/');
  history.pushState(null, '', '/');
  place.value = null;
}

/** A room that nobody can guess, with a key. */
export function newPlace(): RoomLink {
  return newRoomLink(location.origin, (length) => crypto.getRandomValues(new Uint8Array(length)));
}

/** What a person typed or pasted: a room's name, or its link with or without the scheme. */
export function parsePlace(text: string): RoomLink | Misled | 'empty' | 'elsewhere' | 'check' {
  const place = parseAnyPlace(text);
  return typeof place === 'object' && `/${place.room}` === kCheckPath ? 'check' : place;
}

function parseAnyPlace(text: string): RoomLink | Misled | 'empty' | 'elsewhere' {
  const typed = text.trim();
  if (typed === '') return 'empty';
  const hasScheme = /^https?:\/\//i.test(typed);
  if (!hasScheme && !typed.toLowerCase().startsWith(`${location.host}/`)) {
    const [name = '', ...key] = typed.split('#');
    const room = canonicalRoomName(name);
    return room === null ? 'room_name' : parseLink([`${location.origin}/${room}`, ...key].join('#'));
  }
  const link = parseLink(hasScheme ? typed : `${location.protocol}//${typed}`);
  return typeof link === 'object' && link.origin !== location.origin ? 'elsewhere' : link;
}

function fromAddress(): RoomLink | Misled | null {
  return location.pathname === '/' ? null : parseLink(location.href);
}

function parseLink(link: string): RoomLink | Misled {
  const withoutKey = link.split('#', 1)[0]!;
  return parseRoomLink(link) ?? (parseRoomLink(withoutKey) === null ? 'room_name' : 'key_malformed');
}
