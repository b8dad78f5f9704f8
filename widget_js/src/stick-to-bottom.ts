/**
 * Keeps a scrolling box at its end while its reader is there, and lets go the moment the reader moves.
 * Knows boxes and input, nothing of chats.
 *
 * Wheel, touch, keys and the pointer are always the reader's; `scroll` events are not, because our own
 * scrolling makes them too. So letting go is decided by input, at once, and never by a debounced `scroll`.
 */
import { hasSelection } from './selection';

/** Close enough to the end, in px, for a reader who scrolls down to be following again. */
const NEAR = 32;

export class StickToBottom {
  readonly #box: HTMLElement;
  readonly #changed: (following: boolean) => void;
  #following = true;
  #pressedAt: number | null = null;
  #touchY = 0;
  #lastTop = 0;

  constructor(box: HTMLElement, content: Element, signal: AbortSignal, changed: (following: boolean) => void) {
    this.#box = box;
    this.#changed = changed;
    const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void) =>
      box.addEventListener(type, listener, { signal, passive: true });

    on('wheel', (event) => {
      if (event.deltaY < 0 && !event.ctrlKey) this.letGo();
      // Also where up and down at once leave the box where it was: then no `scroll` tells of it.
      else this.#scrolled(event.deltaY > 0);
    });
    on('touchstart', (event) => {
      this.#touchY = event.touches[0]?.clientY ?? 0;
    });
    on('touchmove', (event) => {
      const y = event.touches[0]?.clientY ?? 0;
      if (y > this.#touchY + 2) this.letGo();
      this.#touchY = y;
    });
    on('keydown', (event) => {
      if (['ArrowUp', 'PageUp', 'Home'].includes(event.key) || (event.key === ' ' && event.shiftKey)) this.letGo();
    });
    on('scroll', () => this.#scrolled());

    // A pressed button is a drag of the scrollbar or the start of a selection: nothing may move under it.
    on('pointerdown', (event) => {
      if (event.button === 0) this.#pressedAt = box.scrollTop;
    });
    for (const type of ['pointerup', 'pointercancel'] as const)
      window.addEventListener(type, () => this.#released(), { signal });
    // Browsers that swallow the release of a scrollbar tell of it by the next move without a button.
    on('pointermove', (event) => {
      if (!event.buttons) this.#released();
    });

    box.classList.add('following');
    const observer = new ResizeObserver(() => this.follow());
    observer.observe(content);
    observer.observe(box);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  get following(): boolean {
    return this.#following;
  }

  /** Goes to the end if the reader is following. Called after the content has changed. */
  follow(): void {
    if (this.#following && this.#pressedAt === null) {
      this.#box.scrollTop = this.#box.scrollHeight;
      this.#lastTop = this.#box.scrollTop;
    }
  }

  /** Back to the end, and follow again: a new question, or the reader's wish. */
  toEnd(): void {
    this.#pressedAt = null;
    this.#set(true);
    this.follow();
  }

  /** A box that was not displayed has forgotten where it was. */
  restore(): void {
    if (this.#following) this.follow();
    else this.#box.scrollTop = this.#lastTop;
  }

  letGo(): void {
    if (this.#box.scrollTop > 0) this.#set(false);
  }

  /** Lets content grow above the reader without moving what they read. */
  hold(anchor: Element, change: () => void): void {
    const before = anchor.getBoundingClientRect().top;
    // The browser's own anchoring would correct a second time.
    this.#box.classList.add('following');
    change();
    this.#box.scrollTop += anchor.getBoundingClientRect().top - before;
    this.#box.classList.toggle('following', this.#following);
  }

  #scrolled(down = this.#box.scrollTop > this.#lastTop): void {
    this.#lastTop = this.#box.scrollTop;
    if (down && this.#pressedAt === null && this.#isNear()) this.#set(true);
  }

  #released(): void {
    if (this.#pressedAt === null) return;
    const moved = this.#box.scrollTop !== this.#pressedAt;
    this.#pressedAt = null;
    if (moved) this.#set(this.#isNear());
    else if (hasSelection(this.#box)) this.letGo();
    this.follow();
  }

  #isNear(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    return scrollHeight - scrollTop - clientHeight <= NEAR;
  }

  #set(following: boolean): void {
    if (following === this.#following) return;
    this.#following = following;
    this.#box.classList.toggle('following', following);
    this.#changed(following);
  }
}
