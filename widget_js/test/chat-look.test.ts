// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';
import { dress, PRESETS } from '../src/chat-look';
import type { WidgetConfig } from '../src/config';
import { makeKit } from './kit';

// happy-dom believes everything.
beforeEach(() => void vi.stubGlobal('CSS', { supports: (_: string, value: string) => !/nonsense|^$/.test(value) }));

function dressed(attributes: Record<string, string>, look: WidgetConfig['look'] = null) {
  const kit = makeKit();
  kit.h('div', {}, kit.panel);
  const config = { ...kit.config(), look };
  dress({ ...kit, config: () => config }, (name) => attributes[name] ?? null);
  const root = kit.panel.parentElement!;
  return { root, kit, value: (name: string) => root.style.getPropertyValue(name) };
}

it('keeps what the element says and what the server says apart, because the page may say something in between', () => {
  const { value } = dressed({ radius: '8', font: 'Inter', density: '0.8' }, { radius: 2, font: 'serif', density: 1.5 });
  expect(['radius', 'font', 'density'].map((name) => [value(`--own-${name}`), value(`--server-${name}`)])).toEqual([
    ['8px', '2px'],
    ['Inter', 'serif'],
    ['0.8', '1.5'],
  ]);
});

it.each([
  ['radius', 'nonsense'],
  ['radius', '-5px'],
  ['font', 'nonsense'],
  ['density', 'nonsense'],
  ['density', '9'],
])('%s="%s" says nothing, so that what is weaker holds', (name, wrong) => {
  expect(dressed({ [name]: wrong }).value(`--own-${name}`)).toBe('');
});

it('a length with a unit is one', () => {
  expect(dressed({ radius: ' 1rem ' }).value('--own-radius')).toBe('1rem');
});

it('an attribute names another preset than the server', () => {
  expect(dressed({ preset: 'paper' }, { preset: 'soft' }).root.dataset.preset).toBe('paper');
  expect(dressed({}, { preset: 'soft' }).root.dataset.preset).toBe('soft');
});

it('there being no such preset, the console names those there are', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  expect(dressed({ preset: 'papyrus' }).root.dataset.preset).toBeUndefined();
  expect(warn.mock.lastCall![0]).toContain(PRESETS.join(', '));
});

it('a setting that was taken back is gone', () => {
  const { kit, root, value } = dressed({ preset: 'soft', radius: '3' });
  dress(kit, () => null);
  expect([root.dataset.preset, value('--own-radius')]).toEqual([undefined, '']);
});
