// Tells a path that has died from one that stutters, by what arrives. Browsers say so themselves, but 5 to 15
// seconds later: they wait for their own connectivity checks to fail. Pure.

/** How often whoever uses it should look, milliseconds. */
export const lookEvery = 50;
/** Media arrive every 20 to 60 ms; a hiccup of the radio is shorter than this. */
const leastPatience = 300;
const mostPatience = 4000;
/** So many times the usual gap is silence. */
const gaps = 5;
/** The share that the latest gap has in the usual one. */
const weight = 0.1;

export class PathWatch {
  #stamp: number | null = null;
  #heardAt = 0;
  #lookedAt = 0;
  #usualGap = lookEvery;
  #isSilent = false;

  /**
   * `stamp`: of the latest that arrived, on any clock; `null` when nothing ever did. Returns for how many milliseconds
   * there has been silence, 0 when that is nothing unusual.
   */
  look(now: number, stamp: number | null): number {
    const late = now - this.#lookedAt > 4 * lookEvery;
    this.#lookedAt = now;
    if (stamp !== null && stamp !== this.#stamp) {
      // The first after a silence says nothing about what is usual, nor does one found late.
      const gap = now - this.#heardAt;
      if (this.#stamp !== null && !late && gap < this.#patience) this.#usualGap += weight * (gap - this.#usualGap);
      this.#stamp = stamp;
      this.#heardAt = now;
    } else if (late && !this.#isSilent) {
      // The page itself stood still: what has arrived meanwhile may not be told yet.
      this.#heardAt = Math.max(this.#heardAt, now - lookEvery);
    }
    const silence = now - this.#heardAt;
    this.#isSilent = this.#stamp !== null && silence > this.#patience;
    return this.#isSilent ? silence : 0;
  }

  get #patience(): number {
    return Math.min(Math.max(leastPatience, gaps * this.#usualGap), mostPatience);
  }
}
