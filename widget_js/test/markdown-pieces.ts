/** The same text in other pieces, and reproducible chance. */
import { MarkdownStream, type MarkdownOptions } from '../src/markdown';

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

/** Between UTF-16 units: what comes over a wire is never cut so finely. */
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

export function streamed(pieces: Iterable<string>, options?: MarkdownOptions): HTMLElement {
  const root = document.createElement('div');
  const stream = new MarkdownStream(root, options);
  for (const piece of pieces) stream.write(piece);
  stream.end();
  return root;
}
