import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

const now = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval>;

/** Whole seconds until `at` (milliseconds on the wall clock), at least 0; renders again as they pass. */
export function useSecondsUntil(at: number): number {
  const since = useRef(Date.now()).current; // nobody may have watched the clock for a while
  useEffect(() => {
    if (watchers === 0) {
      now.value = Date.now();
      timer = setInterval(() => (now.value = Date.now()), 250);
    }
    watchers += 1;
    return () => {
      watchers -= 1;
      if (watchers === 0) clearInterval(timer);
    };
  }, []);
  return Math.max(0, Math.ceil((at - Math.max(now.value, since)) / 1000));
}
