// Tells a path that has died from one that stutters, by what arrives. Browsers say so themselves, but 5 to 15
// seconds later: they wait for their own connectivity checks to fail. Pure.

/** Nothing has arrived for so many milliseconds; 0 when that is nothing unusual. */
export interface Silence {
  readonly lasts: number;
  /** The path must be dead. Else the radio may only have stuttered: enough to make ready for the worst. */
  readonly isCertain: boolean;
}

export const noSilence: Silence = { lasts: 0, isCertain: false };

/** How often whoever uses it should look, milliseconds. */
export const lookEvery = 50;
/** Media arrive every 20 to 60 ms; a hiccup of most radios is shorter than this. */
const leastPatience = 200;
const mostPatience = 4000;
/** So many times the usual gap is silence. */
const gaps = 4;
/** No other path is found so soon after a silence is certain: that was a hiccup, and the next one is waited for twice as long. */
const hiccup = 300;
/** After a while without one, half of that is gone again. */
const hiccupsPassAfter = 60_000;
/** After this share of our patience there is ground for suspicion. */
const suspicion = 0.5;
/** The share that the latest gap has in the usual one. */
const weight = 0.1;

export class PathWatch {
  #stamp: number | null = null;
  #heardAt = 0;
  #lookedAt = 0;
  #usualGap = lookEvery;
  #isCertain = false;
  #leastPatience = leastPatience;
  #patientUntil = 0;

  /** `stamp`: of the latest that arrived, on any clock; `null` when nothing ever did. */
  look(now: number, stamp: number | null): Silence {
    const late = now - this.#lookedAt > 4 * lookEvery;
    this.#lookedAt = now;
    if (stamp !== null && stamp !== this.#stamp) {
      // The first after a silence says nothing about what is usual, nor does one found late.
      const gap = now - this.#heardAt;
      if (this.#stamp !== null && !late) this.#learnFrom(now, gap);
      this.#stamp = stamp;
      this.#heardAt = now;
    } else if (late && !this.#isCertain) {
      // The page itself stood still: what has arrived meanwhile may not be told yet.
      this.#heardAt = Math.max(this.#heardAt, now - lookEvery);
    }
    const lasts = now - this.#heardAt;
    this.#isCertain = this.#stamp !== null && lasts > this.#patience;
    const isUnusual = this.#stamp !== null && lasts > suspicion * this.#patience;
    return isUnusual ? { lasts, isCertain: this.#isCertain } : noSilence;
  }

  #learnFrom(now: number, gap: number): void {
    if (!this.#isCertain) this.#usualGap += weight * (gap - this.#usualGap);
    const isHiccup = this.#isCertain && gap < this.#patience + hiccup;
    if (!isHiccup && now < this.#patientUntil) return;
    this.#leastPatience = isHiccup ? Math.min(2 * this.#leastPatience, mostPatience) : Math.max(leastPatience, this.#leastPatience / 2);
    this.#patientUntil = now + hiccupsPassAfter;
  }

  get #patience(): number {
    return Math.min(Math.max(this.#leastPatience, gaps * this.#usualGap), mostPatience);
  }
}
