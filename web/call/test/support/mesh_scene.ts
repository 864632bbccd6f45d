// Sides of a room in virtual time: meshes over a modelled ICE, whose frames reach each other.
import { Mesh } from '../../src/mesh.ts';
import type { Body } from '../../src/protocol.ts';
import { parseFrame } from '../../src/protocol.ts';
import { Sealer } from '../../src/seal.ts';
import type { LocalMedia } from '../../src/types.ts';
import { VirtualClock } from './clock.ts';
import { TestEnvironment, welcome } from './environment.ts';
import { IceNetwork } from './peer_connection.ts';
import { Prng } from './prng.ts';

export const key = 'AAECAwQFBgcICQoLDA0ODw';
export const otherKey = 'BAECAwQFBgcICQoLDA0ODw';

/** A frame that a side sent, taken apart. */
export interface Sent {
  readonly type: 'send' | 'hold';
  readonly to?: string;
  readonly link?: string;
  readonly seq?: number;
  readonly base?: number;
  readonly lobby?: true;
  readonly body: Body;
  readonly text: string;
}

export class Side {
  readonly id: string;
  readonly mesh: Mesh;
  readonly sent: Sent[] = [];
  readonly endings: string[] = [];
  silences = 0;
  media: LocalMedia = { audio: null, video: null };
  #taken = 0;

  constructor(scene: Scene, id: string, sealer: Sealer | null, waits = false) {
    this.id = id;
    const { environment } = scene;
    this.mesh = new Mesh({ self: id, sealer, environment }, () => environment.createPeerConnection({}));
    if (!waits) this.enter();
  }

  /** The person joins: from now on it speaks. */
  enter(): void {
    this.mesh.join({
      name: () => this.id,
      media: () => this.media,
      send: (frame) => this.sent.push(takeApart(frame)),
      changed: () => undefined,
      message: () => undefined,
      facts: () => undefined,
      silent: () => (this.silences += 1),
      end: (reason) => this.endings.push(reason),
    });
  }

  get other() {
    return this.mesh.participants[0];
  }

  get holds(): Sent[] {
    return this.sent.filter(({ type }) => type === 'hold');
  }

  get rejects(): unknown[] {
    return this.sent.flatMap(({ body }) => (body.reject === undefined ? [] : [[body.link, body.reject]]));
  }

  /** What was sent since the last time. */
  take(): Sent[] {
    const fresh = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return fresh;
  }
}

/** Sides whose frames to each other arrive; what they hold is given to whom the test says. */
export class Scene {
  readonly environment: TestEnvironment;
  readonly sides: Side[] = [];
  tamper: (body: string) => string = (body) => body;

  constructor() {
    const clock = new VirtualClock();
    this.environment = new TestEnvironment(clock, new IceNetwork(clock, new Prng(3)));
  }

  async side(id: string, roomKey: string | null = key, { waits = false } = {}): Promise<Side> {
    const sealer = roomKey === null ? null : await Sealer.create(this.environment.crypto, 'abc', roomKey);
    const side = new Side(this, id, sealer, waits);
    this.sides.push(side);
    return side;
  }

  async run(rounds = 20): Promise<void> {
    for (let i = 0; i < rounds; i += 1) {
      await this.environment.clock.run(30);
      for (const side of this.sides) {
        for (const { to, text } of side.take()) {
          this.sides.find(({ id }) => id === to)?.mesh.handleMessage(side.id, this.tamper(text));
        }
      }
    }
  }

  /** `waiter` waits, and `joiner` comes and takes what it holds. */
  async joinByHold(waiter: Side, joiner: Side): Promise<string> {
    welcomed(waiter);
    await this.run(4);
    const link = waiter.holds[0]?.link ?? '';
    await this.handOver(waiter, joiner, link);
    return link;
  }

  /** `waiter` is in the room, and `visitor` in the lobby, where it is shown what the hold has for it. */
  async show(waiter: Side, visitor: Side, capacity = 2): Promise<string> {
    welcomed(waiter, { capacity });
    await this.run(4);
    for (const { text, lobby } of waiter.holds) if (lobby) visitor.mesh.handleMessage(waiter.id, text);
    return waiter.holds[0]?.link ?? '';
  }

  async handOver(waiter: Side, joiner: Side, link: string): Promise<void> {
    welcomed(joiner, { participants: [{ id: waiter.id, state: 'present', link, held: waiter.holds.length }] });
    for (const { text } of waiter.holds) joiner.mesh.handleMessage(waiter.id, this.tamper(text));
    waiter.mesh.handlePresence({ type: 'joined', id: joiner.id, link });
    await this.run();
  }
}

function takeApart(frame: string): Sent {
  const [header, text] = frame.split('\n');
  return { ...(JSON.parse(header as string) as Sent), body: JSON.parse(text as string) as Body, text: text as string };
}

export function welcomed(side: Side, fields: object = {}): void {
  const frame = parseFrame(JSON.stringify(welcome(fields)));
  if (frame?.type === 'welcome') side.mesh.handleWelcome(frame);
}
