/** What all parts that are loaded later share: their words and their style sheet. Of the panel's modules they may import types only (see `Kit`). */
import type { Kit } from './kit';
import { later, type LaterStrings } from './strings-later';
import { laterStyles } from './styles-later';

let sheet: CSSStyleSheet | undefined;

/** Dresses the panel for a later part, and returns the words of all. */
export function furnish({ shadow, strings }: Kit): LaterStrings & Kit['strings'] {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(laterStyles);
  if (!shadow.adoptedStyleSheets.includes(sheet!)) shadow.adoptedStyleSheets.push(sheet!);
  return { ...later, ...strings };
}

/** Pictures that only later parts use, on the grid of icons.ts. */
export const SHAPES = {
  back: 'M12 5l-5 5 5 5',
  trash: 'M4.5 6h11M8 6V4.2h4V6M6 6l.7 9.8h6.6L14 6M8.6 9v4M11.4 9v4',
  save: 'M10 4v8M6.5 9l3.5 3.5L13.5 9M4.5 15.5h11',
  speaker: 'M4 8v4h2.5L10 15V5L6.5 8zM12.5 8a3 3 0 0 1 0 4M14.5 6a6 6 0 0 1 0 8',
  microphone: 'M10 3.5a2 2 0 0 1 2 2v4a2 2 0 0 1-4 0v-4a2 2 0 0 1 2-2zM5.5 9.5a4.5 4.5 0 0 0 9 0M10 14v2.5',
  clip: 'M14.5 9.5l-5 5a3 3 0 0 1-4.2-4.2l5.6-5.6a2 2 0 0 1 2.8 2.8l-5.3 5.3a1 1 0 0 1-1.4-1.4l4.6-4.6',
  file: 'M6 3.5h5l3.5 3.5v9.5H6zM11 3.5V7h3.5',
};
