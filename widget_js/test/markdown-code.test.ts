// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MarkdownStream, renderMarkdown } from '../src/markdown';
import { PLAIN } from './markdown-pieces';

const copyText = vi.hoisted(() => vi.fn<(text: string, root: Node) => Promise<boolean>>());
const highlight = vi.hoisted(() => vi.fn<(code: HTMLElement, language: string) => void>());
vi.mock('../src/clipboard', () => ({ copyText }));
vi.mock('../src/highlight', () => ({ highlight }));

let root: HTMLElement;
beforeEach(() => {
  vi.useFakeTimers();
  copyText.mockReset().mockResolvedValue(true);
  root = document.createElement('div');
});
afterEach(() => vi.useRealTimers());

const button = () => root.querySelector<HTMLButtonElement>('button.copy')!;

it('has a frame with its language, a button and a box', () => {
  renderMarkdown(root, '```python title="x"\nprint("&lt;")\n```', PLAIN);
  expect(root.innerHTML).toBe(
    '<figure class="code"><figcaption><span class="lang">python</span><button type="button" class="copy" part="copy-code">Copy</button></figcaption>' +
      '<pre tabindex="0" dir="ltr"><code class="language-python">print("&amp;lt;")\n</code></pre></figure>',
  );
});

it('is copied as it is written, says so for two seconds, and in the language of its strings', async () => {
  renderMarkdown(root, '```\na\n\n\tb\n```\n\n    c', { ...PLAIN, strings: { ...PLAIN.strings, copy: 'Kopieren', copied: 'Kopiert' } });
  expect(button().textContent).toBe('Kopieren');
  button().click();
  await vi.advanceTimersByTimeAsync(0);
  expect(copyText).toHaveBeenCalledWith('a\n\n\tb\n', root.querySelector('figure'));
  expect(button().textContent).toBe('Kopiert');
  await vi.advanceTimersByTimeAsync(1900);
  expect(button().textContent).toBe('Kopiert');
  await vi.advanceTimersByTimeAsync(100);
  expect(button().textContent).toBe('Kopieren');
});

it('says nothing when copying failed', async () => {
  copyText.mockResolvedValue(false);
  renderMarkdown(root, '```\na\n```', PLAIN);
  button().click();
  await vi.advanceTimersByTimeAsync(0);
  expect(button().textContent).toBe('Copy');
});

it('can be copied while it is written', async () => {
  const stream = new MarkdownStream(root, PLAIN);
  stream.write('```\na\nb');
  button().click();
  stream.write('c\n');
  await vi.advanceTimersByTimeAsync(0);
  expect(copyText.mock.calls[0]![0]).toBe('a\nb');
  expect(button().textContent).toBe('Copied');
});

it('is given away to be coloured once it is complete, and not touched from then on', async () => {
  const given: [string, string][] = [];
  highlight.mockImplementation((code, language) => {
    given.push([language, code.textContent!]);
    code.replaceChildren(document.createElement('mark'));
  });
  const stream = new MarkdownStream(root, PLAIN);
  for (const piece of ['- x\n\n  ```js\n  let', ' a\n  ``']) stream.write(piece);
  await vi.dynamicImportSettled();
  expect(given).toEqual([]);
  for (const piece of ['`\n', '\n    indented\n', '\nText\n\n~~~py\nlast']) stream.write(piece);
  await vi.dynamicImportSettled();
  expect(given).toEqual([['js', 'let a\n']]);
  stream.end();
  await vi.dynamicImportSettled();
  expect(given).toEqual([['js', 'let a\n'], ['py', 'last\n']]);
  expect(root.querySelectorAll('mark')).toHaveLength(2);
});
