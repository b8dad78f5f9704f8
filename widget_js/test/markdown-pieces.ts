/** The same text in other pieces, reproducible chance, and all that can be told of what was drawn. */
import { type MarkdownOptions, MarkdownStream } from '../src/markdown';
import { english } from '../src/strings';

export const PLAIN: MarkdownOptions = { imageOrigins: [], strings: english };

/** A number from 0 to below `limit`, at each call; the same ones for the same seed (xorshift32). */
export function chance(seed: number): (limit: number) => number {
  let state = seed * 2654435761 + 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Cut anywhere, also in the middle of a character that is two UTF-16 units. */
export function randomPieces(text: string, seed: number): string[] {
  const next = chance(seed);
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const end = at + 1 + next(9);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/** As it is shown while more may come. */
export function unfinished(pieces: Iterable<string>): HTMLElement {
  const root = document.createElement('div');
  const stream = new MarkdownStream(root, PLAIN);
  for (const piece of pieces) stream.write(piece);
  return root;
}

export function streamed(pieces: Iterable<string>, options: Partial<MarkdownOptions> = {}): HTMLElement {
  const root = document.createElement('div');
  const stream = new MarkdownStream(root, { ...PLAIN, ...options });
  for (const piece of pieces) stream.write(piece);
  stream.end();
  return root;
}

/** Every node with every attribute, text nodes apart from each other: what looks the same in HTML may be cut differently. */
export function told(node: Node): string {
  if (node instanceof Text) return JSON.stringify(node.data);
  const attributes = [...((node as Element).attributes ?? [])].map(({ name, value }) => ` ${name}=${value}`);
  return `<${node.nodeName}${attributes.sort().join('')}>${[...node.childNodes].map(told).join('')}</>`;
}
