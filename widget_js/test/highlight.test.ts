// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { highlight } from '../src/highlight';
import { renderMarkdown } from '../src/markdown';
import { highlightStyles } from '../src/styles-highlight';
import { PLAIN } from './markdown-pieces';

let shadow: ShadowRoot;
beforeEach(() => {
  const host = document.createElement('div');
  document.body.replaceChildren(host);
  shadow = host.attachShadow({ mode: 'open' });
});
afterEach(() => vi.restoreAllMocks());

function block(text: string): HTMLElement {
  const code = document.createElement('code');
  code.textContent = text;
  shadow.append(code);
  return code;
}

async function coloured(language: string, text: string): Promise<HTMLElement> {
  const code = block(text);
  await highlight(code, language);
  return code;
}

const looks = (code: HTMLElement) => [...code.children].map((span) => [span.className, span.textContent]);

it('colours words, strings, numbers and comments', async () => {
  const code = await coloured('js', 'const a = "b"; // 1\nlet c = 2;\n');
  expect(looks(code)).toEqual([
    ['hl-keyword', 'const'],
    ['hl-string', '"b"'],
    ['hl-comment', '// 1'],
    ['hl-keyword', 'let'],
    ['hl-number', '2'],
  ]);
});

it('shows what stands in a string as code', async () => {
  expect(looks(await coloured('ts', '`a${1 + b}c`'))).toEqual([
    ['hl-string', '`a'],
    ['hl-number', '1'],
    ['hl-string', 'c`'],
  ]);
});

it.each([
  ['python', '@decorated\ndef f(x: int) -> str:\n    """Says <b>hi</b>."""\n    return f"{x!r} & {1}"\n'],
  ['html', '<p class="a">&amp;<script>let a = "</p>"</script><style>p { color: red }</style></p>\n'],
  ['sh', 'for f in *.txt; do echo "$f" | wc -l; done # all\n'],
  ['sql', "SELECT a, 'it''s' FROM b WHERE c = 1;\n"],
  ['json', '{"a": [1, true, null, "x\\n"]}\n'],
  ['diff', '@@ -1 +1 @@\n-old\n+new\n'],
  ['php', '<p><?php echo "a $b"; ?></p>\n'],
  ['C++', '#include <a>\nint main() { return 0; }\n'],
  ['yaml', 'a: [1, "b"]\n# c\n'],
  ['rust', "fn f<'a>(x: &'a str) -> u8 { b'x' }\n"],
  ['css', 'a:hover { color: #fff; margin: 1px }\n'],
  ['js', 'let 𝒳 = "never closed\n}}}{{{ <img src=x onerror=alert(1)>\n'],
])('never changes the text: %s', async (language, text) => {
  const code = await coloured(language, text);
  expect(code.textContent).toBe(text);
  expect(code.querySelectorAll('span').length).toBeGreaterThan(1);
  expect(code.querySelectorAll(':not(span)')).toHaveLength(0);
});

it('leaves alone what it does not know, and what is very long', async () => {
  expect((await coloured('mermaid', 'let a')).children).toHaveLength(0);
  expect((await coloured('js', `let a;${' '.repeat(20_000)}`)).children).toHaveLength(0);
  expect((await coloured('js', `let a;${' '.repeat(19_000)}`)).children).toHaveLength(1);
});

it('waits until nothing is selected', async () => {
  let type = 'Range';
  vi.spyOn(document, 'getSelection').mockImplementation(() => ({ type }) as Selection);
  const code = block('let a');
  const text = code.firstChild;
  const done = highlight(code, 'js');
  // By then its turn has come and gone: another's, asked for later, has.
  await highlight(block(''), 'none');
  document.dispatchEvent(new Event('selectionchange'));
  expect(code.firstChild).toBe(text);
  type = 'Caret';
  await vi.waitFor(() => {
    document.dispatchEvent(new Event('selectionchange'));
    expect(code.children).toHaveLength(1);
  });
  await done;
});

it('dresses the shadow tree once', async () => {
  await coloured('js', 'let a');
  await coloured('js', 'let b');
  expect(shadow.adoptedStyleSheets).toHaveLength(1);
});

describe('of Markdown', () => {
  it('only blocks with a language are coloured', async () => {
    const root = document.createElement('div');
    shadow.append(root);
    renderMarkdown(root, '```\nlet a\n```\n\n    let b\n\n```js\nlet c\n```', PLAIN);
    await vi.waitFor(() => expect(root.querySelectorAll('span[class^=hl-]')).toHaveLength(1));
    expect([...root.querySelectorAll('code')].map((code) => code.innerHTML)).toEqual(['let a\n', 'let b\n', '<span class="hl-keyword">let</span> c\n']);
  });
});

describe('its colours', () => {
  const styles = readFileSync(join(import.meta.dirname, '../src/styles.ts'), 'utf8');
  const channels = (hex: string) => (hex.length === 4 ? [...hex.slice(1)].map((c) => c + c) : hex.slice(1).match(/../g)!).map((c) => parseInt(c, 16) / 255);
  const pair = (css: string) => /light-dark\((#\w+), (#\w+)\)/.exec(css)!.slice(1).map(channels);
  const luminance = (rgb: number[]) =>
    rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index]!, 0);

  const backgrounds = pair(/--bg:.*/.exec(styles)![0]);
  const texts = pair(/--fg:.*/.exec(styles)![0]);
  const share = Number(/--surface:.*var\(--fg\) (\d+)%, var\(--bg\)/.exec(styles)![1]) / 100;
  const rules = [...highlightStyles.matchAll(/\.(hl-\w+) \{ color: (.*); \}/g)];

  it.each(rules.map(([, name, colour]) => [name!, colour!]))('%s can be read on the background of code, light and dark', (_, colour) => {
    pair(colour).forEach((own, scheme) => {
      const surface = backgrounds[scheme]!.map((c, index) => c * (1 - share) + texts[scheme]![index]! * share);
      const [darker, lighter] = [luminance(own), luminance(surface)].sort((a, b) => a - b);
      expect((lighter! + 0.05) / (darker! + 0.05)).toBeGreaterThanOrEqual(4.5);
    });
  });

  it('are none where the system forces its own', () => {
    expect(rules).toHaveLength(8);
    expect(highlightStyles.trim()).toMatch(/^@media not \(forced-colors: active\) \{(?:\s*\.hl-\w+ \{[^}]*\})*\s*\}$/);
  });
});
