// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Chat } from '../src/chat';
import { list } from '../src/chat-conversations';
import { markdownOf } from '../src/export';
import type { Kit } from '../src/kit';
import type { UIMessage } from '../src/message';
import { makeKit } from './kit';

interface Asked {
  method: string;
  path: string;
  body?: unknown;
}

let all: { id: string; title: string; updatedAt: string }[];
let asked: Asked[];
let failing: boolean;
let life: AbortController;
let open: ReturnType<typeof vi.fn>;
let kit: Kit;

const said = (id: string, role: 'user' | 'assistant', text: string): UIMessage => ({ id, role, parts: [{ type: 'text', text }], metadata: { createdAt: '2026-01-02T03:04:05Z' } });

beforeEach(() => {
  all = ['Kettles', 'Teapots', '<b>Über</b> Tassen'].map((title, index) => ({ id: `c_${index}`, title, updatedAt: `2026-01-0${3 - index}T03:04:05Z` }));
  asked = [];
  failing = false;
  life = new AbortController();
  open = vi.fn(async () => {});
  const transport = {
    async request(path: string, _: AbortSignal, { method = 'GET', body }: { method?: string; body?: unknown } = {}) {
      asked.push({ method, path, body });
      if (failing) throw new Error('no network');
      if (method === 'DELETE') all = all.filter(({ id }) => !path.endsWith(id));
      const query = new URLSearchParams(path.split('?')[1]);
      const from = query.has('before') ? all.findIndex(({ id }) => id === query.get('before')) + 1 : 0;
      const found = all.filter(({ title }) => title.toLowerCase().includes(query.get('q')?.toLowerCase() ?? ''));
      return new Response(method === 'GET' ? JSON.stringify({ conversations: found.slice(from, from + 2), more: found.length > from + 2 }) : null, { status: method === 'GET' ? 200 : 204 });
    },
    history: async (_: string, __: AbortSignal, { before }: { before?: string }) =>
      before ? { messages: [said('u_1', 'user', 'Hello')], running: null, more: false } : { messages: [said('m_1', 'assistant', '**Hi**')], running: null, more: true },
  };
  const chat = { state: { status: 'ready', messages: [], error: null, conversationId: 'c_0' }, subscribe: () => () => {}, open, transport } as unknown as Chat;
  kit = makeKit({ chat, signal: life.signal });
  kit.panel.prepend(kit.iconButton('list', 'list', 'Conversations', () => {}));
});
afterEach(() => {
  life.abort();
  document.body.replaceChildren();
});

const find = (selector: string) => kit.shadow.querySelector<HTMLElement>(selector)!;
const titles = () => [...kit.shadow.querySelectorAll('.conversation bdi')].map((title) => title.textContent);
const shown = async () => {
  list(kit);
  await vi.waitFor(() => expect(titles()).not.toEqual([]));
};
const key = (target: Element, name: string) => target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));

it('lists what there is, newest first, the rest on demand', async () => {
  await shown();
  expect(titles()).toEqual(['Kettles', 'Teapots']);
  expect(find('[aria-current]').textContent).toContain('Kettles');
  find('.conversations > .ghost').click();
  await vi.waitFor(() => expect(titles()).toEqual(['Kettles', 'Teapots', '<b>Über</b> Tassen']));
  expect(asked.at(-1)!.path).toContain('before=c_1');
  expect(find('.conversations > .ghost').hidden).toBe(true);
});

it('covers the chat while it is open, and gives it back', async () => {
  await shown();
  expect([kit.log.element.inert, kit.composer.element.inert]).toEqual([true, true]);
  const heard = vi.fn();
  kit.panel.addEventListener('keydown', heard);
  key(find('.conversations'), 'Escape');
  expect(find('.conversations')).toBeNull();
  expect([kit.log.element.inert, kit.composer.element.inert]).toEqual([false, false]);
  expect(heard).not.toHaveBeenCalled();
});

it('opens what is chosen', async () => {
  await shown();
  kit.shadow.querySelectorAll<HTMLElement>('.conversation')[1]!.click();
  expect(open).toHaveBeenCalledExactlyOnceWith('c_1');
  expect(find('.conversations')).toBeNull();
});

it('searches the titles', async () => {
  await shown();
  const search = find('.search') as HTMLInputElement;
  search.value = 'über';
  search.dispatchEvent(new Event('input'));
  await vi.waitFor(() => expect(titles()).toEqual(['<b>Über</b> Tassen']));
  search.value = 'nothing';
  search.dispatchEvent(new Event('input'));
  await vi.waitFor(() => expect(find('.conversations [role=status]').textContent).toBe('Nothing found'));
});

it('renames, and takes the old name back where the server refuses', async () => {
  await shown();
  find('.rename').click();
  (find('li .entry') as HTMLInputElement).value = 'Kettle questions';
  key(find('li .entry'), 'Enter');
  expect(titles()[0]).toBe('Kettle questions');
  expect(asked.at(-1)).toEqual({ method: 'PATCH', path: 'messages/c_0', body: { title: 'Kettle questions' } });
  failing = true;
  find('.rename').click();
  (find('li .entry') as HTMLInputElement).value = 'Lost';
  key(find('li .entry'), 'Enter');
  await vi.waitFor(() => expect(titles()[0]).not.toBe('Lost'));
  find('.rename').click();
  (find('li .entry') as HTMLInputElement).value = 'Not wanted';
  key(find('li .entry'), 'Escape');
  expect(titles()[0]).not.toBe('Not wanted');
});

it('asks before it deletes, and begins anew where the open one went', async () => {
  await shown();
  find('.remove').click();
  expect(asked.filter(({ method }) => method === 'DELETE')).toEqual([]);
  find('.question .ghost').click();
  expect(titles()).toEqual(['Kettles', 'Teapots']);
  find('.remove').click();
  find('.question .danger').click();
  await vi.waitFor(() => expect(titles()).toEqual(['Teapots']));
  expect(asked.at(-1)).toMatchObject({ method: 'DELETE', path: 'messages/c_0' });
  await vi.waitFor(() => expect(open).toHaveBeenCalledExactlyOnceWith(null));
});

it('says so when the server can’t be reached', async () => {
  failing = true;
  list(kit);
  await vi.waitFor(() => expect(find('.conversations [role=status]').textContent).toBe(kit.strings.unreachable));
});

it('saves all of a conversation, page by page', async () => {
  const saved = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x');
  vi.spyOn(URL, 'revokeObjectURL').mockReturnValue();
  const clicked = vi.fn((event: Event) => event.preventDefault());
  const click = HTMLAnchorElement.prototype.click;
  HTMLAnchorElement.prototype.click = function () {
    clicked(new Event('click'));
    expect(this.download).toBe('Kettles.md');
  };
  await shown();
  find('.save').click();
  await vi.waitFor(() => expect(clicked).toHaveBeenCalledOnce());
  HTMLAnchorElement.prototype.click = click;
  const text = await (saved.mock.lastCall![0] as Blob).text();
  expect(text).toBe('# Kettles\n\n---\n\n**You** · 2026-01-02 03:04 UTC\n\nHello\n\n---\n\n**Assistant** · 2026-01-02 03:04 UTC\n\n**Hi**\n');
});

it('a document has files and sources in it, and nothing of what was thought', () => {
  const message: UIMessage = {
    id: 'm',
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Look:' },
      { type: 'file', url: 'f', mediaType: 'image/png', filename: 'a.png' },
      { type: 'source-url', sourceId: 's', url: 'https://example.com' },
    ],
  };
  expect(markdownOf('T', [message], { you: 'You', assistant: 'Ada' })).toBe('# T\n\n---\n\n**Ada**\n\nLook:\n\n[a.png]\n\n<https://example.com>\n');
});
