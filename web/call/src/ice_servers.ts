// The ICE servers that are known, and what a new offer of them changes (docs/protocol.md §5). Pure.

import type { IceOffer } from './protocol.ts';

/** `expired`: what was gathered lately may have failed, for the credentials were no good any more. */
export type IceChange = 'none' | 'credentials' | 'servers' | 'expired';

export class IceServers {
  #servers: readonly RTCIceServer[] = [];
  /** When their credentials expire, on the clock of `now`. */
  #expires = Infinity;

  get list(): readonly RTCIceServer[] {
    return this.#servers;
  }

  /** `now`: milliseconds on any one clock. */
  take({ servers, lifetime }: IceOffer, now: number): IceChange {
    const hadExpired = now >= this.#expires;
    const former = this.#servers;
    this.#expires = lifetime === null ? Infinity : now + lifetime * 1000;
    if (JSON.stringify(servers) === JSON.stringify(former)) return 'none';
    this.#servers = servers;
    if (hadExpired) return 'expired';
    return withoutCredentials(servers) === withoutCredentials(former) ? 'credentials' : 'servers';
  }
}

function withoutCredentials(servers: readonly RTCIceServer[]): string {
  return JSON.stringify(servers.map(({ urls }) => urls));
}
