import { expect, test } from 'vitest';
import { shortNames } from '../short-names.mjs';

test('our own custom properties are short, and a longer name is not taken for a shorter one', () => {
  expect(shortNames('--accent: var(--own-accent, red); b: var(--accent-of-it)')).toBe('--a: var(--l, red); b: var(--accent-of-it)');
});

test("a site's keep their names, and so does all else", () => {
  const others = "--chatwidget-accent: 1; size--; x = --y; 'accent'";
  expect(shortNames(others)).toBe(others);
});
