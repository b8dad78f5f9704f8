import { describe, expect, test } from 'vitest';
import { squeezeTemplates } from '../squeeze-templates.mjs';

const strings = (tag: string, source: string): Promise<readonly string[]> =>
  squeezeTemplates(`return ${tag}${source}`).then((code) => new Function(tag, 'x', code)((texts: readonly string[]) => texts, 'x') as readonly string[]);

describe('css', () => {
  test.each([
    ['loses comments, indentation and what can be said shorter', '`\n  /* why */\n  a { color: #ff0000; margin: 0px 0px }\n`', ['a{color:red;margin:0}']],
    ['keeps escapes', '`a::before { content: "\\\\201c  \\`" }\n b { top: 0 }`', ['a::before{content:"\\201c  `"}b{top:0}']],
    ['keeps the space in front of a pseudo class', '`a :hover { top: 0 }`', ['a :hover{top:0}']],
    ['around an expression loses white space only', '`\n  /* why */\n  ${x}\n  a , b { margin: ${x} 1px ${x}; }\n  ${x} a {}\n`', ['', ' a,b{margin:', ' 1px ', ';}', ' a{}']],
    ['around an expression keeps strings and empty custom properties', '`a { content: "a  /* b */ ;  c"; --e: ; top: ${x}px }`', ['a{content:"a  /* b */ ;  c";--e: ;top:', 'px}']],
    ['that is no whole style sheet keeps its meaning', '`color: red; top: 0`', ['color:red;top:0']],
  ])('%s', async (_, source, expected) => {
    expect([...(await strings('css', source))]).toEqual(expected);
  });
});

test('escapes are kept for String.raw too, which has others', async () => {
  expect(await squeezeTemplates('css`a::before { content: "\\201c  x" }`')).toBe('css`a::before{content:"\\201c  x"}`');
});

describe('html', () => {
  test.each([
    ['has one space where it had many', '`\n  <p>\n    a  <b>b</b>\n    <i>c</i>\n  </p>\n`', [' <p> a <b>b</b> <i>c</i> </p> ']],
    ['keeps attribute values', '`<a\n  title="a  b"\n  @click=${x}\n  class=\'c  ${x}  d\'>\n</a>`', ['<a title="a  b" @click=', " class='c  ", "  d'> </a>"]],
    ['keeps comments', '`<!-- a  b -->  <p>`', ['<!-- a  b --> <p>']],
    ['is not confused by a lesser-than sign or a quote in text', '`a < b  it\'s  <p title="x  y">`', ['a < b it\'s <p title="x  y">']],
    ['keeps what is written as it is shown', '`<pre>\n  a\n</pre>`', ['<pre>\n  a\n</pre>']],
    ['keeps its expressions in their places', '`<p>\n  ${x}\n  ${x}</p>\n`', ['<p> ', ' ', '</p> ']],
  ])('%s', async (_, source, expected) => {
    expect([...(await strings('html', source))]).toEqual(expected);
  });

  test('is squeezed inside of an expression too, and nothing around it is', async () => {
    const source = 'html`<ul>\n  ${a.map((b) => ({ c: html`\n    <li>${`x  ${b}  y`}</li>\n` }))}\n</ul>`;  // it\'s\n';
    expect(await squeezeTemplates(source)).toBe('html`<ul> ${a.map((b) => ({ c: html` <li>${`x  ${b}  y`}</li> ` }))} </ul>`;  // it\'s\n');
  });
});

describe('everything else', () => {
  test.each([
    ['other templates', 'const a = `  b  ${ c }  `; tag`  d  `;'],
    ['strings that look like templates', `const a = 'css\`  b  \`'; const d = "html\`  e  \`";`],
    ['comments that look like templates', '// css`  a  `\n/* html`  b  ` */ c'],
    ['regular expressions with quotes and backticks', "const a = /['\"`]  [/`]/g; return /`  `/.test(b) ? c / d : e / f;"],
    ['divisions', 'a / b; `  c  `; (d) / e / f; g[0] / h; i++ / j; `  k  ` / l'],
    ['private names', 'this.#a / 2; this.#b`  c  `'],
  ])('%s are left alone', async (_, source) => {
    expect(await squeezeTemplates(source)).toBe(source);
  });
});
