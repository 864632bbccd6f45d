import { signal } from '@preact/signals';
import { capture, Source, troubleOf, type Kind } from './source.ts';

/** This browser's microphone and camera, and which devices there are to choose from. */
export const microphone = new Source('audio');
export const camera = new Source('video');

export const devices = signal<readonly MediaDeviceInfo[]>([]);
export const opening = signal(false);

export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;

const sources = { audio: microphone, video: camera } as const;

let queue: Promise<void> = Promise.resolve();
/** Grows with each opening and closing: a permission that is given after the next one comes too late. */
let turn = 0;

/** Opens what is wanted and not yet there. */
export function openMedia(): Promise<void> {
  turn += 1;
  const mine = turn;
  queue = queue.then(() => open(() => turn === mine));
  return queue;
}

/** One request for both, so that the browser asks once; when it fails, each alone, to keep what there is. */
async function open(isCurrent: () => boolean): Promise<void> {
  const kinds = (['audio', 'video'] as const).filter((kind) => sources[kind].wanted.peek());
  if (kinds.length === 0 || !isCurrent()) return;
  opening.value = true;
  try {
    settle(await capture(kinds), isCurrent);
  } catch (error) {
    for (const kind of kinds) if (isCurrent()) await openAlone(kind, error, isCurrent);
  }
  opening.value = false;
  void listDevices(); // not awaited: Firefox names the devices only to a window that has the focus
}

async function openAlone(kind: Kind, reason: unknown, isCurrent: () => boolean): Promise<void> {
  if (troubleOf(reason) === 'denied' && !(await isGranted(kind))) {
    sources[kind].settle(null, 'denied'); // asking again would only bring the same prompt back
    return;
  }
  try {
    settle(await capture([kind]), isCurrent);
  } catch (error) {
    sources[kind].settle(null, troubleOf(error));
  }
}

function settle(stream: MediaStream, isCurrent: () => boolean): void {
  for (const track of stream.getTracks()) {
    if (isCurrent()) sources[track.kind as Kind].settle(track, null);
    else track.stop();
  }
}

async function isGranted(kind: Kind): Promise<boolean> {
  try {
    const name = kind === 'audio' ? 'microphone' : 'camera';
    return (await navigator.permissions.query({ name: name as PermissionName })).state === 'granted';
  } catch {
    return false; // a browser that does not know these names
  }
}

export function closeMedia(): void {
  turn += 1;
  microphone.close();
  camera.close();
}

async function listDevices(): Promise<void> {
  devices.value = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
}

navigator.mediaDevices?.addEventListener('devicechange', () => void listDevices());

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return;
  void camera.revive();
  void microphone.revive();
});
