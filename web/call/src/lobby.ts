// What a page can make ready before its person has joined: all of it would stand in the way of the first
// picture afterwards.

import { browserEnvironment, tabSeats } from './browser.ts';
import { firstRequest, RoomCall } from './call.ts';
import { Dialler } from './dialler.ts';
import type { Entering } from './early_socket.ts';
import { EarlySocket } from './early_socket.ts';
import type { Environment } from './environment.ts';
import type { Identity } from './identity.ts';
import { createIdentity } from './identity.ts';
import { Mesh } from './mesh.ts';
import type { JoinRequest } from './protocol.ts';
import { parseRoomLink } from './room_name.ts';
import { Sealer } from './seal.ts';
import type { TakeEarly } from './signalling.ts';
import type { Call, CallOptions, Lobby, RoomLink, SeatStore } from './types.ts';

/**
 * Makes a call ready to be joined at once: derives the key, makes the certificate and a first peer
 * connection. Throws a `TypeError` when `where` leads to no room.
 */
export function prepareCall(where: string | RoomLink, options: CallOptions = {}): Lobby {
  const link = typeof where === 'string' ? parseRoomLink(where) : where;
  if (!link) throw new TypeError('Not the link of a room. Ask for the whole link again.');
  const environment: Environment = { ...browserEnvironment, ...options.environment };
  const seat = options.seat ?? tabSeats;
  const connections = new Connections(environment, options.iceTransportPolicy);
  const ready = prepare(link, environment, connections);
  const dialler = new Dialler(environment, link);
  const stay = new Stay(link, environment, dialler, seat, ready);
  return {
    link,
    wait: (told) => stay.begin(told),
    join({ media = options.media, name = options.name } = {}): Call {
      stay.isOver = true;
      const takeEarly: TakeEarly = (request) => stay.end(request);
      const sent = { audio: null, video: null, ...media };
      return new RoomCall({ link, seat, environment, dialler, connections, media: sent, name: name ?? '', ready, takeEarly });
    },
    close() {
      stay.end(null);
      void ready.then(({ mesh }) => mesh.close()).catch(() => undefined);
      connections.close();
    },
  };
}

interface Ready {
  readonly identity: Identity;
  readonly mesh: Mesh;
}

async function prepare(link: RoomLink, environment: Environment, connections: Connections): Promise<Ready> {
  const { crypto } = environment;
  const [identity, sealer] = await Promise.all([
    createIdentity(crypto),
    link.key === null ? null : Sealer.create(crypto, link.room, link.key),
    connections.ready,
  ]);
  const context = { self: identity.id, sealer, environment };
  return { identity, mesh: new Mesh(context, (iceServers) => connections.create(iceServers)) };
}

/** Hears of the ICE servers. */
type Told = (iceServers: readonly RTCIceServer[]) => void;

/** The time in the lobby: a connection that waits, and what it tells. */
class Stay {
  readonly #link: RoomLink;
  readonly #environment: Environment;
  readonly #dialler: Dialler;
  readonly #seat: SeatStore;
  readonly #ready: Promise<Ready>;
  #early: EarlySocket | null = null;
  #unwatch: (() => void) | null = null;
  /** Somebody has joined, or nobody will: no connection is opened any more. */
  isOver = false;

  constructor(link: RoomLink, environment: Environment, dialler: Dialler, seat: SeatStore, ready: Promise<Ready>) {
    this.#link = link;
    this.#environment = environment;
    this.#dialler = dialler;
    this.#seat = seat;
    this.#ready = ready;
  }

  begin(told: Told = () => undefined): void {
    this.#ready
      .then((ready) => {
        if (this.isOver || this.#early) return;
        this.#open(ready, told);
        this.#unwatch = this.#environment.watchNetwork(() => {
          this.#dialler.handleNetworkChange();
          this.#open(ready, told);
        });
      })
      .catch(() => undefined); // whoever joins is told
  }

  /** The connection, sent into the room if it is of use for `request`; `null` lets go of it. */
  end(request: JoinRequest | null): Entering | null {
    this.isOver = true;
    this.#unwatch?.();
    const early = this.#early;
    this.#early = null;
    if (request) return early?.take(request) ?? null;
    early?.close();
    return null;
  }

  /** Opens the connection, or another one after the network changed: what was gathered on the former is stale. */
  #open({ identity, mesh }: Ready, told: Told): void {
    this.#early?.close();
    mesh.forgetLobby();
    this.#early = new EarlySocket(this.#environment, this.#dialler, firstRequest(this.#seat, this.#link, identity), {
      handle(frame) {
        if (frame.type === 'ice') {
          mesh.handleIce(frame.ice);
          told(frame.ice.servers);
        } else if (frame.type === 'message') {
          mesh.handleMessage(frame.from, frame.body);
        }
      },
      ended: () => mesh.forgetLobby(),
    });
  }
}

/**
 * Joins the room that `where` leads to (`https://host/abc-defg-hij#key`, or its parts). Throws a
 * `TypeError` when it leads to none; whatever goes wrong afterwards is told by `Call.state`.
 */
export function joinCall(where: string | RoomLink, options: CallOptions = {}): Call {
  return prepareCall(where, options).join();
}

/** Makes the call's peer connections: one certificate for all, and the first one early. */
export class Connections {
  readonly ready: Promise<void>;
  readonly #environment: Environment;
  #configuration: RTCConfiguration;
  #spare: RTCPeerConnection | null = null;
  #closed = false;

  constructor(environment: Environment, iceTransportPolicy: RTCIceTransportPolicy = 'all') {
    this.#environment = environment;
    this.#configuration = { bundlePolicy: 'max-bundle', iceTransportPolicy };
    this.ready = this.#prepare();
  }

  create(iceServers: readonly RTCIceServer[]): RTCPeerConnection {
    const spare = this.#spare;
    const configuration = { ...this.#configuration, iceServers: [...iceServers] };
    if (!spare) return this.#environment.createPeerConnection(configuration);
    this.#spare = null;
    spare.setConfiguration(configuration);
    return spare;
  }

  close(): void {
    this.#closed = true;
    this.#spare?.close();
    this.#spare = null;
  }

  async #prepare(): Promise<void> {
    const certificate = await this.#environment.createCertificate();
    if (certificate) this.#configuration = { ...this.#configuration, certificates: [certificate] };
    if (!this.#closed) this.#spare = this.#environment.createPeerConnection(this.#configuration);
  }
}
