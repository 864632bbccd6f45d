// When to look for another path because this one is silent. Pure.

/** Between two tries; each waits twice as long as the one before. */
const firstPause = 3000;
const lastPause = 12_000;
/** A path that comes and goes is not looked for anew each time. */
const leastPause = 1000;

export class Recovery {
  #isSilent = false;
  #tries = 0;
  #nextTryAt = -Infinity;

  /** `silence`: milliseconds in which nothing has arrived, 0 when something has. */
  handleSilence(now: number, silence: number): 'look' | 'found' | null {
    const wasSilent = this.#isSilent;
    this.#isSilent = silence > 0;
    if (silence === 0) {
      this.#tries = 0;
      this.#nextTryAt = Math.min(this.#nextTryAt, now + leastPause);
      return wasSilent ? 'found' : null;
    }
    if (now < this.#nextTryAt) return null;
    this.#nextTryAt = now + Math.min(firstPause * 2 ** this.#tries, lastPause);
    this.#tries += 1;
    return 'look';
  }
}
