// What a page can make ready before its person has joined: all of it would stand in the way of the first
// picture afterwards.

import { browserEnvironment, tabSeats } from './browser.ts';
import { firstRequest, RoomCall, socketUrl } from './call.ts';
import { EarlySocket } from './early_socket.ts';
import type { Environment } from './environment.ts';
import { createIdentity } from './identity.ts';
import { parseRoomLink } from './room_name.ts';
import { Sealer } from './seal.ts';
import type { TakeEarly } from './signalling.ts';
import type { Call, CallOptions, Lobby, RoomLink } from './types.ts';

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
  const { crypto } = environment;
  const ready = Promise.all([
    createIdentity(crypto),
    link.key === null ? null : Sealer.create(crypto, link.room, link.key),
    connections.ready,
  ]);
  let early: EarlySocket | null = null;
  let isOver = false; // somebody has joined, or nobody will
  return {
    link,
    wait() {
      void ready
        .then(([identity]) => {
          if (!isOver) early ??= new EarlySocket(environment, socketUrl(link), firstRequest(seat, link, identity));
        })
        .catch(() => undefined); // whoever joins is told
    },
    join({ media = options.media, name = options.name } = {}): Call {
      isOver = true;
      const takeEarly: TakeEarly = (request) => early?.take(request) ?? null;
      const sent = { audio: null, video: null, ...media };
      return new RoomCall({ link, seat, environment, connections, media: sent, name: name ?? '', ready, takeEarly });
    },
    close() {
      isOver = true;
      early?.close();
      connections.close();
    },
  };
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
