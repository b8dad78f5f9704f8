// @vitest-environment happy-dom
/** What a piece costs doesn't depend on what is before it, and nothing that can be written takes quadratic time. */
import { cpuUsage } from 'node:process';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MarkdownStream } from '../src/markdown';
import { createBlocks } from '../src/markdown-blocks';
import { inline } from '../src/markdown-inline';
import { PLAIN, streamed, unfinished } from './markdown-pieces';

/** Characters read as the text of a block, and elements that were looked at. */
const work = vi.hoisted(() => ({ characters: 0, elements: 0 }));
vi.mock('../src/markdown-inline', async (original) => {
  const module = await original<typeof import('../src/markdown-inline')>();
  const counted: typeof module.inline = (text, ...rest) => {
    work.characters += text.length;
    return module.inline(text, ...rest);
  };
  return { inline: counted };
});
vi.mock('../src/markdown-dom', async (original) => {
  const module = await original<typeof import('../src/markdown-dom')>();
  const counted: typeof module.fill = (parent, contents, last) => {
    work.elements += contents.length;
    return module.fill(parent, contents, last);
  };
  return { ...module, fill: counted };
});
beforeEach(() => Object.assign(work, { characters: 0, elements: 0 }));

describe('a late piece costs what an early one does', () => {
  const sentence = 'Some **bold** words, `code`, [a link](https://a.example) and [an unknown label].\n';
  it.each([
    ['paragraphs', '', `${sentence}${sentence}\n`],
    ['a list', '', `- ${sentence}`],
    ['a list with nested ones', '', `1. ${sentence}   - ${sentence}   - ${sentence}`],
    ['a table', '| a | b |\n|---|---|\n', '| some *words* | `more` |\n'],
    ['a quote', '', `> ${sentence}>\n`],
    ['code', '```js\n', 'const a = `1`;\n'],
    ['definitions', '', `[label]\n\n[label]: https://a.example\n\n`],
  ])('in %s', (_, head, part) => {
    const stream = new MarkdownStream(document.createElement('div'), PLAIN);
    stream.write(head);
    const price = (): [number, number] => {
      Object.assign(work, { characters: 0, elements: 0 });
      for (const piece of part.match(/[^]{1,4}/g)!) stream.write(piece);
      return [work.characters, work.elements];
    };
    price();
    const early = price();
    stream.write(part.repeat(1000));
    price();
    expect(price()).toEqual(early);
  });
});

const CPU_NOISE = 60;

/** CPU milliseconds, the better of two runs. */
function cost(run: () => void): number {
  const once = () => {
    const before = cpuUsage().user;
    run();
    return (cpuUsage().user - before) / 1000;
  };
  return Math.min(once(), once());
}

/** Four times the input takes four times the time, more or less; were it quadratic, it would take sixteen times. */
function expectLinear(run: (characters: number) => void): void {
  run(3_000);
  const small = cost(() => run(10_000));
  const large = cost(() => run(40_000));
  expect(large).toBeLessThan(9 * small + CPU_NOISE);
}

describe('linear', () => {
  const none = () => undefined;
  it.each([
    ...['[', '![', ']', '[]', '[a](', '[a](b', '[a](<b', '[a](b "', "[a](b 'c", '[a](b (', '[a](b) ', '[a][', '[a]: ', '[*]', '[a](b(c', '((('],
    ...['*', '*a ', '*a **a ', 'a* ', 'a** *b', '_a ', '*_', '**x', 'a**b', '*a_ ', '*a', '~a', '~~a ', '~'],
    ...['`', '`a``b```c', '<', '<a', '<a b', '<a@', '<a:', '&', '&a', '&#', '&a;', '\\', '\\\n', 'a\n', 'a  \n', '    ', ' a', '!', '|'],
    ...['http://a', 'https://a)', 'www.a(', 'www.', 'a@a.', 'a@', 'a.', '(https://a.b', 'https://a.b.', '"'],
  ])('text of %j', { timeout: 60_000 }, (part) => {
    for (const open of [false, true]) expectLinear((characters) => inline(`${part.repeat(characters / part.length)}x`, open, none, []));
  });

  it('backtick runs of ever new lengths', () => {
    expectLinear((characters) => inline(Array.from({ length: Math.sqrt(2 * characters) }, (_, index) => '`'.repeat(index + 1)).join('x'), false, none, []));
  });

  it.each([
    ['quotes in quotes', (n: number) => '>'.repeat(n)],
    ['lists in lists', (n: number) => '- '.repeat(n / 2)],
    ['lists in quotes', (n: number) => '> - '.repeat(n / 4)],
    ['ever deeper lists', (n: number) => Array.from({ length: Math.sqrt(n) }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n')],
    ['quotes over quotes', (n: number) => '>>>>>>>> a\n'.repeat(n / 11)],
    ['spaces', (n: number) => `${' '.repeat(n)}a`],
    ['tabs', (n: number) => `- ${'\t'.repeat(n)}a`],
    ['rules', (n: number) => '* '.repeat(n)],
    ['almost rules', (n: number) => `${'* '.repeat(n)}a`],
    ['number signs', (n: number) => `# ${' #'.repeat(n / 2)} a`],
    ['pipes', (n: number) => `${'|'.repeat(n)}\n${'|-'.repeat(n / 2)}`],
    ['almost fences', (n: number) => '`'.repeat(n)],
    ['fences', (n: number) => '```\n'.repeat(n / 4)],
    ['blank lines', (n: number) => '\n'.repeat(n)],
    ['blank lines in code', (n: number) => `    a${'\n'.repeat(n)}    b`],
    ['definitions', (n: number) => '[a]: b\n'.repeat(n / 7)],
    ['almost definitions', (n: number) => '[a]: b "\n'.repeat(n / 9)],
    ['lazy lines', (n: number) => `> a\n${'b\n'.repeat(n / 2)}`],
  ])('lines of %s', { timeout: 60_000 }, (_, text) => {
    expectLinear((characters) => {
      const blocks = createBlocks(new Map());
      const lines = text(characters).split('\n');
      blocks.write(lines.slice(0, -1), lines.at(-1)!);
      blocks.end();
    });
  });
});

describe('deep nesting ends', () => {
  const depth = (node: Node): number => 1 + Math.max(0, ...[...node.childNodes].map(depth));
  it.each([
    ['quotes', '> '.repeat(10_000)],
    ['lists', '- '.repeat(10_000)],
    ['emphasis', '*a **b '.repeat(2_000)],
    ['closed emphasis', `${'*a **b '.repeat(1_000)}${'c** d* '.repeat(1_000)}`],
    ['links', `${'![a'.repeat(2_000)}${'](b)'.repeat(2_000)}`],
    ['emphasis in links in lists', `${'- > '.repeat(100)}${'**[*'.repeat(100)}x${'*](https://a.example)**'.repeat(100)}`],
  ])('of %s', (_, start) => {
    for (const root of [streamed([`${start}x`]), unfinished([`${start}x`])]) {
      expect(depth(root)).toBeLessThan(200);
      expect(root.textContent).toContain('x');
    }
  });
});
