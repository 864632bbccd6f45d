import type { Participant } from 'plntry-call';

/** What keeps somebody from being seen and heard, and what happens about it; `null` when nothing does. */
export function pathText(other: Participant, name: string): string | null {
  if (other.presence === 'away') {
    return other.path === 'connected'
      ? `${name}’s connection to the server dropped. You still see and hear each other.`
      : `${name}’s connection dropped. The seat is kept for a while; waiting for it to come back.`;
  }
  switch (other.path) {
    case 'connected':
      return null;
    case 'waiting':
      return `Connecting to ${name}…`;
    case 'interrupted':
      return `The connection to ${name} is interrupted. Looking for another way…`;
    case 'failed':
      return `No way to ${name} was found yet. Still trying; another network, such as a phone’s hotspot, may help.`;
    case 'key_mismatch':
      return 'Someone is here with a different link, so you cannot see or hear each other. Both must open the same whole link.';
  }
}

/** What becomes of the call while the server is out of reach; `null` when there is none yet. What is interrupted needs it. */
export function withoutServerText(others: readonly Pick<Participant, 'path'>[]): string | null {
  const goesOn = others.some(({ path }) => path === 'connected');
  const waits = others.some(({ path }) => path === 'interrupted');
  if (goesOn) return waits ? 'Part of your call goes on; the rest waits for the server.' : 'Your call goes on.';
  return waits ? 'Your call waits for the server.' : null;
}
