// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';
import type { DrawData } from '../src/chat-panel';
import { partView } from '../src/chat-step';
import type { DataPart } from '../src/message';
import { makeKit } from './kit';

const order = (state: string): DataPart => ({ type: 'data-order', data: { state } });

/** A message with a part of the site's own in it, in a panel whose page draws such parts. */
function told(parts: Record<string, DrawData>) {
  const built = new AbortController();
  const kit = makeKit({ rich: { parts }, signal: built.signal });
  const { host } = kit.shadow;
  const view = partView(order('packed'), kit);
  const thread = kit.h('div', { part: 'thread' }, kit.h('article', {}, view.element));
  kit.panel.append(thread);
  view.draw(order('packed'), true);
  return { host, view, thread, built, slot: view.element.querySelector('slot')! };
}

beforeEach(() => document.body.replaceChildren());

it('what the page makes of it stands in the page, and is shown in its place', () => {
  const { host, slot } = told({ order: ({ state }) => Object.assign(document.createElement('b'), { textContent: state }) });
  expect(host.querySelector('b')!.textContent).toBe('packed');
  expect(host.firstElementChild!.slot).toBe(slot.name);
});

it('a text is text, whatever it says', () => {
  const { host } = told({ order: () => '<img src=x>' });
  expect(host.textContent).toBe('<img src=x>');
});

it('later data are drawn once, with what was made of the earlier', () => {
  const draw = vi.fn<DrawData>((_, before) => before ?? document.createElement('b'));
  const { host, view } = told({ order: draw });
  const first = host.querySelector('b');
  view.draw(order('packed'), true);
  view.draw(order('sent'), true);
  view.draw(order('sent'), false);
  expect(draw.mock.calls.map(([data]) => data)).toEqual([{ state: 'packed' }, { state: 'sent' }]);
  expect(host.querySelector('b')).toBe(first);
});

it('null takes it away, and no function shows nothing', () => {
  const { host, view } = told({ order: ({ state }) => (state === 'packed' ? 'here' : null) });
  view.draw(order('sent'), true);
  expect(host.children).toHaveLength(0);
  expect(told({}).host.children).toHaveLength(0);
});

it('a name that objects have by themselves is no function of the page', () => {
  const { host, view } = told({});
  view.draw({ type: 'data-constructor', data: 1 }, true);
  expect(host.children).toHaveLength(0);
});

it("a mistake in the page's function is the page's, and told to its console", () => {
  const report = vi.fn();
  vi.stubGlobal('reportError', report);
  const mistake = new Error('of the page');
  const { host } = told({
    order() {
      throw mistake;
    },
  });
  expect(report).toHaveBeenCalledWith(mistake);
  expect(host.children).toHaveLength(0);
  vi.unstubAllGlobals();
});

it('goes with its message', async () => {
  const { host, thread } = told({ order: () => 'here' });
  thread.replaceChildren();
  await vi.waitFor(() => expect(host.children).toHaveLength(0));
});

it('goes with its panel', () => {
  const { host, built } = told({ order: () => 'here' });
  built.abort();
  expect(host.children).toHaveLength(0);
});
