// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ChatWidget } from '../src/chat-widget';

const SOURCES = join(__dirname, '../src');
const read = (name: string) => readFileSync(join(SOURCES, name), 'utf8');
const all = readdirSync(SOURCES).map(read).join('\n');
const element = read('chat-widget.ts');

const found = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))].sort();

it('every custom property that is used is documented, and the other way round', () => {
  expect(found(element, /@cssprop (--chatwidget-[\w-]+)/g)).toEqual(found(all.replace(element, ''), /var\((--chatwidget-[\w-]+)/g));
});

it('so is every slot', () => {
  expect(found(element, /@slot ([\w-]+)/g)).toEqual([...found(all, /h\(\s*'slot',\s*\{ name: '([\w-]+)'/g), 'launcher-icon'].sort());
});

it('so is every attribute', () => {
  expect(found(element, /@attr \{.*?\} ([\w-]+)/g)).toEqual([...ChatWidget.observedAttributes].sort());
});

it('so is every event', () => {
  expect(found(element, /@fires chatwidget-([\w-]+)/g)).toEqual(found(element, /'chatwidget-([\w-]+)': CustomEvent/g));
});

it('every part that is documented is drawn', () => {
  const drawn = found(all, /part: [`']([^`']+)/g).join(' ').replace(/\$\{role\}/, 'user');
  const made = new Set([...drawn.split(' '), ...found(all, /iconButton\(\s*'\w+',\s*[`']([\w -]+)/g).flatMap((names) => names.split(' ')), ...found(all, /make\('\w+', '([\w-]+)'\)/g), 'launcher', 'regret']);
  expect(found(element, /@csspart ([\w-]+)/g).filter((part) => !made.has(part))).toEqual([]);
});
