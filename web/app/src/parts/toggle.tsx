import type { Source } from '../state/source.ts';
import { CameraIcon, MicrophoneIcon } from './icons.tsx';

/** “Microphone” and “Camera”: pressed means that it is on. */
export function Toggle({ source }: { source: Source }) {
  const on = source.on.value;
  const Icon = source.kind === 'audio' ? MicrophoneIcon : CameraIcon;
  return (
    <button class="round" aria-pressed={on} onClick={() => void source.toggle()}>
      <span class="disc">
        <Icon off={!on} />
      </span>
      {source.kind === 'audio' ? 'Microphone' : 'Camera'}
    </button>
  );
}
