/** Aborts one request: when its parent is aborted, or when nothing was heard of it for too long. A half-open connection says nothing for ever. */

export class Watchdog {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parent: AbortSignal) {
    if (parent.aborted) this.bite();
    else parent.addEventListener('abort', this.bite, { signal: this.signal });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Also the way to let go of a request that is over: it takes the listener off the parent. */
  readonly bite = (): void => {
    clearTimeout(this.#timer);
    this.#controller.abort();
  };

  /** Something was heard: wait `patience` milliseconds from now, or for ever (0). */
  feed(patience: number): void {
    clearTimeout(this.#timer);
    if (patience && !this.signal.aborted) this.#timer = setTimeout(this.bite, patience);
  }
}
