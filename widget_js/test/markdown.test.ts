// @vitest-environment happy-dom
/** Nodes stay, text may be cut anywhere, and what comes late counts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MarkdownStream, renderMarkdown } from '../src/markdown';
import { asHtml } from './markdown-html';
import { PLAIN, streamed, told, unfinished } from './markdown-pieces';

let root: HTMLElement;
let stream: MarkdownStream;
beforeEach(() => {
  root = document.createElement('div');
  stream = new MarkdownStream(root, PLAIN);
});

const textOf = (selector: string) => root.querySelector(selector)!.firstChild as Text;

/** Calls back with every node that is added, removed or written to by `act`. */
async function touched(act: () => void): Promise<Set<Node>> {
  const nodes = new Set<Node>();
  const observer = new MutationObserver((records) => {
    for (const record of records) for (const node of [record.target, ...record.addedNodes, ...record.removedNodes]) nodes.add(node);
  });
  observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  act();
  await new Promise((resolve) => setTimeout(resolve));
  observer.disconnect();
  return nodes;
}

describe('nodes stay', () => {
  it('in the open paragraph, text is only added to', () => {
    stream.write('One **two');
    const [first, strong] = [textOf('p'), root.querySelector('strong')!];
    const inner = strong.firstChild as Text;
    stream.write('** three `four');
    stream.write('` five\nsix');
    expect(textOf('p')).toBe(first);
    expect(root.querySelector('strong')).toBe(strong);
    expect(strong.firstChild).toBe(inner);
    expect(root.textContent).toBe('One two three four five\nsix');
  });

  it('a selection in the open paragraph survives', () => {
    document.body.append(root);
    stream.write('One two');
    const range = document.createRange();
    range.setStart(textOf('p'), 0);
    range.setEnd(textOf('p'), 3);
    for (const piece of [' three', ' **fo', 'ur** [fi', 've](https://a.example)', '\n\nNext']) stream.write(piece);
    expect([range.startContainer, range.endContainer]).toEqual([textOf('p'), textOf('p')]);
    expect([range.toString(), range.collapsed]).toEqual(['One', false]);
    root.remove();
  });

  it('half a link keeps the text before it', () => {
    stream.write('See the docs [he');
    const before = textOf('p');
    stream.write('re](https://a.example');
    stream.write(') now');
    expect(textOf('p')).toBe(before);
    expect(before.data).toBe('See the docs ');
  });

  it('code is added to one text node', () => {
    stream.write('```js\nlet a');
    const text = textOf('code');
    for (const piece of [' = 1\n', '\n', '`', '`', ';\nlet b', '\n', '```', '\n\nNext']) stream.write(piece);
    stream.end();
    expect(textOf('code')).toBe(text);
    expect(root.querySelector('code')!.childNodes).toHaveLength(1);
    expect(text.data).toBe('let a = 1\n\n``;\nlet b\n');
  });

  it('the frame of code stays from its first letter', () => {
    stream.write('```j');
    const figure = root.querySelector('figure');
    for (const piece of ['s', '\n', 'x', '\n```', '\n']) stream.write(piece);
    expect(root.querySelector('figure')).toBe(figure);
    expect(root.querySelector('.lang')!.textContent).toBe('js');
  });

  it('a half row becomes a table, and the table stays', () => {
    stream.write('| a');
    const table = root.querySelector('.table');
    for (const piece of [' | b |\n', '|--', '-|---|\n| 1', ' | 2 |\n', '| 3 |']) stream.write(piece);
    expect(root.querySelector('.table')).toBe(table);
    expect(asHtml(root)).toContain('<td>3</td><td></td>');
  });

  it.each([
    ['closed blocks', '# A\n\nB *c*\n\n- d\n\n```\ne\n```\n\n| f |\n|---|\n\n', 'More and **more', '*'],
    ['earlier items', '- a\n- b **c**\n- d', ' more\n- e\n- **f', 'li:not(:last-child)'],
    ['earlier rows', '| a |\n|---|\n| 1 |\n| 2 |\n| 3', '4 |\n| 5', 'th, tbody tr:not(:last-child)'],
    ['earlier blocks of a quote', '> a\n>\n> b\n>\n> c', 'd\n>\n> e', 'blockquote > p:not(:last-child)'],
    ['what is above in nested lists', '1. a\n   - b\n   - c', 'd\n   - e\n', 'ol > li > p, ul > li:first-child'],
  ])('%s are not touched', async (_, before, after, selector) => {
    stream.write(before);
    const closed = [...root.querySelectorAll(selector)];
    expect(closed.length).toBeGreaterThan(0);
    const nodes = await touched(() => [...after].forEach(stream.write));
    expect(nodes.size).toBeGreaterThan(0);
    expect(closed.flatMap((element) => [element, ...descendants(element)]).filter((node) => nodes.has(node))).toEqual([]);
  });

  it('a list that turns loose keeps its items', async () => {
    stream.write('- a\n- b\n\n');
    const list = root.querySelector('ul')!;
    const paragraphs = [...root.querySelectorAll('p')];
    expect(list.className).toBe('tight');
    const nodes = await touched(() => stream.write('- c'));
    expect(list.className).toBe('');
    expect([...root.querySelectorAll('p')].slice(0, 2)).toEqual(paragraphs);
    for (const paragraph of paragraphs) expect(nodes.has(paragraph)).toBe(false);
  });

  it('nothing is touched while nobody can tell what comes', async () => {
    stream.write('Words\n');
    expect((await touched(() => ['-', '-', '-'].forEach(stream.write))).size).toBe(0);
  });
});

function descendants(node: Node): Node[] {
  return [...node.childNodes].flatMap((child) => [child, ...descendants(child)]);
}

describe('late definitions', () => {
  it('make links of what is closed, and touch nothing else', async () => {
    stream.write('See [one] and [two][x].\n\nOther *words*.\n\n- item [ONE]\n\n| [one] |\n|---|\n| [one] |\n\n');
    expect(root.querySelector('a')).toBe(null);
    const other = root.querySelectorAll('p')[1]!;
    const nodes = await touched(() => stream.write('[One]: https://a.example/\n\n'));
    expect([...root.querySelectorAll('a')].map((link) => link.textContent)).toEqual(['one', 'ONE', 'one', 'one']);
    expect(descendants(other).concat(other).filter((node) => nodes.has(node))).toEqual([]);
    stream.write('[x]: https://b.example/\n');
    stream.end();
    expect(told(root)).toBe(told(streamed(['See [one] and [two][x].\n\nOther *words*.\n\n- item [ONE]\n\n| [one] |\n|---|\n| [one] |\n\n[One]: https://a.example/\n\n[x]: https://b.example/\n'])));
  });

  it('the first one counts', () => {
    renderMarkdown(root, '[a]\n\n[a]: https://one.example/\n\n[a]: https://two.example/\n', PLAIN);
    expect(root.querySelector('a')!.href).toBe('https://one.example/');
  });

  it('what is not finished does not count yet', () => {
    stream.write('[a]\n\n[a]: https://on');
    expect(root.querySelector('a')).toBe(null);
    stream.write('e.example/\n\n');
    expect(root.querySelector('a')!.href).toBe('https://one.example/');
  });
});

describe('text may be cut anywhere', () => {
  it.each([
    ['one\r', '\ntwo'],
    ['one\r\n', '\r', '\n', 'two'],
    ['one', '\r', 'two'],
    ['one\r', '', '\ntwo'],
    ['one\r', '\r', '\r\ntwo'],
  ])('line ends: %j %j', (...pieces) => {
    const text = pieces.join('').replace(/\r\n?/g, '\n');
    expect(told(streamed(pieces))).toBe(told(streamed([text])));
  });

  it('a line end alone ends the last line', () => {
    expect(asHtml(streamed(['```\na\r']))).toBe('<pre><code>a\n</code></pre>');
    expect(asHtml(streamed(['a\r\r', 'b\r']))).toBe('<p>a</p><p>b</p>');
  });

  it('no half of a character is ever shown', () => {
    const seen: string[] = [];
    for (const unit of '**😀** `👩‍💻` 😀'.split('')) {
      stream.write(unit);
      seen.push(root.textContent!);
    }
    stream.end();
    expect(seen.filter((text) => /\p{Surrogate}/u.test(text))).toEqual([]);
    expect(root.textContent).toBe('😀 👩‍💻 😀');
  });

  it('NUL becomes a replacement character', () => {
    expect(streamed(['a\0b `\0`\n\n```\n\0\n```']).textContent).toBe('a\ufffdb \ufffdCopy\ufffd\n');
  });

  it('nothing is fine, too', () => {
    expect(streamed([]).childNodes).toHaveLength(0);
    expect(streamed(['', '\n', '', ' ']).childNodes).toHaveLength(0);
  });
});

describe('the tail', () => {
  it.each([
    ['a **b', 'b', 'STRONG'],
    ['a\n\n- b\n- c', 'c', 'P'],
    ['- a\n- ', 'a', 'P'],
    ['| a | b |\n|---|---|\n| 1 |', '1', 'TD'],
    ['Text\n\n```js\n', '', 'CODE'],
    ['Text\n\n```js\nlet', 'let', 'CODE'],
    ['# Title\n', 'Title', 'H1'],
    ['> quote', 'quote', 'P'],
    ['- [ ] a', ' a', 'LABEL'],
  ])('of %j is where words come next', (text, tail, parent) => {
    stream.write(text);
    expect([stream.tail!.data, stream.tail!.parentElement!.tagName]).toEqual([tail, parent]);
  });

  it('is nowhere before there are words', () => expect(stream.tail).toBe(null));
});

describe('what it is made of', () => {
  it('directions are told at the top, where they place bullets, and code goes from left to right', () => {
    const html = streamed(['a\n\n- b\n\n> c\n\n| d |\n|---|\n| e |\n\n# f\n\n```\ng\n```']);
    expect([...html.children].map((element) => element.getAttribute('dir'))).toEqual(['auto', 'auto', 'auto', 'auto', 'auto', null]);
    expect([...html.querySelectorAll('[dir=auto] [dir]')]).toEqual([]);
    expect(html.querySelector('pre')!.dir).toBe('ltr');
  });

  it('what scrolls can be reached by keyboard, and has a name', () => {
    renderMarkdown(root, '| a |\n|---|', { ...PLAIN, strings: { ...PLAIN.strings, table: 'Tabelle' } });
    const box = root.querySelector('.table')!;
    expect([box.getAttribute('role'), box.getAttribute('tabindex'), box.getAttribute('aria-label')]).toEqual(['group', '0', 'Tabelle']);
  });

  it('a task is a box with its words as its label', () => {
    renderMarkdown(root, '- [x] *done*\n- [ ] open\n- none', PLAIN);
    const [done, open] = [...root.querySelectorAll('input')];
    expect([done!.checked, done!.disabled, open!.checked]).toEqual([true, true, false]);
    expect(done!.closest('label')!.textContent).toBe(' done');
    expect([...root.querySelectorAll('li')].map((item) => item.className)).toEqual(['task', 'task', '']);
  });

  it('a fragment will do', () => {
    const fragment = document.createDocumentFragment();
    renderMarkdown(fragment, 'a\n\nb', PLAIN);
    expect(fragment.querySelectorAll('p')).toHaveLength(2);
  });

  it('nothing is left of what was only tried', () => {
    expect(told(unfinished('| a\nb'.split('')))).toBe(told(unfinished(['| a\nb'])));
    expect(root.querySelectorAll('.table')).toHaveLength(0);
  });
});
