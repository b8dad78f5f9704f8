// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const ENTRY = import.meta.url.replace('test/widget.test.ts', 'src/widget.ts');

function script(data: Record<string, string> = {}, address = ENTRY): void {
  const element = document.createElement('script');
  // Not loaded by the page: only found in it.
  element.type = 'text/plain';
  element.setAttribute('src', address);
  Object.assign(element.dataset, data);
  document.head.append(element);
}

/** As a page does it: each document runs the module once. */
async function run(): Promise<typeof import('../src/widget')> {
  vi.resetModules();
  return await import('../src/widget');
}

const chats = () => [...document.querySelectorAll('chat-widget')];
const settled = () => new Promise((go) => setTimeout(go));

beforeEach(() => {
  document.head.replaceChildren();
  document.body.replaceChildren();
});
afterEach(async () => {
  document.body.replaceChildren();
  await settled();
});

// happy-dom has one registry for the whole file: the first run defines the tag, as the first of several copies does.
it('one script tag makes one bubble, set up by its data', async () => {
  script({ title: 'Ask us', storageKey: 'shop', accent: 'teal' });
  await run();
  const [chat, ...others] = chats() as import('../src/widget').ChatWidget[];
  expect(others).toEqual([]);
  expect([chat!.heading, chat!.storageKey, chat!.accent]).toEqual(['Ask us', 'shop', 'teal']);
  expect(chat!.endpoint).toBe(ENTRY.replace('widget.ts', ''));
});

it('a page that has a chat of its own gets none', async () => {
  script();
  document.body.append(document.createElement('chat-widget'));
  await run();
  expect(chats()).toHaveLength(1);
});

it('another copy configures what is there, and adds nothing', async () => {
  document.body.append(document.createElement('chat-widget'));
  script({ title: 'Second', subtitle: 'Copy' });
  chats()[0]!.setAttribute('heading', 'First');
  await run();
  expect(chats()).toHaveLength(1);
  expect([chats()[0]!.getAttribute('heading'), chats()[0]!.getAttribute('subtitle')]).toEqual(['First', 'Copy']);
});

it('its own script is found whatever its query', async () => {
  script({}, `${ENTRY}?v=3#x`);
  await run();
  expect(chats()).toHaveLength(1);
});

it('data-auto="false" adds nothing', async () => {
  script({ auto: 'false' });
  await run();
  expect(chats()).toEqual([]);
});

it('imported by a bundle, without a script tag of its own, it adds nothing', async () => {
  script({}, 'http://127.0.0.1/app.js');
  await run();
  expect(chats()).toEqual([]);
});

it('waits for the page to be read', async () => {
  script();
  const state = vi.spyOn(document, 'readyState', 'get').mockReturnValue('loading');
  await run();
  expect(chats()).toEqual([]);
  state.mockRestore();
  document.dispatchEvent(new Event('DOMContentLoaded'));
  expect(chats()).toHaveLength(1);
});
