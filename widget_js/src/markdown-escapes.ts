/** Backslash escapes and character references: every numeric one, and the names people write. All 2,125 would outweigh the parser. */

const NAMES =
  'amp& lt< gt> quot" apos\' nbsp\u00a0 copy© trade™ hellip… mdash— ndash– deg° times× euro€ larr← rarr→ auml\u00e4 ouml\u00f6 uuml\u00fc szlig\u00df';

const ALL = /\\([!-/:-@[-`{-~])|&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w*);/gi;
/** One of them at a place. */
export const ESCAPE = new RegExp(ALL, 'iy');

export function unescape(text: string): string {
  return text.replace(ALL, (whole, mark, name) => {
    if (mark) return mark;
    if (name[0] !== '#') return new RegExp(`\\b${name}(\\W)`).exec(NAMES)?.[1] ?? whole;
    const code = Number(`0${name.slice(1)}`);
    const surrogate = code >> 11 === 27;
    return !code || code > 0x10ffff || surrogate ? '\ufffd' : String.fromCodePoint(code);
  });
}
