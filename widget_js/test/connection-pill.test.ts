// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionPill } from '../src/connection-pill';
import { english } from '../src/strings';

let pill: ConnectionPill;
beforeEach(() => {
  vi.useFakeTimers();
  pill = new ConnectionPill(english);
});
afterEach(() => void vi.useRealTimers());

it('says nothing of a gap that is mended at once', () => {
  pill.show('reconnecting');
  vi.advanceTimersByTime(900);
  pill.show('online');
  vi.advanceTimersByTime(5000);
  expect(pill.element.textContent).toBe('');
});

it('says what is wrong after a second, follows it, and is gone with it', () => {
  pill.show('reconnecting');
  vi.advanceTimersByTime(1000);
  expect(pill.element.textContent).toBe('Reconnecting…');
  pill.show('offline');
  expect(pill.element.textContent).toBe('You are offline');
  pill.show('online');
  expect(pill.element.textContent).toBe('');
});

it('a change of trouble does not begin the second anew', () => {
  pill.show('reconnecting');
  vi.advanceTimersByTime(600);
  pill.show('offline');
  vi.advanceTimersByTime(400);
  expect(pill.element.textContent).toBe('You are offline');
});

it('is a status, and there before it has anything to say', () => {
  expect(pill.element.getAttribute('role')).toBe('status');
});
