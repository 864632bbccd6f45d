// Everything that a call needs from the outside world: time, sockets, peer connections, randomness
// and hashes. A test or a simulation gives its own; a browser's page takes these defaults.

import type { Silence } from './path_watch.ts';

/** The part of a `WebSocket` that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

/** One HTTP POST, whose answer is told as it comes. Nothing is told within the call that makes it, nor after `abort`. */
export interface Exchange {
  onhead: ((status: number) => void) | null;
  ontext: ((text: string) => void) | null;
  /** The answer is complete, or will never be. */
  onend: (() => void) | null;
  abort(): void;
}

/** AES-GCM under one key. Both reject when they fail. */
export interface Cipher {
  encrypt(iv: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array>;
  decrypt(iv: Uint8Array, ciphertext: Uint8Array, additional: Uint8Array): Promise<Uint8Array>;
}

export interface Crypto {
  random(length: number): Uint8Array;
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
  /** HKDF-SHA-256 (RFC 5869) to 32 bytes, as a key for AES-256-GCM. */
  deriveCipher(input: Uint8Array, salt: Uint8Array, info: Uint8Array): Promise<Cipher>;
}

/** What happens on a link, message by message: for diagnosis, and for tests of the delivery. */
export interface TraceEvent {
  /** `withdrawn`: every message of ours below `seq`. */
  readonly what: 'sent' | 'delivered' | 'withdrawn' | 'dropped';
  readonly link: string;
  /** Id of the participant whose message it is. */
  readonly sender: string;
  readonly seq: number;
  readonly message?: unknown;
}

export interface Environment {
  /** Milliseconds; `CallState.nextTryAt` is on this clock. */
  now(): number;
  /** Calls back once, `delay` milliseconds from now; the returned function cancels it. */
  after(delay: number, callback: () => void): () => void;
  /** A fraction in [0, 1), for spreading retries. */
  fraction(): number;
  readonly crypto: Crypto;
  openSocket(url: string, protocols: string[]): Socket;
  post(url: string, body: string): Exchange;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** One certificate for all connections of a call, made early; `null` lets each make its own. */
  createCertificate(): Promise<RTCCertificate | null>;
  createMediaStream(): MediaStream;
  /** Calls back whenever the network may have changed; the returned function stops that. */
  watchNetwork(changed: () => void): () => void;
  /**
   * Tells again and again of a silence on a connection that media came on, and once when it has ended; the returned
   * function stops that.
   */
  watchPath(connection: RTCPeerConnection, tell: (silence: Silence) => void): () => void;
  /** Tells, where the browser does, when what we send goes out another way; the returned function stops that. */
  watchRoute(connection: RTCPeerConnection, moved: () => void): () => void;
  trace(event: TraceEvent): void;
}
