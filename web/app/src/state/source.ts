import { computed, signal } from '@preact/signals';
import { prefer, preferences } from './preferences.ts';

export type Kind = 'audio' | 'video';

/** Why there is no track, as far as a browser tells. */
export type Trouble = 'denied' | 'missing' | 'busy' | 'unplugged';

const kPreference = { audio: 'audioinput', video: 'videoinput' } as const;

/**
 * The microphone or the camera: its track while there is one, why not otherwise, and whether the person wants it on.
 * A camera that is off is released, so that its light goes out; a microphone that is off keeps its track, disabled,
 * so that turning it on costs no time.
 */
export class Source {
  readonly kind: Kind;
  readonly track = signal<MediaStreamTrack | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  readonly wanted = signal(true);
  readonly on = computed(() => this.wanted.value && this.track.value !== null);

  private queue: Promise<void> = Promise.resolve();

  constructor(kind: Kind) {
    this.kind = kind;
  }

  /** Takes a track that a request for both kinds brought, or the reason why it brought none. */
  settle(track: MediaStreamTrack | null, trouble: Trouble | null): void {
    this.track.peek()?.stop();
    if (track !== null) {
      track.enabled = this.wanted.peek();
      track.addEventListener('ended', () => this.ended(track), { once: true });
    }
    this.track.value = track;
    this.trouble.value = trouble;
  }

  toggle(): Promise<void> {
    const wanted = !this.on.peek();
    this.wanted.value = wanted;
    return this.serially(async () => {
      const track = this.track.peek();
      if (wanted && track === null) return this.open(false);
      if (!wanted && this.kind === 'video') return this.settle(null, null);
      if (track !== null) track.enabled = wanted;
    });
  }

  retry(): Promise<void> {
    this.wanted.value = true;
    return this.serially(() => this.open(false));
  }

  choose(deviceId: string): Promise<void> {
    prefer({ [kPreference[this.kind]]: deviceId });
    if (!this.wanted.peek() && this.kind === 'video') return Promise.resolve();
    return this.serially(() => this.open(true));
  }

  /** A phone takes the camera away while its screen is locked and does not give it back by itself. */
  revive(): Promise<void> {
    return this.serially(async () => {
      const track = this.track.peek();
      if (this.wanted.peek() && track !== null && (track.readyState === 'ended' || track.muted)) await this.open(false);
    });
  }

  close(): void {
    void this.serially(async () => this.settle(null, null));
  }

  private serially(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step);
    return this.queue;
  }

  private async open(exactly: boolean): Promise<void> {
    // Phones lend one camera at a time: the old one goes back first.
    if (this.kind === 'video') this.track.peek()?.stop();
    try {
      const stream = await capture([this.kind], exactly);
      this.settle(stream.getTracks()[0] ?? null, null);
    } catch (error) {
      this.settle(null, troubleOf(error));
    }
  }

  private ended(track: MediaStreamTrack): void {
    if (this.track.peek() !== track) return;
    this.track.value = null;
    this.trouble.value = 'unplugged';
  }
}

export function capture(kinds: readonly Kind[], exactly = false): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: kinds.includes('audio') && { ...device('audio', exactly), echoCancellation: true, noiseSuppression: true },
    video: kinds.includes('video') && {
      ...device('video', exactly),
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30 },
    },
  });
}

/** A remembered device may be gone, so it is a wish; one that was just picked is meant. */
function device(kind: Kind, exactly: boolean): MediaTrackConstraints {
  const id = preferences.peek()[kPreference[kind]];
  if (id === '') return kind === 'video' ? { facingMode: 'user' } : {};
  return { deviceId: exactly ? { exact: id } : { ideal: id } };
}

export function troubleOf(error: unknown): Trouble {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    default:
      return 'busy';
  }
}
