// @vitest-environment happy-dom
/** What a model writes is hostile. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chance, streamed, unfinished } from './markdown-pieces';

const SCRIPT = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '\u0001javascript:alert(1)',
  'java\tscript:alert(1)',
  'java&Tab;script:alert(1)',
  'java&#9;script:alert(1)',
  'java&#10;script:alert(1)',
  'java&#x0D;script:alert(1)',
  '&#106;&#97;&#118;ascript:alert(1)',
  'javascript&colon;alert(1)',
  'javascript&#58;alert(1)',
  '&#x01;javascript:alert(1)',
  'vbscript:x',
  'data:text/html,<script>alert(1)</script>',
  'data:image/svg+xml;base64,PHN2Zz4=',
  'blob:https://a.example/1',
  'file:///etc/passwd',
  'filesystem:https://a.example/x',
  'ftp://a.example/',
  'about:blank',
  'view-source:https://a.example',
  'intent://a.example#Intent;end',
  '//a.example/x',
  '/relative',
  'relative',
  '?query',
  '#hash',
  '',
  'https:',
  'https://',
  '\\\\a.example\\x',
];

const NESTED = ['[a](U)', '[a](<U>)', '<U>', '![a](U)', '![a](<U>)', '[a][r]\n\n[r]: U', '[a][r]\n\n[r]: <U>', '![a][r]\n\n[r]: <U>', '[r]\n\n[r]: <U>', '[![a](<U>)](<U>)', '| a |\n|---|\n| [a](<U>) |'];
const ATTRIBUTES: Record<string, string[]> = {
  A: ['href', 'rel', 'target', 'title'],
  IMG: ['alt', 'decoding', 'loading', 'referrerpolicy', 'src', 'title'],
  INPUT: ['checked', 'disabled', 'type'],
  BUTTON: ['class', 'part', 'type'],
  DIV: ['aria-label', 'class', 'dir', 'role', 'tabindex'],
  PRE: ['dir', 'tabindex'],
  OL: ['class', 'dir', 'start'],
  TH: ['align'],
  TD: ['align'],
  ...Object.fromEntries(['P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'HR', 'BLOCKQUOTE', 'UL', 'LI', 'FIGURE', 'SPAN', 'CODE'].map((tag) => [tag, ['class', 'dir']])),
  ...Object.fromEntries(['EM', 'STRONG', 'DEL', 'BR', 'LABEL', 'FIGCAPTION', 'TABLE', 'THEAD', 'TBODY', 'TR'].map((tag) => [tag, []])),
};

/** Every element and attribute is one of those that we mean, and every address leads where it may. */
function expectSafe(root: Element, source: string): void {
  for (const element of root.querySelectorAll('*')) {
    const allowed = ATTRIBUTES[element.tagName];
    expect(allowed, `<${element.tagName}> from ${source}`).toBeDefined();
    for (const { name } of [...element.attributes]) expect(allowed, source).toContain(name);
    if (element.tagName === 'A') {
      expect(element.getAttribute('href'), source).toMatch(/^(https?:\/\/|mailto:|tel:)/);
      expect(element.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc');
      expect(element.getAttribute('target')).toBe('_blank');
    }
  }
}

describe('links', () => {
  it.each(SCRIPT)('lead nowhere: %j', (url) => {
    for (const shape of NESTED) {
      const source = shape.replaceAll('U', url);
      for (const root of [streamed([source]), streamed(source.split('')), unfinished([source])]) {
        expectSafe(root, source);
        expect(root.querySelector('a[href^="java" i], a[href^="data" i], a[href^="blob" i], a[href^="/"], img'), source).toBe(null);
      }
    }
  });

  it('show their words when they may lead nowhere', () => {
    expect(streamed(['[the *words*](javascript:alert(1))']).innerHTML).toBe('<p dir="auto">the <em>words</em></p>');
  });

  it.each(['https://a.example/', 'http://a.example/', 'mailto:a@b.example', 'tel:+491234'])('may lead to %s', (url) => {
    const link = streamed([`[a](${url} "t&quot;itle")`]).querySelector('a')!;
    expect(link.getAttribute('href')).toBe(url);
    expect(link.title).toBe('t"itle');
  });

  it('are what a browser makes of them, and never in each other', () => {
    expect(streamed(['[a](HTTPS://A.example/%zz"<>)']).querySelector('a')!.getAttribute('href')).toBe('https://a.example/%zz%22%3C%3E');
    expect(streamed(['[a <https://b.example> c](https://d.example)']).querySelectorAll('a a')).toHaveLength(0);
    expect(streamed(['[![alt](https://b.example/i.png)](https://d.example)']).innerHTML).toMatch(/^<p dir="auto"><a [^>]*>alt<\/a><\/p>$/);
  });
});

describe('images', () => {
  const imageOrigins = ['https://images.example', 'http://localhost:8000'];
  const drawn = (source: string) => streamed([source], { imageOrigins });

  it('load from an exact origin only', () => {
    const image = drawn('![al*t*](https://images.example/a.png "title")').querySelector('img')!;
    const attributes = Object.fromEntries([...image.attributes].map(({ name, value }) => [name, value]));
    expect(attributes).toEqual({ src: 'https://images.example/a.png', alt: 'alt', title: 'title', loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer' });
    expect(drawn('![x](http://localhost:8000/a.png)').querySelector('img')).not.toBe(null);
    for (const url of [
      'http://images.example/a.png',
      'https://images.example:8443/a.png',
      'https://images.example.evil.example/a.png',
      'https://images.example@evil.example/a.png',
      'https://evil.example/https://images.example/a.png',
      'https://x.images.example/a.png',
      'blob:https://images.example/1',
      'data:image/png;base64,AA==',
      '//images.example/a.png',
      'https:\\\\evil.example\\images.example',
    ]) {
      for (const shape of ['![x](<U>)', '![x][r]\n\n[r]: <U>', '![x]\n\n[x]: <U>']) expect(drawn(shape.replace('U', () => url)).querySelector('img'), url).toBe(null);
    }
  });

  it('are links where they may not load', () => {
    expect(streamed(['![secret](https://evil.example/?q=1)']).innerHTML).toMatch(/^<p dir="auto"><a href="https:\/\/evil.example\/\?q=1" [^>]*>secret<\/a><\/p>$/);
    expect(streamed(['![](https://evil.example/)']).querySelector('a')!.textContent).toBe('https://evil.example/');
    expect(streamed(['![x](data:image/png;base64,AA==)']).innerHTML).toBe('<p dir="auto">x</p>');
  });

  it('do not load while their address is half written', () => {
    const source = '![x](https://images.example/a.png)';
    for (let end = 1; end < source.length; end++) expect(unfinished([source.slice(0, end)]).querySelector('img, a')).toBe(null);
  });

  it('are the same whenever their definition comes', () => {
    expect(streamed(['![x][r]\n\nText\n\n', '[r]: https://evil.example/x.png']).querySelectorAll('img')).toHaveLength(0);
  });
});

describe('HTML', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<svg/onload=alert(1)>',
    '<!-- x --><style>*{}</style>',
    '<iframe srcdoc="&lt;script&gt;">',
    '**<b onclick=x>**',
    '```<img src=x>\n<script>\n```',
    '[<img src=x>](https://a.example "<script>")',
    '![<script>](https://a.example/"><script>)',
    '| <td onload=x> |\n|---|\n| <script> |',
    '```"><script>\nx\n```',
    '- [ ] <input onfocus=x autofocus>',
  ])('is shown as it is written: %s', (source) => {
    const root = streamed([source]);
    expectSafe(root, source);
    expect(root.querySelector('script, img, svg, style, iframe, b')).toBe(null);
  });

  it('is text, letter by letter', () => {
    expect(streamed(['<img src=x onerror=alert(1)>']).textContent).toBe('<img src=x onerror=alert(1)>');
  });
});

it('random marks make nothing else', () => {
  const parts = ['[', ']', '(', ')', '<', '>', '!', '*', '_', '`', '"', "'", '\\', '&#106;', 'javascript:', 'https://a.b', ' ', '\n', '\n\n', '|', '-', '#', 'x', ':', '[x]: ', '\t', 'onclick=', 'style=', '~~', 'data:,'];
  for (let seed = 1; seed <= 300; seed++) {
    const next = chance(seed);
    const source = Array.from({ length: 30 }, () => parts[next(parts.length)]).join('');
    expectSafe(streamed([source]), JSON.stringify(source));
    expectSafe(unfinished([source]), JSON.stringify(source));
  }
});

it('no markup is ever parsed, and no style or handler set from text', () => {
  const folder = join(import.meta.dirname, '../src');
  const sources = readdirSync(folder).filter((name) => name.startsWith('markdown'));
  expect(sources.length).toBeGreaterThan(5);
  for (const name of sources) {
    expect(readFileSync(join(folder, name), 'utf8'), name).not.toMatch(/innerHTML|outerHTML|insertAdjacent|DOMParser|createContextualFragment|setHTML|document\.write|'style'|\.style\b|\beval\b|new Function/);
  }
});
