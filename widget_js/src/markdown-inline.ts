/**
 * The text of one block -> its contents, as CommonMark 0.31 has it, with GFM's strikethrough and bare addresses.
 * Raw HTML is text. While the block is `open`, what is half written is read as what it will become.
 */
import { bareAddress, MAYBE_ADDRESS, PUNCTUATION } from './markdown-bare';
import { type Content, piece } from './markdown-dom';
import { pair, type Run, runAt, wrap } from './markdown-emphasis';
import { ESCAPE, unescape } from './markdown-escapes';
import { mayBecomeTarget, settled } from './markdown-half';
import { LABEL, sticky, TARGET, type Target, target } from './markdown-links';
import { type Mark, mark, nest, type Token } from './markdown-nest';

interface Bracket extends Mark {
  /** Where its text begins in the source, and in the runs. */
  at: number;
  runs: number;
  /** It stands where a link may begin, and can be shown as half of one. */
  clear: boolean;
  /** Another one was opened in it, so its text is no label. */
  nested?: boolean;
  outer: Bracket | undefined;
}

const PLAIN = /[^\\`*_~[\]!<&\n]+/y;
/** So cut that every bare address begins a piece. */
const WORD = /[a-z\d.+-]+|[^\\`*_~[\]!<&\na-z\d.+-]+/iy;
const ANGLED = /<([a-z][a-z\d+.-]+:[^\s<>]*|[^\s<>\\]+@[\w.-]+)>/iy;
const TAG = /<[/!?]?[a-z-][\w-]*(?:\s[^<>]*)?\/?>/iy;

/** Longer ones are text. */
const TICKS = /(?<!`)`{1,99}(?!`)/y;

/** `find`: the definition of a label, if there is one so far. */
export function inline(
  source: string,
  open: boolean,
  find: (label: string) => Target | undefined,
  imageOrigins: readonly string[],
): Content[] {
  const text = open ? settled(source) : source;
  const plain = MAYBE_ADDRESS.test(text) ? WORD : PLAIN;
  const tokens: Token[] = [];
  const runs: Run[] = [];
  // Runs of backticks that never come again: looking for them each time would take quadratic time.
  const gone = new Set<string>();
  let bracket: Bracket | undefined;
  // No link in a link: brackets opened before the end of one are text.
  let linked = 0;
  let at = 0;
  let match: RegExpExecArray | null;

  const eat = (pattern: RegExp): RegExpExecArray | null => {
    const found = sticky(pattern, text, at);
    at += found?.[0].length ?? 0;
    return found;
  };

  const link = (address: string): void => {
    const scheme = /^www\./i.test(address) ? 'http://' : address.includes(':') ? '' : 'mailto:';
    tokens.push(piece('a', [address], { url: scheme + address }));
  };

  const code = (fence: string): void => {
    const end = gone.has(fence) ? null : sticky(new RegExp(`(?<!\`)${fence}(?!\`)`, 'g'), text, at);
    if (!end) gone.add(fence);
    if (!end && !open) {
      tokens.push(fence);
      return;
    }
    const inner = text.slice(at, end?.index).replaceAll('\n', ' ');
    tokens.push(piece('code', [/^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner]));
    at = (end?.index ?? text.length) + fence.length;
  };

  const closeBracket = (): void => {
    const opener = bracket;
    const image = opener?.text === '![';
    bracket = opener?.outer;
    if (opener && (image || opener.at > linked)) {
      const direct = sticky(TARGET, text, at);
      const named = sticky(LABEL, text, at);
      // A text full of brackets would ask for every part of itself.
      const label = named?.[1] || (opener.nested ? '' : text.slice(opener.at, at - 1));
      const found = direct ? target(direct.slice(1)) : find(label);
      if (found || (open && opener.clear && mayBecomeTarget(text.slice(at)))) {
        opener.text = '';
        if (found) {
          pair(runs.splice(opener.runs));
          opener.begins.push(piece(image ? 'img' : 'a', [], { ...found }));
          tokens.push({ ...mark(''), ends: 1 });
          at += (direct ?? named)?.[0].length ?? 0;
          if (!image) linked = at;
        } else at = text.length;
        return;
      }
    }
    tokens.push(']');
  };

  /** Words up to the next mark, or an address. */
  const words = (): boolean => {
    const address = plain === WORD && bareAddress(text, at, bracket);
    const found = address || eat(plain)?.[0];
    if (address) at += address.length;
    // Half an address leads somewhere else.
    if (address && !(open && PUNCTUATION.test(text.slice(at)))) link(address);
    else if (found) tokens.push(found);
    return !!found;
  };

  while (at < text.length) {
    if (words()) continue;
    if (eat(/\n/y)) {
      const before = tokens.pop() ?? '';
      const isText = typeof before === 'string';
      tokens.push(isText ? before.trimEnd() : before, isText && before.endsWith('  ') ? piece('br') : '\n');
    } else if ((match = eat(TICKS))) code(match[0]);
    else if ((match = eat(/!?\[/y))) {
      const [opener] = match;
      const clear = !/\w/.test(text[match.index - 1] ?? '') && /\S/.test(text[at] ?? '');
      if (bracket) bracket.nested = true;
      bracket = { ...mark(opener), at, runs: runs.length, clear, outer: bracket };
      tokens.push(bracket);
    } else if (eat(/]/y)) closeBracket();
    else if ((match = eat(ANGLED))) link(match[1]!);
    else if ((match = eat(ESCAPE))) tokens.push(unescape(match[0]));
    else if (eat(/\\\n/y)) tokens.push(piece('br'));
    else if ((match = eat(/([*_~])\1*/y))) {
      const run = runAt(text, at, match[0]);
      tokens.push(run);
      runs.push(run);
    } else tokens.push(eat(TAG)?.[0] ?? text[at++]!);
  }

  const unpaired = pair(runs);
  if (open) {
    for (const run of unpaired) while (run.clear && run.text) wrap(run, 2);
    for (; bracket; bracket = bracket.outer) if (bracket.clear) bracket.text = '';
  }
  return nest(tokens, imageOrigins);
}
