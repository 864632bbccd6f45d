// Runs asynchronous tasks one at a time, in the order in which they came.

export class Serial {
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #failed: (error: unknown) => void;

  /** `failed` hears of a task that threw; the tasks after it run all the same. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  run(task: () => void | Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#closed) return;
      try {
        await task();
      } catch (error) {
        if (!this.#closed) this.#failed(error);
      }
    });
  }

  /** Tasks that have not begun never run. */
  close(): void {
    this.#closed = true;
  }
}
