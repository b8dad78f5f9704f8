/**
 * Lines of Markdown -> a tree of blocks, as CommonMark 0.31's "A parsing strategy" has it, with GFM's tables.
 * HTML blocks are paragraphs here: HTML is shown, never read. Knows no DOM.
 */
import { unescape } from './markdown-escapes';
import { type Definitions, strip } from './markdown-links';
import { cells, columns } from './markdown-table';

export type Kind = 'root' | 'blockquote' | 'ul' | 'ol' | 'li' | 'p' | `h${number}` | 'hr' | 'code' | 'table' | 'tr';

export interface Block {
  kind: Kind;
  parent: Block | undefined;
  open: boolean;
  kids: Block[];
  lines: string[];
  /** List: its first number. Item: the columns its content is indented by. Code: the length of its fence, or 0. */
  size: number;
  /** List: its bullet or delimiter. Code: what its fence is made of. */
  mark: string;
  /** Code: how far it is indented, and its language. */
  indent: number;
  language: string;
  /** List: blank lines between its items, or between the blocks of one. */
  loose: boolean;
  /** Table: the alignment of each column. */
  align: string[];
  /** What has been drawn of it for good: so many children (of code: lines), the last of these, and how many characters they are. */
  drawn: { node: ChildNode | null; kids: number; last: ChildNode | null; characters: number };
}

/** What the open blocks were before a line that may still grow: the rest of them does not change by one. */
export type Kept = ReadonlyMap<Block, { kids: number; lines: number; loose: boolean; blank: number }>;

/** Nesting beyond it is text. It bounds the price of a line, and the depth of the DOM. */
const DEEPEST = 64;

/** What a line may begin with that can still become any of several things. */
const UNDECIDED = /^(?:[-+*_=~#`|:\s]+|\d{1,9}[.)]?\s*)$/;

const isList = ({ kind }: Block) => /^[uo]l$/.test(kind);

export function createBlocks(definitions: Definitions) {
  const root = create('root');
  /** From the root to the innermost block that more lines can go to. */
  let open = [root];
  /** After a blank line: the index of the innermost open quote it was in. Lists further in become loose if they go on. */
  let blank = Infinity;
  let blankBefore = Infinity;
  let partial = false;
  /** What is left of the line, and its column: tabs count by columns. */
  let rest = '';
  let column = 0;

  const top = () => open.at(-1)!;
  const textOf = () => rest.replace(/^[ \t]+/, '');

  /** The columns of white space before the text. */
  function indentation(): number {
    let end = column;
    for (const space of /^[ \t]*/.exec(rest)![0]) end += space === ' ' ? 1 : 4 - (end % 4);
    return end - column;
  }

  /** Drops up to so many columns of white space; of a tab that reaches further, the rest stays as spaces. */
  function indent(columns: number): void {
    for (; columns > 0 && /^[ \t]/.test(rest); columns--) {
      rest = ' '.repeat(rest[0] === ' ' ? 0 : 3 - (column % 4)) + rest.slice(1);
      column++;
    }
  }

  function drop(characters: number): void {
    indent(indentation());
    rest = rest.slice(characters);
    column += characters;
  }

  function quote(): boolean {
    if (indentation() > 3 || textOf()[0] !== '>') return false;
    drop(1);
    indent(1);
    return true;
  }

  /** Takes a line without its end. True if it is too early to tell what it is; what has been done by then is to be taken back. */
  function take(source: string): boolean | void {
    rest = source;
    column = 0;
    blankBefore = blank;
    blank = Infinity;
    const tip = top();
    let depth = 1;
    for (let block; (block = open[depth]); depth++) {
      if (block.kind === 'blockquote') {
        if (!quote()) break;
      } else if (block.kind === 'li') {
        if (textOf() ? indentation() < block.size : !block.kids.length) break;
        indent(block.size);
      } else if (!isList(block)) break;
    }
    const here = depth === open.length - 1;
    const code = here && tip.kind === 'code';
    const text = textOf().trim();
    const fenced = code && tip.size;
    if (fenced && text && indentation() < 4 && !text.replaceAll(tip.mark, '')) {
      if (partial) return true;
      if (text.length >= fenced) return leave();
    }
    if (!text && !fenced) {
      if (partial) return true;
      if (!code) close(depth);
      blank = open.findLastIndex(({ kind }) => kind === 'blockquote');
    }
    if (fenced || (code && (!text || indentation() > 3))) return codeLine(tip);
    if (text) return begin(depth, tip, here);
  }

  /** Begins the blocks that a line begins, after the first `depth` open ones, which go on; then its text goes to the innermost. */
  function begin(depth: number, tip: Block, here: boolean): boolean | void {
    let paragraph = tip.kind === 'p' ? tip : undefined;
    const add = (kind: Kind, fields?: Partial<Block>): Block => {
      close(depth);
      return append(kind, fields);
    };
    for (let fresh = false; ; fresh = true, depth = open.length, paragraph = undefined) {
      const text = textOf();
      const width = indentation();
      const room = open.length < DEEPEST;
      let match: RegExpExecArray | null;
      if (!text) return partial;
      if (width > 3) {
        if (!paragraph) return codeLine(add('code', { indent: 4 }));
      } else if (room && quote()) {
        add('blockquote');
        continue;
      } else if (partial && UNDECIDED.test(text)) {
        return true;
      } else if ((match = /^(#{1,6})(?!\S)(.*)/.exec(text))) {
        // Number signs after it are decoration.
        add(`h${match[1]!.length}`, { lines: [match[2]!.trim().replace(/(?:^|\s)#+$/, '')] });
        return leave();
      } else if ((match = /^(`{3,}(?=[^`]*$)|~{3,})\s*(\S*)/.exec(text))) {
        // A language that is still being written would be shown as several.
        const language = partial ? '' : unescape(match[2]!);
        add('code', { mark: text[0]!, size: match[1]!.length, indent: width, language });
        return;
      } else if (paragraph && here && underlined(paragraph, text)) {
        return;
      } else if (/^([-*_])\s*(?:\1\s*){2,}$/.test(text)) {
        add('hr');
        return leave();
      } else if (room && (match = /^([*+-]|(\d{1,9})[.)])(?![^ \t])/.exec(text))) {
        const [marker, , number = 1] = match;
        // In the middle of a paragraph an empty item, or a number other than 1, is more likely to be text.
        if (!paragraph || !here || (text.trim() !== marker && +number === 1)) {
          const mark = marker.at(-1)!;
          const list = open[depth - 1]!;
          if (isList(list) && list.mark !== mark) depth--;
          close(depth);
          if (!isList(top())) append(marker[1] ? 'ol' : 'ul', { mark, size: +number });
          drop(marker.length);
          const space = textOf() && indentation() < 5 ? indentation() : 1;
          indent(space);
          append('li', { size: width + marker.length + space });
          continue;
        }
      }
      if (paragraph) paragraph.lines.push(text);
      else if (here && !fresh && tip.kind === 'table') {
        append('tr', { lines: [text] });
        return leave();
      } else {
        // It may become a definition or a task's box, of which nothing or something else is shown.
        if (partial && /^\[[^\]]*(?:\]:?\s*)?$/.test(text)) return true;
        add('p', { lines: [text] });
      }
      return;
    }
  }

  function codeLine(code: Block): void {
    indent(code.indent);
    code.lines.push(rest + (partial ? '' : '\n'));
  }

  /** Makes a heading or a table of a paragraph that has the line for it under it. */
  function underlined(paragraph: Block, text: string): boolean {
    const level = /^(?:=+|(-+))\s*$/.exec(text);
    if (level) {
      define(paragraph);
      if (!paragraph.lines.length) return false;
      paragraph.kind = level[1] ? 'h2' : 'h1';
      leave();
      return true;
    }
    const align = columns(text);
    const head = paragraph.lines.at(-1) ?? '';
    if (!(head + text).includes('|') || !align || cells(head).length !== align.length) return false;
    paragraph.lines.pop();
    leave();
    if (!paragraph.lines.length) top().kids.pop();
    append('table', { lines: [head], align });
    return true;
  }

  function append(kind: Kind, fields?: Partial<Block>): Block {
    if (kind !== 'li' && isList(top())) leave();
    const parent = top();
    if (parent.kids.length && open.length - 1 > blankBefore) (parent.kind === 'li' ? parent.parent! : parent).loose = true;
    const block = create(kind, parent, fields);
    parent.kids.push(block);
    open.push(block);
    return block;
  }

  /** Closes the innermost block, unless its line may still grow. */
  function leave(): void {
    if (!partial) close(open.length - 1);
  }

  function close(depth: number): void {
    for (const block of open.splice(depth)) {
      block.open = false;
      if (block.kind === 'p' && !partial) define(block);
    }
  }

  function define(paragraph: Block): void {
    const text = strip(paragraph.lines.join('\n'), definitions);
    paragraph.lines = text ? [text] : [];
  }

  const keep = (): Kept =>
    new Map(open.map((block) => [block, { kids: block.kids.length, lines: block.lines.length, loose: block.loose, blank }]));
  let kept = keep();

  function takeBack(): void {
    for (const [block, { kids, lines, loose, blank: before }] of kept) {
      block.open = true;
      block.loose = loose;
      block.kids.length = kids;
      block.lines.length = lines;
      blank = before;
    }
    open = [...kept.keys()];
  }

  return {
    root,

    /** Takes whole lines, and one that may still grow: it is taken back when more comes, and left out if nobody can tell what it is. */
    write(lines: readonly string[], half: string): Kept {
      takeBack();
      lines.forEach(take);
      kept = keep();
      partial = true;
      if (take(half)) takeBack();
      partial = false;
      return kept;
    },

    end(): void {
      takeBack();
      close(1);
      kept = keep();
    },
  };
}

function create(kind: Kind, parent?: Block, fields?: Partial<Block>): Block {
  const drawn = { node: null, kids: 0, last: null, characters: 0 };
  return { kind, parent, open: true, kids: [], lines: [], size: 0, mark: '', indent: 0, language: '', loose: false, align: [], drawn, ...fields };
}
