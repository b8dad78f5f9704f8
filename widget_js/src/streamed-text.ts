/**
 * Markdown that grows: gives `MarkdownStream` only what is new, and keeps what is finished out of layout.
 * Called at most once per animation frame. A burst (a replay, a long history) is drawn over several frames.
 */
import { h } from './elements';
import { type MarkdownOptions, MarkdownStream } from './markdown';
import { hasSelection } from './selection';

/** Blocks in a section. */
const SECTION = 16;

/** Characters drawn in one frame: a few milliseconds, on a phone too. */
const SLICE = 1200;

export class StreamedText {
  readonly element = h('div', { class: 'text', dir: 'auto' });
  readonly #options: MarkdownOptions;
  #stream: MarkdownStream | undefined;
  #part: object | undefined;
  #checked = false;
  #written = '';
  #ended = false;
  #sections = 0;
  #cursor: Element | null | undefined;
  #frame = 0;

  constructor(options: MarkdownOptions) {
    this.#options = options;
  }

  draw(part: { text: string }, live: boolean): void {
    const { text } = part;
    const written = this.#written;
    if (part !== this.#part) this.#checked = !written;
    this.#part = part;
    if (!this.#checked) {
      // A replay tells the same text again from its start: what is drawn stays until it has caught up.
      if (live && text.length < written.length && written.startsWith(text)) return;
      this.#checked = true;
      if (!text.startsWith(written)) this.#clear();
    }
    if (this.#ended && text.length > this.#written.length) this.#clear();
    const stream = (this.#stream ??= new MarkdownStream(this.element, this.#options));
    cancelAnimationFrame(this.#frame);
    const from = this.#written.length;
    const whole = text.length <= from + SLICE;
    if (text.length > from) {
      this.#written = whole ? text : text.slice(0, from + SLICE);
      stream.write(this.#written.slice(from));
    }
    if (!whole) this.#frame = requestAnimationFrame(() => this.draw(part, live));
    if (live || !whole) this.#settle();
    else if (!this.#ended) {
      stream.end();
      this.#ended = true;
    }
    this.#point(live ? stream.tail?.parentElement : null);
  }

  #point(at: Element | null | undefined): void {
    if (at === this.#cursor && at?.classList.contains('cursor') !== false) return;
    this.#cursor?.classList.remove('cursor');
    at?.classList.add('cursor');
    this.#cursor = at;
  }

  #clear(): void {
    this.element.replaceChildren();
    this.#stream = undefined;
    this.#written = '';
    this.#ended = false;
    this.#sections = 0;
  }

  /**
   * Puts blocks that nothing will reach any more into sections that are skipped while they are out of sight. Left as a flat list, even
   * skipped ones, they cost time in each frame: measured, a token late in 20,000 words two and a half times one at the beginning.
   */
  #settle(): void {
    const { element } = this;
    if (element.childElementCount - this.#sections < 2 * SECTION || hasSelection(element)) return;
    const blocks = [...element.children].slice(this.#sections, this.#sections + SECTION);
    // A heading's (or rule's) margins belong to what follows it.
    while (/^H/.test(blocks.at(-1)?.tagName ?? '')) blocks.pop();
    const section = h('div', { class: 'section' });
    element.insertBefore(section, blocks[0] ?? null);
    section.append(...blocks);
    // It may never have been seen as it is now, and a guess would make the log jump.
    section.style.containIntrinsicBlockSize = `auto ${section.offsetHeight}px`;
    section.classList.add('settled');
    this.#sections++;
  }
}
