import { effect } from '@preact/signals';
import { view } from './session.ts';

/** A phone must not fall asleep in a call: nobody touches it for minutes. */
export function keepAwakeInCalls(): void {
  let inCall = false;
  let held: WakeLockSentinel | null = null;

  const hold = async () => {
    if (!inCall || !('wakeLock' in navigator) || document.visibilityState !== 'visible') return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (inCall) held = lock;
      else await lock.release();
    } catch {
      // Refused to save power: then the screen goes dark as ever.
    }
  };
  effect(() => {
    inCall = view.value === 'call' || view.value === 'alone';
    void held?.release();
    held = null;
    void hold();
  });
  // The system takes the lock back whenever the page is hidden.
  document.addEventListener('visibilitychange', () => void hold());
}
