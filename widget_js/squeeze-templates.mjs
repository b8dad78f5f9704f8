/**
 * Takes out of `css` and `html` templates what no browser needs: comments and indentation.
 *
 * Minifiers leave template literals alone, because they can't know what they mean. Works on source text (TypeScript or JavaScript) and
 * changes nothing outside of those templates, nor the number and order of their expressions.
 */
import { transform } from 'esbuild';

/** Words after which a slash begins a regular expression; after any other word it divides. */
const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'in', 'of', 'delete', 'void', 'instanceof', 'new', 'do', 'else', 'yield', 'await', 'throw']);

/** @param {string} source @returns {Promise<string>} */
export async function squeezeTemplates(source) {
  const scanner = new Scanner(source);
  const pieces = scanner.code();
  return (await Promise.all(pieces.map((piece) => (typeof piece === 'string' ? piece : print(piece))))).join('');
}

/** @typedef {{ tag: string, segments: string[], expressions: Piece[][] }} Template */
/** @typedef {string | Template} Piece */

class Scanner {
  constructor(source) {
    this.source = source;
    this.at = 0;
  }

  /** Reads to the end, or to the brace that closes the template expression it is in. @returns {Piece[]} */
  code() {
    const pieces = [];
    let depth = 0;
    let last = '';
    while (this.at < this.source.length) {
      const rest = this.source.slice(this.at, this.at + 2);
      const character = rest[0];
      if (rest === '//') pieces.push(this.take(/[^\n]*/y));
      else if (rest === '/*') pieces.push(this.take(/\/\*[^]*?\*\//y));
      else if (/\s/.test(character)) pieces.push(this.take(/\s+/y));
      else if (/['"]/.test(character)) pieces.push((last = this.take(/(['"])(?:\\[^]|(?!\1)[^\\])*\1/y)));
      else if (character === '`') {
        pieces.push(this.template(last));
        last = '`';
      } else if (/[\w$#]/.test(character)) pieces.push((last = this.take(/[\w$#]+/y)));
      else if (character === '/' && dividesNothing(last)) pieces.push((last = this.take(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*|\//y)));
      else {
        if (character === '{') depth++;
        if (character === '}' && depth-- === 0) return pieces;
        pieces.push((last = rest === '++' || rest === '--' ? rest : character));
        this.at += last.length;
      }
    }
    return pieces;
  }

  /** @returns {Template} */
  template(tag) {
    const segments = [];
    const expressions = [];
    this.at++;
    for (;;) {
      segments.push(this.take(/(?:\\[^]|\$(?!\{)|[^\\`$])*/y));
      if (this.source[this.at] !== '$') break;
      this.at += 2;
      expressions.push(this.code());
      this.at++;
    }
    this.at++;
    return { tag, segments, expressions };
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const [text] = pattern.exec(this.source);
    this.at += text.length;
    return text;
  }
}

const dividesNothing = (last) => !/[\w$#)\]`'"]$|^(?:\+\+|--)$/.test(last) || BEFORE_REGEX.has(last);

async function print({ tag, segments, expressions }) {
  const squeezed = tag === 'css' ? await squeezeCss(segments) : tag === 'html' || tag === 'svg' ? squeezeHtml(segments) : segments;
  const inner = await Promise.all(expressions.map(async (pieces) => (await Promise.all(pieces.map((piece) => (typeof piece === 'string' ? piece : print(piece))))).join('')));
  return `\`${squeezed.map((segment, index) => (index ? `\${${inner[index - 1]}}` : '') + segment).join('')}\``;
}

async function squeezeCss(segments) {
  const [css] = segments;
  // With a backslash it depends on the tag what the text is: lit's takes the escapes away, String.raw leaves them.
  if (segments.length === 1 && !css.includes('\\')) {
    const { code, warnings } = await transform(css, { loader: 'css', minify: true, charset: 'utf8', logLevel: 'silent' });
    // A warning: not a whole style sheet. A backslash or a backtick: esbuild put one there, and it would need one more here.
    if (!warnings.length && !/[\\`]|\$\{/.test(code)) return [code.trimEnd()];
  }
  return squeezeCssText(segments);
}

/** White space and comments only: an expression may stand for anything, from a value to a list of rules. */
function squeezeCssText(segments) {
  let quote = '';
  return segments.map((segment, index) => {
    let out = '';
    let space = false;
    // An expression on either side keeps the space there is.
    const touching = index > 0;
    for (const [token] of segment.matchAll(/\/\*[^]*?\*\/|\s+|\\[^]|[^]/g)) {
      if (quote) {
        out += token;
        if (token === quote) quote = '';
      } else if (token.startsWith('/*') || /^\s/.test(token)) space = true;
      else {
        const afterPunctuation = out ? /[{};,:]$/.test(out) : !touching;
        const emptyValue = /:$/.test(out) && /[;}]/.test(token);
        if (space && (emptyValue || (!afterPunctuation && !/[{};,]/.test(token)))) out += ' ';
        space = false;
        out += token;
        if (token === '"' || token === "'") quote = token;
      }
    }
    const expressionFollows = index < segments.length - 1;
    const begun = out || touching;
    return space && expressionFollows && begun && !/[{};,:]$/.test(out) ? `${out} ` : out;
  });
}

/**
 * A run of white space becomes one space: between inline elements it is seen, so it can't go altogether.
 * Attribute values and comments stay as they are, and so does a whole template that says `<pre` or `<textarea`.
 */
function squeezeHtml(segments) {
  if (segments.some((segment) => /<(?:pre|textarea)\b|\\\n/i.test(segment))) return segments;
  let inside = 'text';
  return segments.map((segment) => {
    let out = '';
    for (const [token, opening] of segment.matchAll(/<!--|-->|(<)(?=[\w/]|$)|\s+|\\[^]|[^]/g)) {
      const white = /^\s/.test(token);
      out += white && (inside === 'text' || inside === 'tag') ? ' ' : token;
      if (inside === 'text') inside = token === '<!--' ? 'comment' : opening ? 'tag' : 'text';
      else if (inside === 'comment') inside = token === '-->' ? 'text' : 'comment';
      else if (inside === 'tag') inside = token === '>' ? 'text' : token === '"' || token === "'" ? token : 'tag';
      else if (token === inside) inside = 'tag';
    }
    return out;
  });
}
