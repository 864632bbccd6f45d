// Browsers: tabs that hold pages, and pages that run the real call core. A page can be killed at any
// moment, as a reload does it: its timers, sockets and connections end, and nothing of it runs again.

import type { Environment, Exchange, TraceEvent } from '../../web/call/src/environment.ts';
import type { Silence } from '../../web/call/src/path_watch.ts';
import { noSilence } from '../../web/call/src/path_watch.ts';
import type { Call, Lobby, RoomLink } from '../../web/call/src/types.ts';
import { prepareCall } from '../../web/call/src/lobby.ts';
import { synchronousCrypto } from '../../web/call/test/support/crypto.ts';
import type { IceNetwork, ModelPeerConnection } from '../../web/call/test/support/peer_connection.ts';
import type { Prng } from '../../web/call/test/support/prng.ts';
import type { Events } from './events.ts';
import type { Connection, Network } from './network.ts';

/** How long someone stays in the lobby at most, milliseconds. */
const mirrorTime = 3000;
/** How long a silence lasts when it is told first, when it is certain, and until it is told again, milliseconds. */
const suspicious = 150;
const certain = 350;
const looksAgain = 1000;

export interface World {
  readonly network: Network;
  readonly events: Events;
  readonly ice: IceNetwork;
  readonly random: Prng;
  trace(page: Page, event: TraceEvent): void;
  /** A page was killed. */
  ended(page: Page): void;
}

/** A tab's `sessionStorage`, and the page in it, if any. */
export class Tab {
  readonly name: string;
  readonly link: RoomLink;
  readonly #world: World;
  seats: readonly string[];
  page: Page | null = null;
  /** What becomes of its WebSockets on the way. */
  fate: 'pass' | 'refused' | 'swallowed';
  #pages = 0;

  constructor(world: World, name: string, link: RoomLink, seats: readonly string[] = []) {
    this.#world = world;
    this.name = name;
    this.link = link;
    this.seats = seats;
    this.fate = world.random.pick(['pass', 'pass', 'pass', 'refused', 'swallowed']);
  }

  /** Loads the page (again). */
  load(): void {
    this.page?.kill();
    this.#pages += 1;
    this.page = new Page(this.#world, `${this.name}.${this.#pages}`, this);
  }
}

export class Page {
  readonly name: string;
  readonly connections: ModelPeerConnection[] = [];
  readonly #world: World;
  readonly #lobby: Lobby;
  #call: Call | null = null;
  #isAlive = true;
  readonly #tab: Tab;
  readonly #exchanges = new Set<Exchange>();
  readonly #networkListeners = new Set<() => void>();
  readonly #paths = new Set<(silence: Silence) => void>();

  constructor(world: World, name: string, tab: Tab) {
    this.#world = world;
    this.name = name;
    this.#tab = tab;
    const seat = {
      read: () => tab.seats,
      write: (_: string, secrets: readonly string[]) => {
        if (this.#isAlive) tab.seats = secrets;
      },
    };
    this.#lobby = prepareCall(tab.link, { name, seat, environment: this.#environment() });
    const { network, random } = world;
    const join = () => {
      if (this.#isAlive) this.#call ??= this.#lobby.join();
    };
    // Some are back at once, and some look into the mirror first.
    if (random.chance(0.5)) {
      join();
    } else {
      this.#lobby.wait();
      network.clock.after(random.integer(0, mirrorTime), join);
    }
  }

  /** Whoever is asked while still in the lobby joins. */
  get call(): Call {
    return (this.#call ??= this.#lobby.join());
  }

  get isIn(): boolean {
    return this.#isAlive && this.#call?.state.kind !== 'ended';
  }

  changeNetwork(): void {
    for (const listener of [...this.#networkListeners]) listener();
  }

  /** Nothing arrives for as long. */
  stutter(duration: number): void {
    this.#tellPaths({ lasts: suspicious, isCertain: false });
    const { clock } = this.#world.network;
    for (let lasts = certain; lasts < duration; lasts += looksAgain) {
      clock.after(lasts - suspicious, () => this.#tellPaths({ lasts, isCertain: true }));
    }
    clock.after(Math.max(0, duration - suspicious), () => this.#tellPaths(noSilence));
  }

  #tellPaths(silence: Silence): void {
    for (const tell of this.#paths) tell(silence);
  }

  kill(): void {
    this.#isAlive = false;
    this.#world.ended(this);
    this.#networkListeners.clear();
    this.#paths.clear();
    for (const exchange of this.#exchanges) exchange.abort();
    for (const connection of this.#world.network.of(this.name)) {
      connection.onopen = null;
      connection.onmessage = null;
      connection.onclose = null;
      connection.close();
    }
    for (const connection of this.connections) if (!connection.isClosed) connection.close();
  }

  #openSocket(url: string, protocols: readonly string[]): Connection {
    const { network } = this.#world;
    const socket = network.connect(this.name, url, protocols, this.#tab.fate === 'swallowed');
    if (this.#tab.fate === 'refused') socket.cut();
    return socket;
  }

  #environment(): Environment {
    const { network, events, ice, random } = this.#world;
    return {
      now: () => network.clock.now,
      after: (delay, callback) =>
        network.clock.after(delay, () => {
          if (this.#isAlive) callback();
        }),
      fraction: () => random.fraction(),
      crypto: synchronousCrypto(random),
      openSocket: (url, protocols) => this.#openSocket(url, protocols),
      post: (url, body) => {
        const exchange = events.post(this.name, url, body);
        this.#exchanges.add(exchange);
        return exchange;
      },
      createPeerConnection: (configuration) => {
        const connection = ice.create(configuration);
        this.connections.push(connection);
        return connection as unknown as RTCPeerConnection;
      },
      createCertificate: () => Promise.resolve(null),
      createMediaStream: () => modelStream(),
      watchNetwork: (changed) => {
        this.#networkListeners.add(changed);
        return () => this.#networkListeners.delete(changed);
      },
      watchRoute: () => () => undefined,
      watchPath: (_, tell) => {
        this.#paths.add(tell);
        return () => this.#paths.delete(tell);
      },
      trace: (event) => this.#world.trace(this, event),
    };
  }
}

function modelStream(): MediaStream {
  const tracks = new Set<MediaStreamTrack>();
  return {
    addTrack: (track: MediaStreamTrack) => tracks.add(track),
    removeTrack: (track: MediaStreamTrack) => tracks.delete(track),
    getTracks: () => [...tracks],
  } as unknown as MediaStream;
}
