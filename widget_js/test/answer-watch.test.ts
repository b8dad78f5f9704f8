import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AnswerWatch } from '../src/answer-watch';
import type { ChatState } from '../src/chat';
import type { Message } from '../src/message';

const events = { began: vi.fn(), wrote: vi.fn(), answered: vi.fn(), failed: vi.fn() };
const idle: ChatState = { messages: [], status: 'ready', connection: 'online', activity: null, error: null, conversationId: null, loaded: true, more: false };
const answer = (text: string, finishReason?: string): Message => ({
  id: 'a',
  role: 'assistant',
  parts: [{ type: 'text', text }],
  metadata: finishReason ? { finishReason } : {},
  version: 0,
});

let watch: AnswerWatch;
beforeEach(() => {
  vi.clearAllMocks();
  vi.useFakeTimers();
  watch = new AnswerWatch(idle, events);
});
afterEach(() => void vi.useRealTimers());

const after = (milliseconds: number, state: Partial<ChatState>) => {
  vi.advanceTimersByTime(milliseconds);
  watch.see({ ...idle, ...state });
};

it('tells the beginning once, and the end with its times', () => {
  watch.sent();
  after(0, { status: 'submitted' });
  after(100, { status: 'submitted' });
  after(200, { status: 'streaming', messages: [answer('Hel')] });
  after(100, { status: 'streaming', messages: [answer('Hello')] });
  const done = answer('Hello', 'stop');
  after(50, { messages: [done] });
  expect(events.began).toHaveBeenCalledOnce();
  expect(events.wrote).toHaveBeenCalledExactlyOnceWith(300);
  expect(events.answered).toHaveBeenCalledExactlyOnceWith(done, { firstTextMs: 300, totalMs: 450 });
});

it('has no times for an answer that was asked for before a reload', () => {
  after(0, { status: 'streaming', messages: [answer('Hel')] });
  after(50, { messages: [answer('Hello', 'stop')] });
  expect(events.answered.mock.lastCall![1]).toEqual({ firstTextMs: null, totalMs: null });
});

it('of an answer that is gone on with, the first text is the first new one', () => {
  after(0, { messages: [answer('Half an answer', 'length')] });
  watch.sent();
  after(0, { status: 'submitted', messages: [answer('Half an answer', 'length')] });
  // It is told again from its beginning, and not always at once.
  after(100, { status: 'streaming', messages: [answer('')] });
  after(100, { status: 'streaming', messages: [answer('Half an')] });
  after(100, { status: 'streaming', messages: [answer('Half an answer')] });
  expect(events.wrote).not.toHaveBeenCalled();
  after(100, { status: 'streaming', messages: [answer('Half an answer, whole')] });
  expect(events.wrote).toHaveBeenCalledExactlyOnceWith(400);
});

it('an answer that begins as the one before it did has its first text at once', () => {
  after(0, { messages: [answer('Yes.', 'stop')] });
  after(0, { status: 'submitted', messages: [answer('Yes.', 'stop')] });
  after(100, { status: 'streaming', messages: [answer('Yes.', 'stop'), { ...answer('Y'), id: 'b' }] });
  expect(events.wrote).toHaveBeenCalledOnce();
});

it('a failure is no answer, and is told once', () => {
  const error = { code: 'internal', message: 'No.', retryable: true };
  watch.sent();
  after(0, { status: 'submitted' });
  after(50, { error });
  after(50, { error });
  expect(events.failed).toHaveBeenCalledExactlyOnceWith(error);
  expect(events.answered).not.toHaveBeenCalled();
});
