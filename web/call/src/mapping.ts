// Under which address a router shows us, guessed before STUN has told (docs/protocol.md §10). Most routers keep the
// number of a port, and the server sees where our connection to it comes from: so a path that has died is found anew
// without waiting for a server's answer first. Nothing is guessed unless the server and STUN saw us at one address when
// last both did. A wrong guess costs the other side a few checks. Pure.

/** Interfaces of our own that are remembered, the latest ones. */
const maxBases = 16;

export class Mapping {
  #seenByServer: string | null = null;
  #seenByStun: string | null = null;
  #agree = false;
  /** STUN has not told since the server saw us move. */
  #hasMoved = false;
  /** What a router made last of each of our addresses. */
  readonly #routers = new Map<string, { readonly keepsPort: boolean; readonly priority: number }>();

  /** Where the server sees us. Returns whether we have moved, as far as is known. */
  move(address: string | undefined): boolean {
    const former = this.#seenByServer;
    if (address === undefined || address === former) return false;
    this.#seenByServer = address;
    if (former === null) this.#agree = this.#seenByStun === address;
    else if (this.#hasMoved) this.#agree = false; // twice: one of them is guessed at, and no more before STUN has told
    else this.#hasMoved = true;
    return former !== null;
  }

  /** Learns from a candidate that was gathered. Returns whether it is one to guess at, now or later. */
  learn({ candidate }: RTCIceCandidate): boolean {
    const own = parse(candidate);
    if (!own || !isIpv4(own.address)) return false;
    if (own.type === 'srflx') this.#learnReflexive(own);
    return own.type === 'host';
  }

  /** What a router will probably make of this candidate; `null` when there is no telling. */
  guess(candidate: RTCIceCandidate): RTCIceCandidateInit | null {
    const own = parse(candidate.candidate);
    const address = this.#seenByServer;
    if (!own || address === null || !isIpv4(address) || own.address === address) return null;
    const router = this.#routers.get(own.address);
    if (!this.#agree || !router?.keepsPort) return null;
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    return { candidate: printReflexive(own, address, router.priority), sdpMid, sdpMLineIndex, usernameFragment };
  }

  #learnReflexive(own: Fields): void {
    this.#seenByStun = own.address;
    this.#hasMoved = false;
    this.#agree = own.address === this.#seenByServer;
    this.#routers.delete(own.relatedAddress);
    this.#routers.set(own.relatedAddress, { keepsPort: own.relatedPort === own.port, priority: own.priority });
    const [oldest] = this.#routers.keys();
    if (this.#routers.size > maxBases && oldest !== undefined) this.#routers.delete(oldest);
  }
}

/** Whether two candidates are of one transport address: then either is enough. */
export function areSame(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  return a !== null && b !== null && a.component === b.component && a.address === b.address && a.port === b.port;
}

interface Fields {
  readonly foundation: string;
  readonly component: string;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  readonly type: string;
  /** Of the host candidate that a reflexive one was made of; not those when the browser hides them. */
  readonly relatedAddress: string;
  readonly relatedPort: number;
}

/** Of a candidate over UDP (RFC 8839 §5.1). */
function parse(text: string): Fields | null {
  const words = text.split(' ');
  const [foundation = '', component = '', transport = '', priority, address = '', port] = words;
  const valueOf = (name: string): string => words[words.indexOf(name, 6) + 1] ?? '';
  if (transport.toLowerCase() !== 'udp') return null;
  return {
    foundation,
    component,
    priority: Number(priority),
    address,
    port: Number(port),
    type: valueOf('typ'),
    relatedAddress: valueOf('raddr'),
    relatedPort: Number(valueOf('rport')),
  };
}

/** `priority`: that of the former one. Of a lower one Chromium (156) prunes the pair, as it still holds the dead path for better. */
function printReflexive({ foundation, component, address: related, port }: Fields, address: string, priority: number): string {
  // Another foundation than the host candidate's (RFC 8445 §5.1.1.3).
  return `${foundation}0 ${component} udp ${priority} ${address} ${port} typ srflx raddr ${related} rport ${port}`;
}

const isIpv4 = (address: string): boolean => /^\d+(\.\d+){3}$/.test(address);
