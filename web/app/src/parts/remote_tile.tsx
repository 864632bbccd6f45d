import type { Participant } from 'plntry-call';
import { useEffect, useRef } from 'preact/hooks';
import { preferences } from '../state/preferences.ts';
import { soundBlocked } from '../state/sound.ts';
import { nameOf } from '../words/name.ts';
import { pictured, troubleWith } from '../state/diagnosis.ts';
import { pathText } from '../words/path.ts';
import { MicrophoneIcon } from './icons.tsx';

/** Filling a tile of another shape cuts off sides. At least this share of a picture's width and height is shown. */
const kLeastShown = 0.55;

/** Somebody else: full-bleed when there is one, a tile of the grid otherwise. */
export function RemoteTile({ other, single }: { other: Participant; single: boolean }) {
  const name = nameOf(other);
  const verdict = troubleWith(other.id);
  const trouble = verdict ? [verdict.sentence, verdict.advice].join(' ') : pathText(other, name);
  const seen = other.video && other.path !== 'waiting' && other.path !== 'key_mismatch';
  return (
    <div class={`tile ${single ? 'single' : ''}`} role="group" aria-label={name}>
      <RemoteVideo other={other} name={name} seen={seen} />
      {!seen && (
        <div class="avatar" aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </div>
      )}
      <div class="tile-foot">
        {trouble !== null && (
          <p class="tile-trouble" role="status">
            {trouble}
          </p>
        )}
        <p class="tile-name">
          {!other.audio && <MicrophoneIcon off />}
          <span>{name}</span>
          {!other.audio && <span class="tile-muted">muted</span>}
        </p>
      </div>
    </div>
  );
}

function RemoteVideo({ other, name, seen }: { other: Participant; name: string; seen: boolean }) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = element.current!;
    video.srcObject = other.stream;
    const play = () => void video.play().catch((error: DOMException) => refuse(video, error));
    play();
    // A track that comes later may not start by itself in Safari.
    other.stream.addEventListener('addtrack', play);
    const retry = () => {
      video.muted = false;
      play();
    };
    const stopWatching = soundBlocked.subscribe((blocked) => !blocked && video.muted && retry());
    const stopFitting = keepFitting(video);
    return () => {
      other.stream.removeEventListener('addtrack', play);
      stopWatching();
      stopFitting();
      video.srcObject = null;
    };
  }, [other.stream]);

  const speaker = preferences.value.audiooutput;
  useEffect(() => {
    const video = element.current!;
    if ('setSinkId' in video) void video.setSinkId(speaker).catch(() => {}); // gone: the system's speaker it is
  }, [speaker]);

  return (
    <video
      ref={element}
      data-participant={other.id}
      class={seen ? '' : 'unseen'}
      autoPlay
      onLoadedData={() => pictured(other.id)}
      playsInline
      aria-label={`${name}’s picture`}
    />
  );
}

/** Without a click on the page, browsers play no sound: the picture comes without it, and the person is asked to click. */
function refuse(video: HTMLVideoElement, error: DOMException): void {
  if (error.name !== 'NotAllowedError') return;
  video.muted = true;
  soundBlocked.value = true;
  void video.play().catch(() => {});
}

/** Gives the picture all of its tile, or as much of it as leaves `kLeastShown` to be seen. */
function keepFitting(video: HTMLVideoElement): () => void {
  const tile = video.parentElement!;
  const fit = () => {
    const picture = video.videoWidth / video.videoHeight;
    const box = tile.clientWidth / tile.clientHeight;
    if (!(picture > 0 && box > 0)) return;
    video.style.height = picture * kLeastShown > box ? `${tile.clientWidth / (picture * kLeastShown)}px` : '';
    video.style.width = box * kLeastShown > picture ? `${(tile.clientHeight * picture) / kLeastShown}px` : '';
  };
  const observer = new ResizeObserver(fit);
  observer.observe(tile);
  video.addEventListener('resize', fit);
  return () => {
    observer.disconnect();
    video.removeEventListener('resize', fit);
  };
}
