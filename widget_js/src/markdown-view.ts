/** The tree of blocks -> the DOM. What is drawn for good is never looked at again; the rest is patched. */
import type { Block, Kept } from './markdown-blocks';
import { codeFrame, type CodeStrings } from './markdown-code';
import { type Attributes, type Content, fill, type Piece, piece, place, trim, write } from './markdown-dom';
import { inline } from './markdown-inline';
import { type Definitions, folded, strip, type Target } from './markdown-links';
import { cells } from './markdown-table';

export interface MarkdownOptions {
  /** Exact origins that images may be loaded from; those of others are shown as links. */
  imageOrigins: readonly string[];
  strings: CodeStrings & { table: string };
}

const TASK = /^\[([ xX])\]\s+(?=\S)/;

export function createView(root: Block, element: Node, definitions: Definitions, { imageOrigins, strings }: MarkdownOptions) {
  /** Who used a label that was not defined then. */
  const waiting = new Map<string, Set<Block>>();
  let defined = 0;
  let kept: Kept;
  /** The block that is being drawn, if it is complete. */
  let final: Block | null;

  /** Draws the children of a block; of those that are closed, the first `sure` are complete. */
  function drawKids({ kids, drawn }: Block, element: Node, sure: number): void {
    let { last } = drawn;
    for (let index = drawn.kids; index < kids.length; index++) {
      const kid = kids[index]!;
      const now = kept.get(kid);
      const done = index < sure && !now;
      const all = done ? Infinity : 0;
      final = done ? kid : null;
      last = fill(element, pieces(kid), last);
      const node = last as HTMLElement;
      if (kid.kind === 'code') drawCode(kid, node.querySelector('code')!, now?.lines ?? all);
      else if (!/^[pht].?$/.test(kid.kind))
        drawKids(kid, kid.kind === 'table' ? node.querySelector('tbody')! : node, now?.kids ?? all);
      if (!done) continue;
      drawn.kids++;
      drawn.last = kid.drawn.node = last;
    }
    trim(element, last);
  }

  function drawCode({ lines, drawn, size, language }: Block, element: HTMLElement, sure: number): void {
    let end = lines.length;
    // Blank lines belong to indented code if more of it follows.
    while (!size && !lines[end - 1]!.trim()) end--;
    const more = lines.slice(drawn.kids, end);
    const fixed = more.slice(0, sure - drawn.kids);
    write((element.firstChild ?? element.appendChild(new Text())) as Text, drawn.characters, more.join(''));
    drawn.kids += fixed.length;
    drawn.characters += fixed.join('').length;
    // Complete: nothing here touches it from now on. Without a network for its colours, the text is what matters.
    if (language && sure === Infinity) import('./highlight').then(({ highlight }) => highlight(element, language), () => {});
  }

  /** A block's own element; of a paragraph that may become a table, two; of one that shows nothing, none. */
  function pieces(block: Block): Piece[] {
    const { kind, kids, size, lines, loose, language, open, align } = block;
    const parent = block.parent!;
    // A direction inside would hide its text from the outer one, which places bullets and columns.
    const attributes: Attributes = parent.parent ? {} : { dir: 'auto' };
    if (kind === 'code') return [codeFrame(language, strings)];
    if (kind === 'tr') return [row(lines[0]!, 'td', parent.align, open)];
    if (kind === 'table') return [table(row(lines[0]!, 'th', align), attributes)];
    let text = lines.join('\n');
    if (!open) text = text.trimEnd();
    const found: Piece[] = [];
    if (kind !== 'p') {
      if (/^[uo]l$/.test(kind) && !loose) attributes.class = 'tight';
      if (kind === 'ol') attributes.start = `${size}`;
      if (kids[0] && taskOf(kids[0])) attributes.class = 'task';
      return [piece(kind, kind[1]! < '7' ? words(text, open) : undefined, attributes)];
    }
    text = strip(text);
    // A definition of which the title is half written.
    if (open && !strip(`${text}"`)) return [];
    // Hardly anything but a table begins so; its second line is what makes it one.
    const head = open && /(?:^|\n)\|.*$/.exec(text)?.[0];
    if (head) text = text.slice(0, -head.length);
    const [mark, state] = taskOf(block) ?? [];
    if (text) found.push(piece('p', mark ? [task(state!, words(text.slice(mark.length - 1), open))] : words(text, open), attributes));
    if (head) found.push(table(row(head, 'th', align, open), attributes));
    return found;
  }

  function task(state: string, text: Content[]): Piece {
    const checked: Attributes = state === ' ' ? {} : { checked: '' };
    return piece('label', [piece('input', undefined, { type: 'checkbox', disabled: '', ...checked }), ...text]);
  }

  function table(head: Piece, attributes: Attributes): Piece {
    const whole = piece('table', [piece('thead', [head]), piece('tbody')]);
    return piece('div', [whole], { ...attributes, class: 'table', role: 'group', tabindex: '0', 'aria-label': strings.table });
  }

  /** Of a row that is being written, only the last cell is half written. */
  function row(source: string, tag: string, align: readonly string[], open = false): Piece {
    const texts = cells(source);
    const kids = (align.length ? align : texts).map((_, index) => {
      const side = align[index];
      return piece(tag, words(texts[index] ?? '', open && index === texts.length - 1), side ? { align: side } : {});
    });
    return piece('tr', kids);
  }

  function words(text: string, open: boolean): Content[] {
    return inline(text, open, find, imageOrigins);
  }

  function find(label: string): Target | undefined {
    const name = folded(label);
    const found = definitions.get(name);
    if (!found && name && final) waiting.set(name, (waiting.get(name) ?? new Set()).add(final));
    return found;
  }

  /** Draws what has changed. What is `kept` can't be taken back; with nothing open there is nothing to take back. */
  return (now: Kept): void => {
    kept = now;
    drawKids(root, element, kept.get(root)?.kids ?? Infinity);
    if (definitions.size === defined) return;
    defined = definitions.size;
    for (const [name, blocks] of waiting) {
      if (!definitions.has(name)) continue;
      waiting.delete(name);
      for (final of blocks) place(element, pieces(final)[0]!, final.drawn.node);
    }
  };
}

/** The box at the beginning of an item. */
function taskOf(block: Block): RegExpExecArray | null {
  const { parent, kind, lines } = block;
  return kind === 'p' && parent!.kind === 'li' && parent!.kids[0] === block ? TASK.exec(lines.join('\n')) : null;
}
