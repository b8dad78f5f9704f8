/**
 * A site's own data in an answer, drawn by the site: what its function makes stands in the page and is shown in a slot, so that the page's
 * styles, scripts and frameworks reach it as they reach everything else.
 */
import type { PartView } from './chat-step';
import type { Kit } from './kit';
import type { DataPart, Part } from './message';

let slots = 0;

export class DataView implements PartView {
  readonly element: HTMLElement;
  readonly #kit: Kit;
  /** Around what the page made, and beside our shadow root. */
  readonly #place: HTMLElement;
  #observer: MutationObserver | undefined;
  #made: Node | undefined;
  #drawn = '';

  constructor(kit: Kit) {
    const { h, signal } = (this.#kit = kit);
    const name = `part-${++slots}`;
    this.element = h('div', { part: 'data' }, h('slot', { name }));
    this.#place = h('div', { slot: name });
    signal.addEventListener('abort', () => this.#leave());
  }

  draw(part: Part): void {
    const { type, data } = part as DataPart;
    const told = JSON.stringify(data);
    this.#watch();
    if (told === this.#drawn) return;
    this.#drawn = told;
    const made = this.#make(type.slice('data-'.length), data);
    if (!made) return this.#place.remove();
    if (made !== this.#made) this.#place.replaceChildren(made);
    this.#made = made;
    if (!this.#place.isConnected) this.#kit.shadow.host.append(this.#place);
  }

  #make(name: string, data: unknown): Node | undefined {
    const { parts } = this.#kit.rich;
    try {
      const made = parts && Object.hasOwn(parts, name) ? parts[name]!(data, this.#made) : null;
      return typeof made === 'string' ? document.createTextNode(made) : (made ?? undefined);
    } catch (cause) {
      // The page's own mistake, for its own console; the answer is read on.
      reportError(cause);
      return undefined;
    }
  }

  /** The place goes with the message. */
  #watch(): void {
    const thread = this.element.closest('[part~=thread]');
    if (this.#observer || !thread) return;
    this.#observer = new MutationObserver(() => this.element.isConnected || this.#leave());
    this.#observer.observe(thread, { childList: true });
  }

  #leave(): void {
    this.#observer?.disconnect();
    this.#place.remove();
  }
}
