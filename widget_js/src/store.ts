/** Small texts that outlive the page, or at least the moment: localStorage where it is allowed, memory where it is not. */

export class Store {
  // Read before the storage: another tab may write its own conversation there, and this one must stay with the pair of token and conversation it began with.
  readonly #memory = new Map<string, string | null>();
  readonly #storage: Storage | null | undefined;

  constructor(
    readonly prefix: string,
    storage?: Storage | null,
  ) {
    try {
      this.#storage = storage === undefined ? globalThis.localStorage : storage;
    } catch {
      // Merely naming localStorage throws in a sandboxed frame and where cookies are blocked.
    }
  }

  get(key: string): string | null {
    const kept = this.#memory.get(key);
    if (kept !== undefined) return kept;
    try {
      return this.#storage?.getItem(this.prefix + key) ?? null;
    } catch {
      return null;
    }
  }

  set(key: string, value: string | null): void {
    this.#memory.set(key, value);
    try {
      if (value) this.#storage?.setItem(this.prefix + key, value);
      else this.#storage?.removeItem(this.prefix + key);
    } catch {
      // full, or forbidden: memory has it
    }
  }
}
