// Waiting for a condition from outside the page. Puppeteer's own waitForFunction compiles its predicate inside the page,
// which the page's Content-Security-Policy rightly forbids.

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The first value of `probe` that is neither false, null nor undefined. `what` names it should it never come. */
export async function until<T>(what: string, probe: () => Promise<T> | T, timeoutMs = 60_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== false && value !== null && value !== undefined) return value;
      last = value;
    } catch (error) {
      // A navigation underneath the probe is not a failure: the next try sees the new page.
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain until ${what}; last: ${String(last)}`);
    await sleep(100);
  }
}
