// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../src/config';
import { applyLook, inherited } from '../src/look';

let root: HTMLElement;
let element: HTMLElement;

beforeEach(() => {
  document.documentElement.removeAttribute('dir');
  document.documentElement.style.colorScheme = '';
  document.body.replaceChildren((element = document.createElement('div')));
  root = document.createElement('div');
});

const look = (attributes: Record<string, string> = {}, config = {}, lang = 'en') =>
  applyLook(root, element, lang, (name) => attributes[name] ?? null, { ...DEFAULT_CONFIG, ...config });

it('an attribute is stronger than what the server tells', () => {
  look({ theme: 'dark', position: 'end' }, { theme: 'light', position: 'start' });
  expect([root.style.colorScheme, root.classList.contains('start')]).toEqual(['dark', false]);
  look({}, { theme: 'light', position: 'start' });
  expect([root.style.colorScheme, root.classList.contains('start')]).toEqual(['light', true]);
});

it('both accents are kept, because the page may have one in between', () => {
  look({ accent: 'teal' }, { accent: 'red' });
  expect([root.style.getPropertyValue('--own-accent'), root.style.getPropertyValue('--server-accent')]).toEqual(['teal', 'red']);
});

it('auto is the system, unless the page has chosen', () => {
  look();
  expect(root.style.colorScheme).toBe('light dark');
  element.parentElement!.style.colorScheme = 'dark';
  look();
  expect(root.style.colorScheme).toBe('inherit');
  element.parentElement!.style.colorScheme = '';
});

it('runs as the page does, and else as its language does', () => {
  look({}, {}, 'ar');
  expect(root.dir).toBe('rtl');
  document.documentElement.dir = 'ltr';
  look({}, {}, 'ar');
  expect(root.dir).toBe('ltr');
});

it('a language is inherited through shadow roots', () => {
  document.body.lang = 'de';
  const inner = element.attachShadow({ mode: 'open' }).appendChild(document.createElement('p'));
  expect(inherited(inner, 'lang')).toBe('de');
  inner.lang = 'fr';
  expect(inherited(inner, 'lang')).toBe('fr');
  document.body.removeAttribute('lang');
  expect(inherited(inner, 'dir')).toBe('');
});
