/**
 * Markdown that arrives in pieces -> DOM nodes. A closed block is never touched again, and what is open is patched, so that
 * the price of a piece doesn't grow with what is before it, and a visitor's selection stays. Nodes only, no markup strings:
 * there is nothing to sanitize, and Trusted Types hold.
 */
import { createBlocks, type Kept } from './markdown-blocks';
import type { Definitions } from './markdown-links';
import { createView, type MarkdownOptions } from './markdown-view';

export type { MarkdownOptions };

export class MarkdownStream {
  readonly #root: Node;
  /** Takes more of the source, cut anywhere, and draws it. Meant to be called once per animation frame. */
  readonly write: (text: string) => void;
  /** There is no more: what is still half written is what it is. */
  readonly end: () => void;

  /** `root` is empty, and its children are the stream's until `end`. */
  constructor(root: HTMLElement | DocumentFragment, options: MarkdownOptions) {
    const definitions: Definitions = new Map();
    const blocks = createBlocks(definitions);
    const draw = createView(blocks.root, root, definitions, options);
    /** The last line, as long as it has no end. */
    let line = '';
    /** Half a character, or a CR that may be half a line end. */
    let half = '';

    const take = (source: string): Kept => {
      const lines = (line + source.replace(/\0/g, '\ufffd').replace(/\r\n?/g, '\n')).split('\n');
      line = lines.pop()!;
      return blocks.write(lines, line);
    };

    this.#root = root;
    this.write = (text) => {
      const [, whole, rest] = /^([^]*?)([\ud800-\udbff\r]?)$/.exec(half + text)!;
      half = rest!;
      draw(take(whole!));
    };
    this.end = () => {
      take(half);
      if (line) take('\n');
      half = '';
      blocks.end();
      draw(new Map());
    };
  }

  /** The last text drawn: where a cursor belongs. */
  get tail(): Text | null {
    const texts = document.createTreeWalker(this.#root, NodeFilter.SHOW_TEXT);
    let text = texts.lastChild();
    // Code that has just begun is empty, and before it are only its language and its button.
    while (text && !text.nodeValue!.trim() && text.parentNode!.nodeName !== 'CODE') text = texts.previousNode();
    return text as Text | null;
  }
}

/** The whole of it at once; the result is the same. */
export function renderMarkdown(root: HTMLElement | DocumentFragment, text: string, options: MarkdownOptions): void {
  const stream = new MarkdownStream(root, options);
  stream.write(text);
  stream.end();
}
