import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { followLevel } from '../state/level.ts';
import type { Source } from '../state/source.ts';

const kSteps = 12;

export function LevelMeter({ source }: { source: Source }) {
  const level = useSignal(0);
  const track = source.on.value ? source.track.value : null;
  useEffect(() => (track === null ? undefined : followLevel(track, level, kSteps)), [track]);
  return (
    <div
      class="meter"
      role="meter"
      aria-label="Microphone level"
      aria-valuemin={0}
      aria-valuemax={kSteps}
      aria-valuenow={level.value}
    >
      {Array.from({ length: kSteps }, (_, i) => (
        <span key={i} class={i < level.value ? 'lit' : ''} />
      ))}
    </div>
  );
}
