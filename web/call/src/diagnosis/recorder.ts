// Writes down what happens in a call: gives the call its environment, so that it sees every connection from its first
// moment on, and from then on listens only. What it means, the pure modules beside it say. It also lets the other browser
// know how this end fares (docs/protocol.md §10 `facts`).

import type { Environment } from '../environment.ts';
import type { Call, CallState, Participant, PathState } from '../types.ts';
import { ConnectionLog, keep } from './connection_log.ts';
import type { EventFact, Facts, LinkFacts, ServerFacts } from './facts.ts';
import { iceServerFacts } from './facts.ts';
import type { Side } from './side.ts';
import { parseSide, sideOf } from './side.ts';

const sampleEvery = 1_000;
/** The other end is told no sooner, so that nothing stands in the way of the first picture. */
const firstTold = 2_000;
const toldAgain = 2_000;
/** By then everything about a path is known. */
const settledAfter = 15_000;
const toldAgainOnPath = 10_000;
const maxEvents = 256;
const maxLogs = 16;

/** An ordinary request to the server. */
export interface HttpProbe {
  readonly answers: boolean;
  /** Milliseconds by which this machine's clock is ahead; `null` when the server did not say its time. */
  readonly clockAhead: number | null;
}

export interface RecorderOptions {
  readonly environment: Environment;
  readonly origin: string;
  readonly relayOnly: boolean;
  readonly page: () => Facts['page'];
  readonly probe: () => Promise<HttpProbe>;
  /** Something new is known. */
  readonly changed: () => void;
}

interface Known {
  readonly since: number;
  path: PathState;
  theirs: { readonly at: number; readonly side: Side } | null;
  told: { readonly at: number; readonly text: string } | null;
}

export class Recorder {
  /** For the call: everything that it makes is followed. */
  readonly environment: Environment;
  readonly #options: RecorderOptions;
  readonly #began: number;
  readonly #logs: ConnectionLog[] = [];
  readonly #known = new Map<string, Known>();
  readonly #events: EventFact[] = [];
  #call: Call | null = null;
  #devices: Facts['devices'] = { audio: 'on', video: 'on' };
  #server: Pick<ServerFacts, 'joining' | 'welcomed' | 'failures' | 'http' | 'clockAhead'> = {
    joining: null,
    welcomed: null,
    failures: 0,
    http: 'unknown',
    clockAhead: null,
  };
  #nextTryAt: number | null = null;
  #cancel: (() => void) | null = null;
  #stopListening: (() => void)[] = [];
  #state = '';

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#began = options.environment.now();
    this.environment = {
      ...options.environment,
      createPeerConnection: (configuration) => {
        const connection = options.environment.createPeerConnection(configuration);
        keep(this.#logs, new ConnectionLog(connection, () => this.#now()), maxLogs);
        return connection;
      },
    };
  }

  /** Follows a call from its beginning to its end. */
  follow(call: Call): void {
    this.#call = call;
    this.#server = { ...this.#server, joining: this.#now() };
    this.event('joining');
    this.#stopListening = [
      call.on('change', () => this.#handleChange()),
      call.on('facts', ({ from, facts }) => this.#handleFacts(from, facts)),
    ];
    this.#handleChange();
    this.#cancel = this.environment.after(sampleEvery, () => void this.#tick());
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (const stop of this.#stopListening) stop();
    this.#stopListening = [];
  }

  setDevices(devices: Facts['devices']): void {
    if (devices.audio === this.#devices.audio && devices.video === this.#devices.video) return;
    this.#devices = devices;
    this.event(`microphone ${devices.audio}, camera ${devices.video}`);
    this.#options.changed();
  }

  /** The first picture of somebody is on the screen. */
  pictured(participant: string): void {
    this.#logOf(participant)?.mark('first_frame');
  }

  event(what: string): void {
    keep(this.#events, { at: this.#now(), what }, maxEvents);
  }

  /** Asks the server an ordinary request. */
  async probe(): Promise<void> {
    const { answers, clockAhead } = await this.#options.probe();
    this.#server = { ...this.#server, http: answers ? 'answers' : 'fails', clockAhead: clockAhead ?? this.#server.clockAhead };
    this.#options.changed();
  }

  /** Reads all statistics anew. */
  async sample(): Promise<void> {
    const participants = this.#call?.participants ?? [];
    await Promise.all(participants.map(({ id }) => this.#logOf(id)?.sample()));
  }

  facts(): Facts {
    const { origin, page, relayOnly } = this.#options;
    const { hostname, port, protocol } = new URL(origin);
    const call = this.#call;
    return {
      now: this.#now(),
      began: this.#began,
      page: page(),
      server: {
        host: hostname,
        port: Number(port) || (protocol === 'https:' ? 443 : 80),
        state: call?.state ?? notJoined,
        ...this.#server,
      },
      relayOnly,
      iceServers: iceServerFacts(call?.iceServers ?? []),
      devices: this.#devices,
      links: (call?.participants ?? []).map((participant) => this.#linkOf(participant)),
      events: [...this.#events],
    };
  }

  #now(): number {
    return this.#options.environment.now() - this.#began;
  }

  #logOf(participant: string): ConnectionLog | undefined {
    const connection = this.#call?.participants.find(({ id }) => id === participant)?.connection;
    return this.#logs.find((log) => log.connection === connection);
  }

  #linkOf({ id, name, presence, path, audio, video }: Participant): LinkFacts {
    const log = this.#logOf(id);
    const known = this.#known.get(id);
    return {
      participant: id,
      name,
      presence,
      path,
      since: known?.since ?? this.#now(),
      searching: log?.searching ?? null,
      wasConnected: log?.wasConnected ?? false,
      answered: log?.answered ?? false,
      states: [...(log?.states ?? [])],
      local: [...(log?.local ?? [])],
      remote: [...(log?.remote ?? [])],
      errors: [...(log?.errors ?? [])],
      samples: [...(log?.samples ?? [])],
      theySend: { audio, video },
      theirs: known?.theirs ? this.#aged(known.theirs) : null,
      marks: [...(log?.marks ?? [])],
    };
  }

  #handleChange(): void {
    const call = this.#call as Call;
    this.#handleState(call.state);
    const here = new Set<string>();
    for (const { id, path } of call.participants) {
      here.add(id);
      const known = this.#known.get(id);
      if (!known) {
        this.#known.set(id, { since: this.#now(), path, theirs: null, told: null });
        this.event('somebody came');
      } else if (known.path !== path) {
        known.path = path;
        this.event(`path ${path}`);
      }
      this.#logOf(id)?.note('path', path);
    }
    for (const id of this.#known.keys()) {
      if (here.has(id)) continue;
      this.#known.delete(id);
      this.event('somebody left');
    }
    this.#options.changed();
  }

  #handleState(state: CallState): void {
    const isWelcome = state.kind === 'alone' || state.kind === 'in-call';
    if (isWelcome) this.#server = { ...this.#server, failures: 0, welcomed: this.#server.welcomed ?? this.#now() };
    const nextTryAt = state.kind === 'connecting' || state.kind === 'reconnecting' ? state.nextTryAt : null;
    if (nextTryAt !== null && nextTryAt !== this.#nextTryAt) {
      this.#server = { ...this.#server, failures: this.#server.failures + 1 };
      void this.probe();
    }
    this.#nextTryAt = nextTryAt;
    const text =
      state.kind === 'ended'
        ? `ended: ${state.reason}`
        : 'trouble' in state && state.trouble
          ? `${state.kind}: ${state.trouble}`
          : state.kind;
    if (text !== this.#state) this.event(text);
    this.#state = text;
    if (state.kind === 'ended') this.close();
  }

  #handleFacts(from: string, value: unknown): void {
    const known = this.#known.get(from);
    const theirs = parseSide(value);
    if (!known || !theirs) return;
    known.theirs = { at: this.#now(), side: theirs };
    this.#options.changed();
  }

  /** It goes on looking, and has no need to say so. */
  #aged({ at, side }: { readonly at: number; readonly side: Side }): Side {
    return side.looking === 0 ? side : { ...side, looking: side.looking + Math.round(this.#now() - at) };
  }

  async #tick(): Promise<void> {
    // What is known is told, also while a browser keeps statistics back.
    const overdue = new Promise<void>((resolve) => (this.#cancel = this.environment.after(sampleEvery, resolve)));
    await Promise.race([this.sample().then(() => this.#cancel?.()), overdue]);
    if (!this.#cancel) return;
    const facts = this.facts();
    for (const link of facts.links) this.#tell(facts, link);
    this.#options.changed();
    this.#cancel = this.environment.after(sampleEvery, () => void this.#tick());
  }

  /** Only what is new, and not too often: messages wait in memory until they are acknowledged. */
  #tell(facts: Facts, link: LinkFacts): void {
    const known = this.#known.get(link.participant);
    if (!known || link.presence === 'away' || facts.now - link.since < firstTold) return;
    const isSettled = link.path === 'connected' && facts.now - link.since > settledAfter;
    const gap = isSettled ? toldAgainOnPath : toldAgain;
    if (known.told && facts.now - known.told.at < gap) return;
    const side = sideOf(facts, link);
    const text = JSON.stringify({ ...side, looking: side.looking > 0 });
    if (text === known.told?.text) return;
    known.told = { at: facts.now, text };
    this.#call?.tell(side, link.participant);
  }
}

const notJoined: CallState = { kind: 'connecting', nextTryAt: null, trouble: null };
