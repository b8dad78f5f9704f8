// @vitest-environment happy-dom
import { it } from 'vitest';
import { MarkdownStream } from '../src/markdown';
const show = (n: Node): string => n.nodeType === 3 ? (n as Text).data : ['BUTTON'].includes(n.nodeName) ? '' : `<${n.nodeName.toLowerCase()}>${[...n.childNodes].map(show).join('')}</>`;
it('x', () => {
  for (const text of ['See **bold _it_** and `co``de` ~~x~~ 2*3*4 a_b_c ok.', 'A [link](https://a.b/c "t") and ![img](https://q.w/e.png) or [ref][x] [1] [a](b c) x[0] https://foo.bar/baz. done <https://x.y> <b>hi</b> &amp; AT&T me@x.org.', '# Head **x** #\n\n- [ ] task\n- two\n  1. n\n\n10 apples\n---\n```js\nlet a = `x`;\n```\nafter', 'Intro\n| a | b |\n|---|:-:|\n| 1 | `2` |\n| **3\nx | y\n---|---\n1 | 2\n\n---\n***\n> quote\nlazy\n> - in', '[x]: https://foo.bar "tit"\n\nHello! "What?" [note: long] * star\n\n+ a\n\n+ b']) {
    const root = document.createElement('div'); const s = new MarkdownStream(root); let last = '';
    for (const c of text) { s.write(c); const now = [...root.childNodes].map(show).join(''); if (now !== last) console.log(JSON.stringify(c), now); else console.log(JSON.stringify(c), '='); last = now; }
    s.end(); console.log('END', [...root.childNodes].map(show).join(''));
  }
});
