// The environment that a browser gives.

import type { Cipher, Crypto, Environment, Exchange } from './environment.ts';
import { lookEvery, PathWatch } from './path_watch.ts';
import type { SeatStore } from './types.ts';

/** Milliseconds within which the events of one change of network come. */
const changeSettles = 30;

/** The Web Cryptography API; in node, too. */
export const webCrypto: Crypto = {
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource)),
  async deriveCipher(input, salt, info) {
    const base = await crypto.subtle.importKey('raw', input as BufferSource, 'HKDF', false, ['deriveKey']);
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt: salt as BufferSource, info: info as BufferSource };
    const key = await crypto.subtle.deriveKey(derivation, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    return aesGcm(key);
  },
};

function aesGcm(key: CryptoKey): Cipher {
  const parameters = (iv: Uint8Array, additional: Uint8Array) =>
    ({ name: 'AES-GCM', iv, additionalData: additional }) as AesGcmParams;
  return {
    encrypt: async (iv, plaintext, additional) =>
      new Uint8Array(await crypto.subtle.encrypt(parameters(iv, additional), key, plaintext as BufferSource)),
    decrypt: async (iv, ciphertext, additional) =>
      new Uint8Array(await crypto.subtle.decrypt(parameters(iv, additional), key, ciphertext as BufferSource)),
  };
}

/** Text, so that a page of another origin needs no leave for it in advance (CORS). */
function post(url: string, body: string): Exchange {
  const controller = new AbortController();
  const exchange: Exchange = { onhead: null, ontext: null, onend: null, abort: () => controller.abort() };
  const options: RequestInit = { method: 'POST', body, cache: 'no-store', signal: controller.signal };
  void tell(fetch(url, options), exchange)
    .catch(() => undefined)
    .then(() => {
      if (!controller.signal.aborted) exchange.onend?.();
    });
  return exchange;
}

async function tell(answering: Promise<Response>, exchange: Exchange): Promise<void> {
  const answer = await answering;
  exchange.onhead?.(answer.status);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) exchange.ontext?.(piece.value);
}

export const browserEnvironment: Environment = {
  now: () => Date.now(),
  after(delay, callback) {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
  fraction: () => Math.random(),
  crypto: webCrypto,
  openSocket: (url, protocols) => new WebSocket(url, protocols) as ReturnType<Environment['openSocket']>,
  post,
  createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
  createCertificate: () =>
    RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as EcKeyGenParams).catch(() => null),
  createMediaStream: () => new MediaStream(),
  trace: () => undefined,
  watchNetwork(changed) {
    const { connection } = navigator as Navigator & { readonly connection?: NetworkInformation };
    let type = connection?.type;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // One change makes several events.
    const announce = () => {
      clearTimeout(timer);
      timer = setTimeout(changed, changeSettles);
    };
    // `change` tells of every new estimate of the speed, too: those are no other network.
    const compare = () => {
      if (connection?.type !== type && connection?.type !== 'none') announce();
      type = connection?.type;
    };
    const restore = ({ persisted }: PageTransitionEvent) => {
      if (persisted) announce();
    };
    addEventListener('online', announce);
    addEventListener('pageshow', restore);
    connection?.addEventListener('change', compare);
    return () => {
      clearTimeout(timer);
      removeEventListener('online', announce);
      removeEventListener('pageshow', restore);
      connection?.removeEventListener('change', compare);
    };
  },
  watchPath(connection, tell) {
    const watch = new PathWatch();
    let wasSilent = false;
    const timer = setInterval(() => {
      const silence = watch.look(performance.now(), latestArrival(connection));
      if (silence.lasts > 0 || wasSilent) tell(silence);
      wasSilent = silence.lasts > 0;
    }, lookEvery);
    return () => clearInterval(timer);
  },
  watchRoute(connection, moved) {
    const transport = connection.getSenders()[0]?.transport?.iceTransport;
    transport?.addEventListener('selectedcandidatepairchange', moved);
    return () => transport?.removeEventListener('selectedcandidatepairchange', moved);
  },
};

/** Cheaper than statistics, and at once: when the latest sound or picture came to be played. */
function latestArrival(connection: RTCPeerConnection): number | null {
  const sources = connection.getReceivers().flatMap((receiver) => receiver.getSynchronizationSources());
  return sources.length === 0 ? null : Math.max(...sources.map(({ timestamp }) => timestamp));
}

/** https://wicg.github.io/netinfo/: only where it tells the type is it of use here. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

/** Of the tab: a reload takes its own seat again, and two tabs are two participants. */
export const tabSeats: SeatStore = {
  read(room) {
    return (storage()?.getItem(seatKey(room)) ?? '').split(' ').filter((secret) => secret !== '');
  },
  write(room, secrets) {
    try {
      if (secrets.length === 0) storage()?.removeItem(seatKey(room));
      else storage()?.setItem(seatKey(room), secrets.join(' '));
    } catch {
      // Full: a reload is a new participant, as without any storage.
    }
  },
};

/** `null` where the person has forbidden it: then a reload is a new participant. */
function storage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function seatKey(room: string): string {
  return `plntry.seat.${room}`;
}
