// @vitest-environment happy-dom
/** What is half written is shown as what it will become, and waits as long as nobody can tell. */
import { describe, expect, it } from 'vitest';
import { asHtml } from './markdown-html';
import { streamed, unfinished } from './markdown-pieces';

const shown = (text: string) => asHtml(unfinished([text]));
const ended = (text: string) => asHtml(streamed([text]));

const HALVES: Record<string, [text: string, shown: string][]> = {
  emphasis: [
    ['**bo', '<p><strong>bo</strong></p>'],
    ['**bold*', '<p><strong>bold</strong></p>'],
    ['**bold**', '<p><strong>bold</strong></p>'],
    ['*it', '<p><em>it</em></p>'],
    ['***both', '<p><em><strong>both</strong></em></p>'],
    ['***both**', '<p><em><strong>both</strong></em></p>'],
    ['***both** one', '<p><em><strong>both</strong> one</em></p>'],
    ['**a _b', '<p><strong>a <em>b</em></strong></p>'],
    ['a **', '<p>a</p>'],
    ['~~go', '<p><del>go</del></p>'],
    ['about ~5', '<p>about ~5</p>'],
    ['2*3', '<p>2*3</p>'],
    ['2 * 3', '<p>2 * 3</p>'],
    ['snake_case', '<p>snake_case</p>'],
    ['- **bo', '<ul><li><strong>bo</strong></li></ul>'],
    ['# He **ad', '<h1>He <strong>ad</strong></h1>'],
  ],
  code: [
    ['`co', '<p><code>co</code></p>'],
    ['a `', '<p>a</p>'],
    ['`code`', '<p><code>code</code></p>'],
    ['``co`de', '<p><code>co`de</code></p>'],
    ['``code`', '<p><code>code</code></p>'],
    ['**a `b', '<p><strong>a <code>b</code></strong></p>'],
  ],
  fences: [
    ['`', ''],
    ['``', ''],
    ['```', ''],
    ['```py', '<pre><code></code></pre>'],
    ['```py\n', '<pre><code class="language-py"></code></pre>'],
    ['```py\nprint', '<pre><code class="language-py">print</code></pre>'],
    ['```py\nprint\n`', '<pre><code class="language-py">print\n</code></pre>'],
    ['```py\nprint\n``', '<pre><code class="language-py">print\n</code></pre>'],
    ['```py\nprint\n```', '<pre><code class="language-py">print\n</code></pre>'],
    ['```py\nprint\n`x', '<pre><code class="language-py">print\n`x</code></pre>'],
    ['~~~~\na\n~~~', '<pre><code>a\n</code></pre>'],
    ['- ```\n  a\n  ``', '<ul><li><pre><code>a\n</code></pre></li></ul>'],
  ],
  links: [
    ['see [', '<p>see</p>'],
    ['see [te', '<p>see te</p>'],
    ['see [text]', '<p>see text</p>'],
    ['see [text](', '<p>see text</p>'],
    ['see [text](http://a.b', '<p>see text</p>'],
    ['see [text](http://a.b "ti', '<p>see text</p>'],
    ['see [text](http://a.b)', '<p>see <a href="http://a.b/">text</a></p>'],
    ['see [text][re', '<p>see text</p>'],
    ['see [te **xt', '<p>see te <strong>xt</strong></p>'],
    ['see [1] ', '<p>see [1]</p>'],
    ['see [1].', '<p>see [1].</p>'],
    ['see [text](no link', '<p>see [text](no link</p>'],
    ['x[0', '<p>x[0</p>'],
    ['see !', '<p>see</p>'],
    ['see ![al', '<p>see al</p>'],
    ['see ![alt](http://a.b', '<p>see alt</p>'],
    ['see <http://a.b', '<p>see</p>'],
    ['see <http://a.b>', '<p>see <a href="http://a.b/">http://a.b</a></p>'],
    ['see http://a.b/c', '<p>see http://a.b/c</p>'],
    ['see http://a.b.', '<p>see http://a.b.</p>'],
    ['see http://a.b/c or', '<p>see <a href="http://a.b/c">http://a.b/c</a> or</p>'],
    ['ask me@a.b', '<p>ask me@a.b</p>'],
    ['[', ''],
    ['[te', ''],
    ['[text](', '<p>text</p>'],
    ['[x]:', ''],
    ['[x]: http://a.b', ''],
    ['[x]: http://a.b "ti', ''],
    ['[x]: no definition', '<p>[x]: no definition</p>'],
  ],
  characters: [
    ['a &am', '<p>a</p>'],
    ['a &amp;', '<p>a &amp;</p>'],
    ['AT&T ', '<p>AT&amp;T</p>'],
    ['a \\', '<p>a</p>'],
    ['a \\*', '<p>a</p>'],
    ['a \\* b', '<p>a * b</p>'],
    ['a <b', '<p>a</p>'],
    ['a <b>c', '<p>a &lt;b&gt;c</p>'],
  ],
  lines: [
    ['#', ''],
    ['## ', ''],
    ['#hash', '<p>#hash</p>'],
    ['-', ''],
    ['- ', ''],
    ['- a', '<ul><li>a</li></ul>'],
    ['- a\n-', '<ul><li>a</li></ul>'],
    ['- [', ''],
    ['- [ ] ', ''],
    ['- [ ] a', '<ul><li><input disabled="" type="checkbox"> a</li></ul>'],
    ['1', ''],
    ['1.', ''],
    ['12. ', ''],
    ['2024 was', '<p>2024 was</p>'],
    ['>', ''],
    ['> a', '<blockquote><p>a</p></blockquote>'],
    ['*', ''],
    ['* *', ''],
    ['a\n-', '<p>a</p>'],
    ['a\n---', '<p>a</p>'],
    ['a\n---\n', '<h2>a</h2>'],
    ['a\n=', '<p>a</p>'],
    ['a\n1', '<p>a</p>'],
    ['a\n\n---', '<p>a</p>'],
  ],
  tables: [
    ['|', ''],
    ['| a', '<table><thead><tr><th>a</th></tr></thead></table>'],
    ['| a | b |\n', '<table><thead><tr><th>a</th><th>b</th></tr></thead></table>'],
    ['| a | b |\n|--', '<table><thead><tr><th>a</th><th>b</th></tr></thead></table>'],
    ['| a | b |\n|---|---|\n| **1', '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><strong>1</strong></td><td></td></tr></tbody></table>'],
    ['Words\n| a', '<p>Words</p><table><thead><tr><th>a</th></tr></thead></table>'],
    ['| a\nno table', '<p>| a\nno table</p>'],
    ['a | b\n-', '<p>a | b</p>'],
  ],
};

describe.each(Object.entries(HALVES))('%s', (_, halves) => {
  it.each(halves)('%j', (text, html) => expect(shown(text)).toBe(html));
});

it('is literal when nothing follows', () => {
  expect(ended('**bo')).toBe('<p>**bo</p>');
  expect(ended('`co')).toBe('<p>`co</p>');
  expect(ended('[te')).toBe('<p>[te</p>');
  expect(ended('see [text](http://a.b')).toBe('<p>see [text](<a href="http://a.b/">http://a.b</a></p>');
  expect(ended('| a')).toBe('<p>| a</p>');
  expect(ended('a !')).toBe('<p>a !</p>');
  expect(ended('a &am')).toBe('<p>a &amp;am</p>');
  expect(ended('**a\n\nb**')).toBe('<p>**a</p><p>b**</p>');
  expect(ended('#')).toBe('<h1></h1>');
  expect(ended('-')).toBe('<ul><li></li></ul>');
  expect(ended('---')).toBe('<hr />');
  expect(ended('a\n---')).toBe('<h2>a</h2>');
  expect(ended('```')).toBe('<pre><code></code></pre>');
});

it('never shows the marks of what is well formed', () => {
  const text =
    '# A **title**\n\nSome **bold**, *slanted*, ~~gone~~ and `code` with a [link](https://a.b/c "t") and ![image](https://a.b/i.png).\n\n' +
    '- one\n- **two**\n  1. three\n\n> quoted *words*\n\n```js\nlet x\n```\n\n| a | b |\n|---|:-:|\n| 1 | `2` |\n\n- [ ] to do\n- [x] done\n\n---\nEnd';
  for (let end = 1; end <= text.length; end++) {
    const words = unfinished([text.slice(0, end)]).textContent;
    expect(words, JSON.stringify(text.slice(0, end))).not.toMatch(/[*~`[\]|#>-]/);
  }
});
