/**
 * Markdown that grows: gives `MarkdownStream` only what is new, and keeps what is finished out of layout.
 * Called at most once per animation frame.
 */
import { h } from './elements';
import { type MarkdownOptions, MarkdownStream } from './markdown';

export class StreamedText {
  readonly element = h('div', { class: 'text', dir: 'auto' });
  readonly #options: MarkdownOptions;
  #stream: MarkdownStream | undefined;
  #part: object | undefined;
  #checked = false;
  #written = '';
  #ended = false;
  #cursor: Element | null | undefined;

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
    if (text.length > this.#written.length) {
      stream.write(text.slice(this.#written.length));
      this.#written = text;
    }
    if (live) this.#settle();
    else if (!this.#ended) {
      stream.end();
      this.#ended = true;
    }
    this.#cursor?.classList.remove('cursor');
    this.#cursor = live ? stream.tail?.parentElement : null;
    this.#cursor?.classList.add('cursor');
  }

  #clear(): void {
    this.element.replaceChildren();
    this.#stream = undefined;
    this.#written = '';
    this.#ended = false;
  }

  /** Blocks above the last few are out of reach of what comes: skipping them keeps the price of a token flat. */
  #settle(): void {
    let block = this.element.lastElementChild;
    for (let open = 0; block && open < 4; open++) block = block.previousElementSibling;
    for (; block && !block.classList.contains('settled'); block = block.previousElementSibling) block.classList.add('settled');
  }
}
