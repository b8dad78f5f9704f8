// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ErrorCard } from '../src/chat-error';
import { english } from '../src/strings';

const actions = { retry: vi.fn(), say: vi.fn() };
const limited = () => ({ code: 'rate_limited', message: 'Too many questions.', retryable: true, retryAt: Date.now() + 3000, errorId: 'e_1' });

beforeEach(() => {
  vi.clearAllMocks();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it('says the sentence as an alert, and the id beside it', () => {
  const { element } = new ErrorCard(limited(), english, actions);
  expect(element.querySelector('[role=alert]')!.textContent).toBe('Too many questions.');
  expect(element.querySelector('code')!.textContent).toBe('Reference e_1');
});

it('counts down in silence to when it may be tried again, and says that once', () => {
  const { element } = new ErrorCard(limited(), english, actions);
  const button = element.querySelector('button')!;
  expect([button.textContent, button.disabled]).toEqual(['Try again in 3 s', true]);
  vi.advanceTimersByTime(2000);
  expect([button.textContent, button.disabled]).toEqual(['Try again in 1 s', true]);
  expect(actions.say).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect([button.textContent, button.disabled]).toEqual(['Try again', false]);
  expect(actions.say).toHaveBeenCalledExactlyOnceWith('Try again');
  button.click();
  expect(actions.retry).toHaveBeenCalledOnce();
});

it('stops counting when it is removed', () => {
  const card = new ErrorCard(limited(), english, actions);
  card.remove();
  vi.advanceTimersByTime(10_000);
  expect(actions.say).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

it('offers nothing where trying again is no use', () => {
  const { element } = new ErrorCard({ code: 'bad_request', message: 'No.', retryable: false }, english, actions);
  expect(element.querySelector('button')).toBeNull();
});

it('has its own words, in its own language, for what the server never heard of', () => {
  const { element } = new ErrorCard({ code: 'unreachable', message: 'ignored', retryable: true }, english, actions);
  expect(element.querySelector('[role=alert]')!.textContent).toBe(english.unreachable);
});
