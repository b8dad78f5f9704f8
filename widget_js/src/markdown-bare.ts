/** Addresses without brackets, which GFM makes links: `https://…`, `www.…`, `name@host`. */
import { sticky } from './markdown-links';

/** A text without it has none: most have none. */
export const MAYBE_ADDRESS = /:\/\/|www\.|@/i;

// GFM does not end at fullwidth punctuation, but a Chinese sentence has no space to end it.
const WEB = /(?:https?:\/\/|www\.)[^\W_][^\s<\u3000-\u303f\uff00-\uffef]*/iy;
const MAIL = /[\w.+-]+@[\w-]+\.[\w.-]*[a-z\d](?![\w-])/iy;

/** The address at a place, as it is written. */
export function bareAddress(text: string, at: number, inBrackets: unknown): string | undefined {
  if (/[a-z\d/.+-]/i.test(text[at - 1] ?? '')) return;
  const web = sticky(WEB, text, at)?.[0];
  return web ? trimmed(inBrackets ? web.split(/[[\]]/)[0]! : web) : sticky(MAIL, text, at)?.[0];
}

/** What may be an address's or its sentence's. */
export const PUNCTUATION = /^[?!.,:;*_~'")]*$/;

/** Without the punctuation of the sentence around it, a parenthesis that was opened before it, and a character reference. */
function trimmed(written: string): string {
  const address = written.replace(/&\w+;$/, '');
  let spare = address.split(')').length - address.split('(').length;
  let end = address.length;
  while ('?!.,:;*_~\'"'.includes(address[end - 1]!) || (address[end - 1] === ')' && spare-- > 0)) end--;
  return address.slice(0, end);
}
