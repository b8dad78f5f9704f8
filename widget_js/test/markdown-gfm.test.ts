// @vitest-environment happy-dom
/** GitHub's extensions: the examples of its spec (0.29-gfm), and what they leave open. */
import { expect, it } from 'vitest';
import { asHtml, normalised } from './markdown-html';
import { randomPieces, streamed, told } from './markdown-pieces';

const link = (href: string, text = href) => `<a href="${href}">${text}</a>`;
const table = (head: string, ...rows: string[]) =>
  `<table><thead><tr>${head}</tr></thead>${rows.length ? `<tbody>${rows.map((row) => `<tr>${row}</tr>`).join('')}</tbody>` : ''}</table>`;

const EXAMPLES: Record<string, [markdown: string, html: string][]> = {
  tables: [
    ['| foo | bar |\n| --- | --- |\n| baz | bim |', table('<th>foo</th><th>bar</th>', '<td>baz</td><td>bim</td>')],
    ['| abc | defghi |\n:-: | -----------:\nbar | baz', table('<th align="center">abc</th><th align="right">defghi</th>', '<td align="center">bar</td><td align="right">baz</td>')],
    ['| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |', table('<th>f|oo</th>', '<td>b <code>|</code> az</td>', '<td>b <strong>|</strong> im</td>')],
    ['| abc | def |\n| --- | --- |\n| bar | baz |\n> bar', `${table('<th>abc</th><th>def</th>', '<td>bar</td><td>baz</td>')}<blockquote><p>bar</p></blockquote>`],
    ['| abc | def |\n| --- | --- |\n| bar | baz |\nbar\n\nbar', `${table('<th>abc</th><th>def</th>', '<td>bar</td><td>baz</td>', '<td>bar</td><td></td>')}<p>bar</p>`],
    ['| abc | def |\n| --- |\n| bar |', '<p>| abc | def |\n| --- |\n| bar |</p>'],
    ['| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |', table('<th>abc</th><th>def</th>', '<td>bar</td><td></td>', '<td>bar</td><td>baz</td>')],
    ['| abc | def |\n| --- | --- |', table('<th>abc</th><th>def</th>')],
    ['Words:\n| a |\n|:--|\n| b |', `<p>Words:</p>${table('<th align="left">a</th>', '<td align="left">b</td>')}`],
    ['a | b\n- | -\n1 | 2', table('<th>a</th><th>b</th>', '<td>1</td><td>2</td>')],
    ['- item\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |', `<ul><li><p>item</p>${table('<th>a</th><th>b</th>', '<td>1</td><td>2</td>')}</li></ul>`],
    ['> | a |\n> |---|\n> | 1 |\nafter', `<blockquote>${table('<th>a</th>', '<td>1</td>')}</blockquote><p>after</p>`],
    ['| a |\n|---|\n| 1 |\n- x', `${table('<th>a</th>', '<td>1</td>')}<ul><li>x</li></ul>`],
    ['| a |\n|---|\n| 1 |\n```\ncode\n```', `${table('<th>a</th>', '<td>1</td>')}<pre><code>code\n</code></pre>`],
    ['a\n---', '<h2>a</h2>'],
    ['constructor\nconstructor', '<p>constructor\nconstructor</p>'],
    ['| constructor |\n| constructor |', '<p>| constructor |\n| constructor |</p>'],
  ],
  'task lists': [
    ['- [ ] foo\n- [x] bar', '<ul><li><input disabled="" type="checkbox"> foo</li><li><input checked="" disabled="" type="checkbox"> bar</li></ul>'],
    [
      '- [X] foo\n  - [ ] bar\n- baz',
      '<ul><li><input checked="" disabled="" type="checkbox"> foo<ul><li><input disabled="" type="checkbox"> bar</li></ul></li><li>baz</li></ul>',
    ],
    ['1. [ ] foo\n\n2. [x] **bar**', '<ol><li><p><input disabled="" type="checkbox"> foo</p></li><li><p><input checked="" disabled="" type="checkbox"> <strong>bar</strong></p></li></ol>'],
    ['- [ ]\n- [y] foo\n- [x]foo\n- foo [x]', '<ul><li>[ ]</li><li>[y] foo</li><li>[x]foo</li><li>foo [x]</li></ul>'],
    ['[ ] foo', '<p>[ ] foo</p>'],
  ],
  strikethrough: [
    ['~~Hi~~ Hello, ~there~ world!', '<p><del>Hi</del> Hello, <del>there</del> world!</p>'],
    ['This ~~has a\n\nnew paragraph~~.', '<p>This ~~has a</p><p>new paragraph~~.</p>'],
    ['This will ~~~not~~~ strike.', '<p>This will ~~~not~~~ strike.</p>'],
    ['~~a~ b', '<p>~~a~ b</p>'],
    ['~5 to ~10 km', '<p>~5 to ~10 km</p>'],
    ['**~~a~~** ~~**b**~~', '<p><strong><del>a</del></strong> <del><strong>b</strong></del></p>'],
  ],
  'bare addresses': [
    ['www.commonmark.org', `<p>${link('http://www.commonmark.org/', 'www.commonmark.org')}</p>`],
    ['Visit www.commonmark.org/help for more.', `<p>Visit ${link('http://www.commonmark.org/help', 'www.commonmark.org/help')} for more.</p>`],
    ['Visit www.commonmark.org.\n\nVisit www.commonmark.org/a.b.', `<p>Visit ${link('http://www.commonmark.org/', 'www.commonmark.org')}.</p><p>Visit ${link('http://www.commonmark.org/a.b', 'www.commonmark.org/a.b')}.</p>`],
    ['www.google.com/search?q=Markup+(business)', `<p>${link('http://www.google.com/search?q=Markup+(business)', 'www.google.com/search?q=Markup+(business)')}</p>`],
    ['www.google.com/search?q=Markup+(business)))', `<p>${link('http://www.google.com/search?q=Markup+(business)', 'www.google.com/search?q=Markup+(business)')}))</p>`],
    ['(www.google.com/search?q=Markup+(business))', `<p>(${link('http://www.google.com/search?q=Markup+(business)', 'www.google.com/search?q=Markup+(business)')})</p>`],
    ['(see https://encrypted.google.com/search?q=Markup+(business))', `<p>(see ${link('https://encrypted.google.com/search?q=Markup+(business)')})</p>`],
    ['www.google.com/search?q=(business))+ok', `<p>${link('http://www.google.com/search?q=(business))+ok', 'www.google.com/search?q=(business))+ok')}</p>`],
    ['www.commonmark.org/he<lp', `<p>${link('http://www.commonmark.org/he', 'www.commonmark.org/he')}&lt;lp</p>`],
    ['http://commonmark.org', `<p>${link('http://commonmark.org/', 'http://commonmark.org')}</p>`],
    ['**https://a.example/_b_/*c*d**', `<p><strong>${link('https://a.example/_b_/*c*d')}</strong></p>`],
    ['_https://a.example/b_', `<p><em>${link('https://a.example/b')}</em></p>`],
    ["'https://a.example/?x=1&y=2', he said", `<p>'${link('https://a.example/?x=1&amp;y=2')}', he said</p>`],
    ['[https://a.example/b](https://c.example/d)', `<p>${link('https://c.example/d', 'https://a.example/b')}</p>`],
    ['[1: https://a.example/b]', `<p>[1: ${link('https://a.example/b')}]</p>`],
    ['`https://a.example/`', '<p><code>https://a.example/</code></p>'],
    ['参照https://a.example/b。次', `<p>参照${link('https://a.example/b')}。次</p>`],
    ['xhttps://a.example/ foo/www.a.example ftp://a.example', '<p>xhttps://a.example/ foo/www.a.example ftp://a.example</p>'],
    ['https:// http://. www. www.', '<p>https:// http://. www. www.</p>'],
    ['foo@bar.baz', `<p>${link('mailto:foo@bar.baz', 'foo@bar.baz')}</p>`],
    ["hello+xyz@mail.example isn't valid, but hello_xyz@mail.example is.", `<p>${link('mailto:hello+xyz@mail.example', 'hello+xyz@mail.example')} isn't valid, but ${link('mailto:hello_xyz@mail.example', 'hello_xyz@mail.example')} is.</p>`],
    ['a.b-c_d@a.b a.b-c_d@a.b.', `<p>${link('mailto:a.b-c_d@a.b', 'a.b-c_d@a.b')} ${link('mailto:a.b-c_d@a.b', 'a.b-c_d@a.b')}.</p>`],
    ['foo@bar @bar foo@ a@b', '<p>foo@bar @bar foo@ a@b</p>'],
  ],
  'both specs at once': [
    ['Tom &amp; &#74;erry &copy; &#x1F600; &#0; &#xD800; &#9999999; &nope; AT&T', '<p>Tom &amp; Jerry © 😀 \ufffd \ufffd \ufffd &amp;nope; AT&amp;T</p>'],
    ['<div onclick="a_b_c">**x**</div> <!-- *y* --> <?php *z* ?> 1 < 2 > 0', '<p>&lt;div onclick=&quot;a_b_c&quot;&gt;<strong>x</strong>&lt;/div&gt; &lt;!-- *y* --&gt; &lt;?php *z* ?&gt; 1 &lt; 2 &gt; 0</p>'],
  ],
};

it.each(Object.entries(EXAMPLES))('%s', (_, examples) => {
  for (const [markdown, html] of examples) {
    const whole = streamed([markdown]);
    expect(asHtml(whole), JSON.stringify(markdown)).toBe(normalised(html));
    for (const pieces of [markdown.split(''), randomPieces(markdown, markdown.length)]) expect(told(streamed(pieces))).toBe(told(whole));
  }
});
