// Runs asynchronous tasks one at a time, in the order in which they came.

/** Tasks that wait: more do so only behind one that never ends, or in a flood. */
export const maxWaiting = 1024;

/** More tasks wait than may. */
export class Overflow extends Error {}

export class Serial {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isFull = false;
  #closed = false;
  readonly #failed: (error: unknown) => void;

  /**
   * `failed` hears of a task that threw; the tasks after it run all the same. After an `Overflow` none does: the first
   * that found no room is missing among them.
   */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  run(task: () => void | Promise<void>): void {
    if (this.#closed || this.#isFull) return;
    if (this.#waiting >= maxWaiting) return this.#overflow();
    this.#waiting += 1;
    this.#last = this.#last.then(async () => {
      this.#waiting -= 1;
      if (this.#closed || this.#isFull) return;
      try {
        await task();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** Tasks that have not begun never run. */
  close(): void {
    this.#closed = true;
  }

  /** Told later, as every failure is: whoever calls `run` is in the middle of something. */
  #overflow(): void {
    this.#isFull = true;
    void Promise.resolve().then(() => this.#fail(new Overflow(`More than ${maxWaiting} tasks wait.`)));
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.#failed(error);
  }
}
