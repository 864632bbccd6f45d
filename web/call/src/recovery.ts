// When to look for another path because this one is silent. Pure.

import type { Silence } from './path_watch.ts';

/** Between two tries; each waits twice as long as the one before. */
const firstPause = 3000;
const lastPause = 12_000;
/** A path that comes and goes is not looked for anew each time. */
const leastPause = 1000;
/** Suspicions that came to nothing are heeded ever more seldom: some radios stutter all the time. */
const firstTrust = 4000;
const lastTrust = 300_000;

export class Recovery {
  #isSilent = false;
  #tries = 0;
  #nextTryAt = -Infinity;
  #trust = firstTrust;
  #suspectsAgainAt = -Infinity;

  /** `suspect`: the path may be dead, so what it takes to look for another may be made ready. */
  handleSilence(now: number, { lasts, isCertain }: Silence): 'suspect' | 'look' | 'found' | null {
    const wasSilent = this.#isSilent;
    this.#isSilent = isCertain;
    if (!isCertain) {
      if (lasts > 0 && !wasSilent) return this.#suspect(now);
      this.#tries = 0;
      this.#nextTryAt = Math.min(this.#nextTryAt, now + leastPause);
      return wasSilent ? 'found' : null;
    }
    this.#trust = firstTrust;
    this.#suspectsAgainAt = -Infinity;
    if (now < this.#nextTryAt) return null;
    this.#nextTryAt = now + Math.min(firstPause * 2 ** this.#tries, lastPause);
    this.#tries += 1;
    return 'look';
  }

  #suspect(now: number): 'suspect' | null {
    if (now < this.#suspectsAgainAt) return null;
    this.#suspectsAgainAt = now + this.#trust;
    this.#trust = Math.min(2 * this.#trust, lastTrust);
    return 'suspect';
  }
}
