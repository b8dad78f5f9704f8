// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { partView, toolLabel } from '../src/chat-step';
import type { Part, ToolPart } from '../src/message';
import { makeKit } from './kit';

const kit = makeKit();
const tool = (rest: Partial<ToolPart> = {}): ToolPart => ({ type: 'tool-search_handbook', toolCallId: 't', state: 'input-available', ...rest });

function drawn(part: Part, live = false): { element: HTMLElement; draw(part: Part, live: boolean): void; line: HTMLButtonElement } {
  const view = partView(part, kit);
  view.draw(part, live);
  return { element: view.element, draw: view.draw.bind(view), line: view.element.querySelector('button')! };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

it('thinking tells how long it took', () => {
  const view = drawn({ type: 'reasoning', text: 'Hm', state: 'streaming' }, true);
  expect(view.line.textContent).toBe('Thinking…');
  vi.advanceTimersByTime(3200);
  view.draw({ type: 'reasoning', text: 'Hm.', state: 'done' }, true);
  expect(view.line.textContent).toBe('Thought for 3 s');
});

it('of thinking that nobody saw, nobody knows how long it took', () => {
  expect(drawn({ type: 'reasoning', text: 'Hm.', state: 'done' }).line.textContent).toBe('Thought');
});

it('opens and closes, and is drawn only while open', () => {
  const { element, line } = drawn(tool({ state: 'output-available', input: { id: 4711 }, output: { found: true } }));
  expect(line.getAttribute('aria-expanded')).toBe('false');
  expect(element.querySelector('pre')).toBeNull();
  line.click();
  expect(line.getAttribute('aria-expanded')).toBe('true');
  expect([...element.querySelectorAll('pre')].map((pre) => pre.textContent)).toEqual(['{\n  "id": 4711\n}', '{\n  "found": true\n}']);
  line.click();
  expect(line.getAttribute('aria-expanded')).toBe('false');
});

it('shows the input while it is written', () => {
  const view = drawn(tool({ state: 'input-streaming', inputText: '{"id":' }), true);
  view.line.click();
  expect(view.element.querySelector('pre')!.textContent).toBe('{"id":');
});

it.each([
  ['a call that runs', tool(), true, 'running'],
  ['a result', tool({ state: 'output-available', output: 1 }), false, 'done'],
  ['an error', tool({ state: 'output-error', errorText: 'No' }), false, 'failed'],
  ['a call whose answer was stopped', tool(), false, 'failed'],
] as [string, ToolPart, boolean, string][])('%s has its sign', (_, part, live, state) => {
  expect(drawn(part, live).element.querySelector<HTMLElement>('.state')!.dataset.state).toBe(state);
});

it.each([
  ['tool-search_handbook', 'Search handbook'],
  ['tool-getOrderStatus', 'Get order status'],
  ['tool-look-up', 'Look up'],
  ['tool-', ''],
])('%s reads %j', (type, label) => expect(toolLabel({ ...tool(), type } as ToolPart)).toBe(label));

it('a title is taken as it is', () => {
  expect(toolLabel(tool({ title: 'Looking in the Handbook' }))).toBe('Looking in the Handbook');
});

it.each([
  ['https://www.example.com/a', 'A'],
  ['http://example.com/b', 'A'],
])('%s becomes a link that gives nothing away', (url, tag) => {
  const { element } = partView({ type: 'source-url', sourceId: 's', url }, kit);
  expect(element.tagName).toBe(tag);
  expect(element.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc');
});

it.each(['javascript:alert(1)', 'data:text/html,x', ' javascript:alert(1)', 'ftp://example.com'])('%s does not', (url) => {
  const { element } = partView({ type: 'source-url', sourceId: 's', url, title: 'Harmless' }, kit);
  expect([element.tagName, element.textContent]).toEqual(['SPAN', 'Harmless']);
});
