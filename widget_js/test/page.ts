/** What a browser's page tells about itself, for tests that run without one: going offline and back, being hidden and seen again. */
import { setMaxListeners } from 'node:events';
import { vi } from 'vitest';

export class Page {
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: 'http://127.0.0.1/' });
  readonly #window = new EventTarget();
  /** Listeners that hang on the page at this moment. */
  listeners = 0;

  constructor() {
    for (const target of [this.#window, this.document]) this.#count(target);
    vi.stubGlobal('document', this.document);
    vi.stubGlobal('addEventListener', this.#window.addEventListener.bind(this.#window));
    vi.stubGlobal('navigator', { onLine: true });
  }

  goOffline(): void {
    vi.stubGlobal('navigator', { onLine: false });
    this.#window.dispatchEvent(new Event('offline'));
  }

  goOnline(): void {
    vi.stubGlobal('navigator', { onLine: true });
    this.#window.dispatchEvent(new Event('online'));
  }

  /** The visitor comes back to the tab. */
  show(): void {
    this.document.visibilityState = 'visible';
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  hide(): void {
    this.document.visibilityState = 'hidden';
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  restore(): void {
    this.#window.dispatchEvent(new Event('pageshow'));
  }

  #count(target: EventTarget): void {
    const add = target.addEventListener.bind(target);
    target.addEventListener = (type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions) => {
      if (options?.signal?.aborted) return;
      this.listeners++;
      if (options?.signal) setMaxListeners(50, options.signal);
      options?.signal?.addEventListener('abort', () => this.listeners--, { once: true });
      add(type, listener, options);
    };
  }
}

export class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();
  get length(): number {
    return this.#items.size;
  }
  clear(): void {
    this.#items.clear();
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
