/** Runs of `*`, `_` and `~`, and which of them pair up: CommonMark's delimiter stack, in linear time. */
import { piece } from './markdown-dom';
import { type Mark, mark } from './markdown-nest';

export interface Run extends Mark {
  /** Its place in the source, its length before any of it was used, and what its neighbours let it be. */
  at: number;
  size: number;
  opens: boolean;
  closes: boolean;
  /** It can be nothing but an opening one: it is not in the middle of a word, as in 2*3. */
  clear: boolean;
}

/** The run `text` that ends at a place in the source. */
export function runAt(source: string, end: number, text: string): Run {
  const size = text.length;
  const at = end - size;
  const before = weight([...source.substring(at - 2, at)].pop());
  const after = weight([...source.substring(end, end + 2)][0]);
  const left = after > 1 || (after > 0 && before < 2);
  const right = before > 1 || (before > 0 && after < 2);
  const word = text[0] === '_';
  const none = text[0] === '~' && size > 2;
  return {
    ...mark(text),
    at,
    size,
    opens: left && !none && !(word && right && before > 1),
    closes: right && !none && !(word && left && after > 1),
    clear: !right && text !== '~',
  };
}

/** White space or nothing, punctuation, or a letter. */
function weight(character = ''): number {
  return !character.trim() ? 0 : /[\p{P}\p{S}]/u.test(character) ? 1 : 2;
}

/** Pairs what can be paired; what is left open is returned. */
export function pair(runs: readonly Run[]): Run[] {
  const openers: Run[] = [];
  // Before such a place there is nothing for this kind of closing run. Without it, time is quadratic.
  const floors: Record<string, number> = {};
  for (const run of runs) {
    const { size, opens } = run;
    const kind = `${run.text[0]}${opens}${size % 3}`;
    for (let index = openers.length; run.closes && run.text; ) {
      const opener = openers[--index];
      if (!opener || opener.at < floors[kind]!) {
        floors[kind] = run.at;
        break;
      }
      if (opener.text[0] !== run.text[0]) continue;
      const odd = (opener.closes || opens) && size % 3 && (opener.size + size) % 3 === 0;
      if (run.text[0] === '~' ? opener.size !== size : odd) continue;
      run.text = run.text.slice(wrap(opener, run.text.length));
      run.ends++;
      openers.length = index += opener.text ? 1 : 0;
    }
    if (run.text && opens) openers.push(run);
  }
  return openers;
}

/** Begins an element with the innermost marks of a run; returns how many that are. */
export function wrap(opener: Run, available: number): number {
  const strike = opener.text[0] === '~';
  const count = Math.min(2, available, opener.text.length);
  opener.text = opener.text.slice(count);
  opener.begins.push(piece(strike ? 'del' : count > 1 ? 'strong' : 'em', []));
  return count;
}
