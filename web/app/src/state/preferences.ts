import { effect, signal } from '@preact/signals';

/** What this browser remembers between calls. Storage may be forbidden (private windows, policies): then it forgets. */
export interface Preferences {
  readonly name: string;
  readonly audioinput: string;
  readonly videoinput: string;
  readonly audiooutput: string;
}

const kKey = 'plntry.preferences';
const kNone: Preferences = { name: '', audioinput: '', videoinput: '', audiooutput: '' };

export const preferences = signal<Preferences>(read());

export function prefer(change: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...change };
}

effect(() => {
  const text = JSON.stringify(preferences.value);
  try {
    localStorage.setItem(kKey, text);
  } catch {
    // Nothing depends on it being remembered.
  }
});

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(kKey) ?? '{}');
    const known = Object.entries(stored ?? {}).filter(([key, value]) => key in kNone && typeof value === 'string');
    return { ...kNone, ...Object.fromEntries(known) };
  } catch {
    return kNone;
  }
}
