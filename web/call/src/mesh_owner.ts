// Whom the mesh works for: it tells what has become of the others, and what is to be sent.

import type { Silence } from './path_watch.ts';
import type { ChannelData, LocalMedia } from './types.ts';

export interface MeshOwner {
  /** What we say of ourselves, and send. */
  name(): string;
  media(): LocalMedia;
  /** Sends a frame if there is a connection; what is lost is sent again after the next welcome. */
  send(frame: string): void;
  changed(): void;
  message(from: string, data: ChannelData): void;
  facts(from: string, facts: object): void;
  /** Nothing arrives from somebody: the network may be gone; or it does again. */
  silent(silence: Silence): void;
  end(reason: 'key_mismatch' | 'man_in_the_middle'): void;
}

/** Of a mesh in the lobby: it hears, and says nothing. */
export const nobody: MeshOwner = {
  name: () => '',
  media: () => ({ audio: null, video: null }),
  send: () => undefined,
  changed: () => undefined,
  message: () => undefined,
  facts: () => undefined,
  silent: () => undefined,
  end: () => undefined,
};
