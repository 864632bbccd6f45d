// One schedule: a room, some people, and everything that can happen to them, from one seed. Then the
// faults stop, and the room must come to rest as docs/protocol.md promises.

import type { Call, Participant, RoomLink } from '../../web/call/src/types.ts';
import { newRoomLink } from '../../web/call/src/room_name.ts';
import { VirtualClock } from '../../web/call/test/support/clock.ts';
import type { ModelPeerConnection } from '../../web/call/test/support/peer_connection.ts';
import { IceNetwork } from '../../web/call/test/support/peer_connection.ts';
import { Prng } from '../../web/call/test/support/prng.ts';
import type { Page, World } from './browser.ts';
import { Tab } from './browser.ts';
import { Events } from './events.ts';
import type { HubAddon } from './hub.ts';
import { Ledger } from './ledger.ts';
import { Network } from './network.ts';
import { Server } from './server.ts';

const resumeWindow = 120_000;
/** Time for anything to come to rest: reconnecting, ICE failures, restarts. */
const settling = 90_000;

export interface Outcome {
  readonly violations: readonly string[];
  readonly deliveries: number;
  readonly connected: number;
}

export class Schedule {
  readonly #random: Prng;
  readonly #clock = new VirtualClock();
  readonly #ledger = new Ledger();
  readonly #ice: IceNetwork;
  readonly #server: Server;
  readonly #network: Network;
  readonly #world: World;
  readonly #capacity: number;
  readonly #link: RoomLink;
  readonly #tabs: Tab[] = [];
  #intruder: Tab | null = null;
  readonly #violations: string[] = [];
  readonly #log: (line: () => string) => void;

  constructor(seed: number, addon: HubAddon, print: ((line: string) => void) | null) {
    this.#random = new Prng(seed);
    const fork = (): Prng => new Prng(this.#random.bits());
    this.#log = (line) => print?.(`${this.#clock.now.toFixed(0).padStart(7)} ${line()}`);
    this.#capacity = this.#random.pick([2, 2, 2, 3, 4]);
    this.#ice = new IceNetwork(this.#clock, fork());
    this.#server = new Server(this.#clock, addon, {
      capacity: this.#capacity,
      resumeWindow,
      joinBurst: 10_000,
      iceLifetime: this.#random.pick([20, 600]),
      ...(this.#random.chance(0.1) ? { messageBurst: 12, messagesPerSecond: 20, refusalBurst: 500 } : {}),
      ...(this.#random.chance(0.1) ? { heldMessages: this.#random.integer(1, 5) } : {}),
    });
    this.#network = new Network(this.#clock, fork(), this.#server, this.#log);
    this.#network.maxDelay = this.#random.pick([5, 50, 200]);
    this.#world = {
      network: this.#network,
      events: new Events(this.#network),
      ice: this.#ice,
      random: fork(),
      trace: (page, event) => {
        this.#log(() => `${page.name} ${event.what} ${event.link} ${event.seq} ${brief(event.message)}`);
        this.#ledger.record(page.name, event);
      },
      ended: (page) => this.#ledger.forget(page.name),
    };
    const random = fork();
    const link = newRoomLink('https://sim.example', (length) => random.bytes(length));
    this.#link = this.#random.chance(0.4) ? link : { ...link, key: null };
    this.#log(() => `capacity ${this.#capacity}, ${this.#link.key === null ? 'without' : 'with'} key`);
  }

  async run(): Promise<Outcome> {
    await this.#disturb();
    this.#heal();
    await this.#clock.run(resumeWindow + settling);
    await this.#fill();
    await this.#disturbServer();
    const pages = this.#pages();
    const links = this.#check(pages);
    this.#ledger.checkComplete();
    await this.#end();
    return {
      violations: [...this.#violations, ...this.#ledger.violations, ...this.#ice.violations],
      deliveries: this.#ledger.deliveries,
      connected: links,
    };
  }

  /** People come and go, and everything breaks. */
  async #disturb(): Promise<void> {
    const people = this.#capacity + (this.#random.chance(0.3) ? 1 : 0);
    const together = this.#random.chance(0.3);
    for (let i = 0; i < people; i += 1) {
      const tab = new Tab(this.#world, String.fromCharCode(97 + i), this.#link);
      this.#tabs.push(tab);
      this.#clock.after(together ? 0 : this.#random.integer(0, 20_000), () => {
        if (!tab.page) tab.load();
      });
    }
    const actions = this.#random.integer(0, 12);
    for (let i = 0; i < actions; i += 1) {
      await this.#clock.run(this.#random.pick([0, 20, 200, 2_000, 20_000, 130_000]) * this.#random.fraction());
      this.#act();
    }
    await this.#clock.run(this.#random.integer(0, 20_000));
  }

  #act(): void {
    const tab = this.#random.pick(this.#tabs);
    const { page } = tab;
    const action = this.#random.pick(actions);
    this.#log(() => `— ${action} ${page?.name ?? tab.name}`);
    const connections = page ? this.#network.of(page.name) : [];
    switch (action) {
      case 'load':
        return tab.load();
      case 'leave':
        return page?.call.leave();
      case 'duplicate':
        return this.#duplicate(tab);
      case 'intrude':
        return this.#intrude();
      case 'cut':
        for (const connection of connections) connection.cut();
        return;
      case 'silence':
        for (const connection of connections) connection.silence();
        return;
      case 'changeNetwork':
        for (const connection of connections) connection.silence();
        for (const connection of page?.connections ?? []) this.#ice.breakPath(connection);
        return page?.changeNetwork();
      case 'switchNetwork':
        return page?.changeNetwork();
      case 'block':
        tab.fate = this.#random.pick(['pass', 'refused', 'swallowed']);
        this.#log(() => `WebSockets of ${tab.name}: ${tab.fate}`);
        if (tab.fate !== 'pass') for (const connection of connections) connection.cut();
        return;
      case 'breakPath':
        for (const connection of page?.connections ?? []) this.#ice.breakPath(connection);
        return;
      case 'stutter':
        return page?.stutter(this.#random.integer(200, 20_000));
      case 'restart':
        return this.#restart();
      case 'drain':
        return this.#drain();
      case 'rename':
        return page?.call.setName(`${page.name} ${this.#random.integer(0, 9)}`);
      case 'mute':
        return page?.call.setTrack('audio', this.#random.chance(0.5) ? null : modelTrack());
      case 'tryNow':
        return page?.call.tryNow();
    }
  }

  #restart(): void {
    if (!this.#server.isUp) return;
    this.#server.kill();
    this.#clock.after(this.#random.integer(0, 3_000), () => this.#server.start());
  }

  #drain(): void {
    this.#server.drain();
    this.#clock.after(500, () => this.#restart());
  }

  /** A second tab with the first one's storage: it takes the seat over. */
  #duplicate(tab: Tab): void {
    if (!tab.page) return;
    const copy = new Tab(this.#world, `${tab.name}'`, this.#link, tab.seats);
    this.#tabs[this.#tabs.indexOf(tab)] = copy;
    copy.load();
    // The first one stays open, so that it can hear that it was taken over.
    this.#clock.after(this.#random.integer(5_000, 60_000), () => tab.page?.kill());
  }

  /** Somebody who knows the room's name, but not its key. */
  #intrude(): void {
    if (this.#link.key === null || this.#intruder) return;
    const key = `${this.#link.key.startsWith('A') ? 'Q' : 'A'}${this.#link.key.slice(1)}`;
    const intruder = new Tab(this.#world, 'x', { ...this.#link, key });
    this.#intruder = intruder;
    intruder.load();
    this.#clock.after(this.#random.integer(1_000, 40_000), () => {
      if (intruder.page?.call.participants.some(({ path }) => path === 'connected')) this.#violations.push('an intruder is connected');
      intruder.page?.call.leave();
      intruder.page?.kill();
    });
  }

  #heal(): void {
    this.#log(() => '— all is well from now on');
    if (!this.#server.isUp) this.#server.start();
  }

  /** Whoever was refused tries again now, while there are seats. */
  async #fill(): Promise<void> {
    for (const tab of this.#tabs) {
      if (this.#pages().length >= this.#capacity) break;
      if (tab.page?.isIn) continue;
      tab.load();
      await this.#clock.run(5_000);
    }
    await this.#clock.run(settling);
  }

  /** What befalls the server alone, or the way to it, leaves every link as it is: media never stop. */
  async #disturbServer(): Promise<void> {
    const used = this.#pages().flatMap((page) => page.call.participants.map(({ connection }) => ({ page, connection })));
    const fault = this.#random.pick(['restart', 'drain', 'cut'] as const);
    this.#log(() => `— ${fault} for everyone`);
    if (fault === 'restart') this.#restart();
    else if (fault === 'drain') this.#drain();
    else for (const page of this.#pages()) for (const connection of this.#network.of(page.name)) connection.cut();
    await this.#clock.run(settling);
    for (const { page, connection } of used) {
      const isKept = connection?.connectionState === 'connected' && page.call.participants.some((other) => other.connection === connection);
      if (!isKept) this.#violations.push(`${page.name}: a link did not outlive ${fault} of the server`);
    }
  }

  #pages(): Page[] {
    return this.#tabs.map(({ page }) => page).filter((page) => page?.isIn === true) as Page[];
  }

  /** Everybody is connected with everybody else, and both ends of each link agree on it. */
  #check(pages: readonly Page[]): number {
    if (pages.length !== Math.min(this.#capacity, this.#tabs.length)) {
      const states = this.#tabs.map(({ page }) => JSON.stringify(page?.call.state));
      this.#violations.push(`${pages.length} are in the room: ${states.join(', ')}`);
    }
    let links = 0;
    for (const page of pages) {
      const expected = pages.length === 1 ? 'alone' : 'in-call';
      if (page.call.state.kind !== expected) this.#violations.push(`${page.name} is ${JSON.stringify(page.call.state)}`);
      if (page.call.participants.length !== pages.length - 1) {
        this.#violations.push(`${page.name} sees ${page.call.participants.length} of ${pages.length - 1} others`);
      }
      for (const participant of page.call.participants) links += this.#checkPath(page, participant, pages);
    }
    return links / 2;
  }

  #checkPath(page: Page, participant: Participant, pages: readonly Page[]): number {
    const where = `${page.name} → ${participant.name || participant.id}`;
    const connection = participant.connection as unknown as ModelPeerConnection | null;
    const otherConnection = connection && this.#ice.otherEnd(connection);
    const other = pages.find((candidate) => otherConnection && candidate.connections.includes(otherConnection));
    if (participant.presence !== 'present' || participant.path !== 'connected') {
      this.#violations.push(`${where} is ${participant.presence}, ${participant.path}`);
    }
    if (!connection || !otherConnection || !other) {
      this.#violations.push(`${where}: the two ends are not of one negotiation (${connection?.signalingState})`);
      return 0;
    }
    this.#checkNegotiation(where, connection);
    if (participant.name !== other.call.name) this.#violations.push(`${where}: ${other.call.name} is known as ${participant.name}`);
    if (participant.audio !== (other.call.media.audio !== null)) this.#violations.push(`${where}: mute is not known`);
    const mirror = other.call.participants.find((candidate) => (candidate.connection as unknown) === otherConnection);
    const words = participant.words?.join(' ');
    if (words !== mirror?.words?.join(' ') || (words === undefined) !== (this.#link.key !== null)) {
      this.#violations.push(`${where}: words ${words} and ${mirror?.words?.join(' ')}`);
    }
    return 1;
  }

  #checkNegotiation(where: string, connection: ModelPeerConnection): void {
    if (connection.signalingState !== 'stable') this.#violations.push(`${where}: ${connection.signalingState}`);
    const transceivers = connection.getTransceivers();
    if (transceivers.length !== 2 || transceivers.some(({ direction }) => direction !== 'sendrecv')) {
      this.#violations.push(`${where}: ${transceivers.length} transceivers, ${transceivers.map((each) => each.direction).join()}`);
    }
  }

  /** When all have left, nothing is left of the room, nor of any page. */
  async #end(): Promise<void> {
    for (const { page } of this.#tabs) page?.call.leave();
    await this.#clock.run(resumeWindow + settling);
    if (!this.#server.isIdle) this.#violations.push('the hub still has a seat to free');
    if (this.#server.held > 0) this.#violations.push(`the hub still holds ${this.#server.held} rooms, seats and connections`);
    const open = this.#tabs.flatMap(({ page }) => page?.connections.filter((each) => !each.isClosed) ?? []);
    if (open.length > 0) this.#violations.push(`${open.length} peer connections were left open`);
  }
}

const actions = [
  'load',
  'load',
  'leave',
  'duplicate',
  'intrude',
  'cut',
  'cut',
  'silence',
  'changeNetwork',
  'switchNetwork',
  'switchNetwork',
  'block',
  'breakPath',
  'stutter',
  'stutter',
  'restart',
  'restart',
  'drain',
  'rename',
  'mute',
  'tryNow',
] as const;

function modelTrack(): NonNullable<Call['media']['audio']> {
  return { kind: 'audio' } as NonNullable<Call['media']['audio']>;
}

function brief(message: unknown): string {
  const { kind, id, of, answers, description } = (message ?? {}) as Record<string, unknown>;
  const { type } = (description ?? {}) as { readonly type?: string };
  return [kind, type, id, of, answers].filter((part) => part !== undefined).join(' ');
}
