import { soundBlocked } from '../state/sound.ts';
import { Note } from './note.tsx';

export function PlaySound() {
  if (!soundBlocked.value) return null;
  return (
    <Note
      tone="warn"
      title="You hear nothing yet:"
      advice="your browser plays sound only after a click."
      action="Turn the sound on"
      onAction={() => (soundBlocked.value = false)}
    />
  );
}
