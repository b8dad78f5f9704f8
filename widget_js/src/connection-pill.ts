/** Says that the connection is in trouble, once it has been for long enough to matter. */
import type { Connection } from './transport';
import { h } from './elements';
import type { Strings } from './strings';

/** Milliseconds: a shorter gap is mended before anybody has read about it. */
const PATIENCE = 1000;

export class ConnectionPill {
  readonly element = h('div', { part: 'connection', role: 'status' });
  readonly #strings: Strings;
  #state: Connection = 'online';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(strings: Strings) {
    this.#strings = strings;
  }

  show(state: Connection): void {
    if (state === this.#state) return;
    const calm = this.#state === 'online';
    this.#state = state;
    if (state === 'online') {
      clearTimeout(this.#timer);
      this.#write('');
    } else if (calm) {
      this.#timer = setTimeout(() => this.#write(this.#words()), PATIENCE);
    } else if (this.element.textContent) this.#write(this.#words());
  }

  #words(): string {
    return this.#state === 'online' ? '' : this.#strings[this.#state];
  }

  #write(words: string): void {
    this.element.textContent = words;
  }
}
