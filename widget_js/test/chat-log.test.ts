// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ChatState } from '../src/chat';
import { ChatLog, liveAnswer } from '../src/chat-log';
import type { Message, Metadata, Part } from '../src/message';
import { makeKit, watchedActions } from './kit';

const actions = watchedActions();
const idle: ChatState = { messages: [], status: 'ready', connection: 'online', activity: null, error: null, conversationId: null, loaded: true, more: false };

let life: AbortController;
let log: ChatLog;

beforeEach(() => {
  vi.clearAllMocks();
  life = new AbortController();
  log = new ChatLog(makeKit({ actions, signal: life.signal }));
  document.body.replaceChildren(log.element);
});
afterEach(() => life.abort());

const text = (words: string): Part => ({ type: 'text', text: words });
const question = (id: string, words = id): Message => ({ id, role: 'user', parts: [text(words)], metadata: {}, version: 0 });
const answer = (id: string, parts: Part[] = [text(id)], metadata: Metadata = { finishReason: 'stop' }): Message => ({ id, role: 'assistant', parts, metadata, version: 0 });
const draw = (state: Partial<ChatState>) => log.draw({ ...idle, ...state });
const find = (selector: string) => log.element.querySelector<HTMLElement>(selector)!;
const shown = () => [...log.element.querySelectorAll('article')].map((article) => article.textContent);

it('is a log with a name that is not read out by itself', () => {
  const box = find('[role=log]');
  expect([box.getAttribute('aria-label'), box.getAttribute('aria-live'), box.tabIndex]).toEqual(['Conversation', 'off', 0]);
});

it('invites where there is nothing yet, and sends a suggestion', () => {
  log.invite('Hello!', ['Where is my order?']);
  draw({});
  expect(find('.empty').hidden).toBe(false);
  expect(find('.greeting').textContent).toBe('Hello!');
  find('.suggestion').click();
  expect(actions.send).toHaveBeenCalledExactlyOnceWith('Where is my order?');
  draw({ messages: [question('u')] });
  expect(find('.empty').hidden).toBe(true);
});

it('does not greet before it knows that there is nothing', () => {
  draw({ loaded: false });
  expect(find('.empty').hidden).toBe(true);
  expect(find('.tail').hidden).toBe(false);
});

it('draws messages in their order, keeps their nodes, and removes what is gone', () => {
  draw({ messages: [question('u1'), answer('a1')] });
  const first = log.element.querySelector('article');
  draw({ messages: [question('u1'), answer('a2'), question('u2')] });
  expect(shown()).toEqual(['u1', 'a2', 'u2']);
  expect(log.element.querySelector('article')).toBe(first);
});

it('puts older messages before the others', () => {
  draw({ messages: [question('u2')], more: true });
  expect(find('.older').hidden).toBe(false);
  find('.older').click();
  expect(actions.older).toHaveBeenCalledOnce();
  draw({ messages: [question('u1'), answer('a1'), question('u2')] });
  expect(shown()).toEqual(['u1', 'a1', 'u2']);
  expect(find('.older').hidden).toBe(true);
});

const waiting = () => !find('.tail').hidden && !find('.tail').classList.contains('quiet');

it.each([
  ['nothing has come', undefined, true],
  ['the answer has begun, with nothing in it', [], true],
  ['words come', [text('Hel')], false],
  ['it thinks', [{ type: 'reasoning', text: 'Hm', state: 'streaming' }], false],
  ['it has thought', [{ type: 'reasoning', text: 'Hm', state: 'done' }], true],
  ['a tool runs, which says so itself', [{ type: 'tool-x', toolCallId: 't', state: 'input-available' }], false],
  ['a tool is done and the model has it', [{ type: 'tool-x', toolCallId: 't', state: 'output-available', output: 1 }], true],
  ['a new round begins', [text('Hel'), { type: 'step-start' }], true],
] as [string, Part[] | undefined, boolean][])('shows that it waits, or not, when %s', (_, parts, dots) => {
  const messages = [question('u'), ...(parts ? [answer('a', parts, {})] : [])];
  draw({ status: 'streaming', messages });
  expect(waiting()).toBe(dots);
});

it('says what the assistant is doing', () => {
  draw({ status: 'streaming', activity: 'Searching…', messages: [question('u'), answer('a', [text('Hel')], {})] });
  expect([find('.activity').textContent, waiting()]).toEqual(['Searching…', true]);
});

it('shows an error below the last message, until the next try', () => {
  const error = { code: 'internal', message: 'Something broke.', retryable: true };
  draw({ messages: [question('u')], error });
  expect(find('.error').textContent).toContain('Something broke.');
  find('.retry').click();
  expect(actions.retry).toHaveBeenCalledOnce();
  draw({ messages: [question('u')], status: 'submitted' });
  expect(find('.error')).toBeNull();
});

it('an error that stays is not announced again', () => {
  const error = { code: 'internal', message: 'Something broke.', retryable: true };
  draw({ messages: [question('u')], error });
  const card = find('.error');
  draw({ messages: [question('u')], error, connection: 'offline' });
  expect(find('.error')).toBe(card);
});

it('the answer before a new question is not the live one', () => {
  expect(liveAnswer({ ...idle, status: 'submitted', messages: [answer('a'), question('u')] })).toBeUndefined();
  const live = answer('b', [], {});
  expect(liveAnswer({ ...idle, status: 'streaming', messages: [question('u'), live, question('queued')] })).toBe(live);
  expect(liveAnswer({ ...idle, messages: [live] })).toBeUndefined();
});
