// @vitest-environment happy-dom
/** Documents that nobody would think of: whatever the pieces are, the result is the same, and so is all that is shown on the way. */
import { expect, it } from 'vitest';
import { MarkdownStream } from '../src/markdown';
import { chance, PLAIN, randomPieces, streamed, told, unfinished } from './markdown-pieces';

const LINES = [
  ...['', '', '', '  ', '\t', 'foo', 'bar *baz* qux', '**bo', 'ld** x', '_u_v', '~~s~~', '~t', '`a', 'b`', '```x`y', 'a  ', 'a\\', '!', '$', '😀 é', '\\*'],
  ...['- a', '- b', '  - c', '    d', '  e', '* x', '+ y', '-', '- [ ] t', '- [x] d', '-   - n', '1. one', '2. two', '   three', '1.', '10) z', '- ```', '- # h'],
  ...['> q', '> - r', '>', '>> s', '> ```', '# h', '## h #', '#', 'title', '===', '---', '***', '```', '```js', '   ```', '~~~', '    code', '\tcode', '     deeper'],
  ...['| a | b |', '|---|:-:|', '| 1 | 2', 'a | b', '- | -', '---|---', '|', '> | q |', '> |---|'],
  ...['[x]: https://x.y/', '[x]:', '[x]', '[foo][x]', '![i][x]', '- [x]: https://late.de/', '[y]: <https://z.w> "t"', '"t"', '[y]', '[l](https://a.b', 'c)', '[z'],
  ...['https://a.b/c_d.', 'a@b.cd', '<https://q.r>', '<div>', '&amp; &#65; &nope;'],
];
const ENDS = ['\n', '\n', '\n', '\n', '\r\n', '\r'];

function randomText(seed: number): string {
  const next = chance(seed);
  const lines = Array.from({ length: 2 + next(18) }, () => LINES[next(LINES.length)]! + ENDS[next(ENDS.length)]!);
  return lines.join('').slice(0, next(2) ? undefined : -1);
}

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

it('ends the same', { timeout: 60_000 }, () => {
  for (const seed of seeds(1, 300)) {
    const text = randomText(seed);
    const whole = told(streamed([text]));
    for (const pieces of [text.split(''), randomPieces(text, seed)]) expect(told(streamed(pieces)), `${seed}: ${JSON.stringify(text)}`).toBe(whole);
  }
});

it('shows the same on the way', { timeout: 60_000 }, () => {
  for (const seed of seeds(1000, 40)) {
    const text = randomText(seed);
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, PLAIN);
    for (let end = 1; end <= text.length; end++) {
      stream.write(text[end - 1]!);
      expect(told(root), `${seed}: ${JSON.stringify(text.slice(0, end))}`).toBe(told(unfinished([text.slice(0, end)])));
    }
  }
});
