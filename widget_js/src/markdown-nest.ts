/** The flat sequence that the scanner found -> contents within contents; links and images get what they may show. */
import { imageAddress, linkAddress } from './markdown-address';
import { type Content, type Piece, piece } from './markdown-dom';

/** Where elements end and others begin, with literal text in between. */
export interface Mark {
  ends: number;
  text: string;
  /** From the innermost. */
  begins: Piece[];
}

export const mark = (text: string): Mark => ({ ends: 0, text, begins: [] });

export type Token = Content | Mark;

/** Elements beyond it are left out, and what is in them stays. */
const DEEPEST = 32;

export function nest(tokens: readonly Token[], imageOrigins: readonly string[]): Content[] {
  const top = piece('', []);
  const stack = [top];
  let left = 0;

  const add = (content: Content): void => {
    const kids = stack.at(-1)!.kids!;
    const last = kids.length - 1;
    if (typeof content === 'string' && typeof kids[last] === 'string') kids[last] += content;
    else if (content) kids.push(content);
  };
  const finish = (done: Piece): void => allowed(done, stack.some(({ tag }) => tag === 'a'), imageOrigins).forEach(add);
  const end = (): void => {
    if (left) left--;
    else finish(stack.pop()!);
  };

  for (const token of tokens) {
    if (typeof token === 'string') add(token);
    else if ('tag' in token) finish(token);
    else {
      while (token.ends--) end();
      add(token.text);
      for (const begun of token.begins.reverse()) stack.length > DEEPEST ? left++ : stack.push(begun);
    }
  }
  while (stack.length > 1) end();
  return top.kids!;
}

/** A link or an image as far as its address is allowed; anything else is as it is. */
function allowed(found: Piece, inLink: boolean, imageOrigins: readonly string[]): Content[] {
  const { tag, attributes, kids } = found;
  const { url, title } = attributes;
  if (url === undefined) return [found];
  const more = title ? { title } : {};
  let shown = kids!;
  if (tag === 'img') {
    const alt = words(shown);
    const src = imageAddress(url, imageOrigins);
    if (src) return [piece(tag, undefined, { src, alt, ...more, loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer' })];
    shown = [alt];
  }
  const href = inLink ? null : linkAddress(url);
  // A link without words can be neither seen nor heard.
  if (!words(shown)) shown = [url];
  return href === null ? shown : [piece('a', shown, { href, ...more, target: '_blank', rel: 'noopener noreferrer nofollow ugc' })];
}

function words(contents: readonly Content[]): string {
  return contents.map((content) => (typeof content === 'string' ? content : (content.attributes.alt ?? words(content.kids ?? [])))).join('');
}
