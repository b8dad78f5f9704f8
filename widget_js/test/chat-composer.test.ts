// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChatComposer } from '../src/chat-composer';
import { english } from '../src/strings';

const actions = { send: vi.fn((_: string) => true), stop: vi.fn(), draft: vi.fn(), say: vi.fn(), more: vi.fn() };
let composer: ChatComposer;
let input: HTMLTextAreaElement;
let button: HTMLButtonElement;

beforeEach(() => {
  vi.clearAllMocks();
  composer = new ChatComposer(english, actions);
  document.body.append(composer.element);
  input = composer.element.querySelector('textarea')!;
  button = composer.element.querySelector('button')!;
});
afterEach(() => composer.element.remove());

function type(text: string): void {
  input.value = text;
  input.dispatchEvent(new Event('input'));
}

function press(init: KeyboardEventInit & { keyCode?: number } = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key: 'Enter', cancelable: true, ...init });
  if (init.keyCode) Object.defineProperty(event, 'keyCode', { value: init.keyCode });
  input.dispatchEvent(event);
  return event;
}

it('Enter sends, and empties the input and the draft', () => {
  type('  hello ');
  expect(press().defaultPrevented).toBe(true);
  expect(actions.send).toHaveBeenCalledExactlyOnceWith('hello');
  expect(input.value).toBe('');
  expect(actions.draft).toHaveBeenLastCalledWith('');
});

it('Shift and Enter break the line', () => {
  type('hello');
  expect(press({ shiftKey: true }).defaultPrevented).toBe(false);
  expect(actions.send).not.toHaveBeenCalled();
});

it('an Enter that belongs to a composition never sends', () => {
  type('にほん');
  press({ isComposing: true });
  press({ keyCode: 229 });
  input.dispatchEvent(new Event('compositionend'));
  press();
  expect(actions.send).not.toHaveBeenCalled();
});

it('the next Enter does', async () => {
  type('日本');
  input.dispatchEvent(new Event('compositionend'));
  const now = performance.now();
  await vi.waitUntil(() => performance.now() - now > 80);
  press();
  expect(actions.send).toHaveBeenCalledExactlyOnceWith('日本');
});

it('nothing is sent of nothing', () => {
  type(' \n ');
  press();
  expect(actions.send).not.toHaveBeenCalled();
  expect(button.disabled).toBe(true);
});

it('a text that was not taken stays', () => {
  actions.send.mockReturnValueOnce(false);
  type('stay');
  press();
  expect(input.value).toBe('stay');
});

it('every edit is a draft', () => {
  type('dra');
  type('draft');
  expect(actions.draft.mock.calls).toEqual([['dra'], ['draft']]);
});

it('while an answer is written, the button stops it and Enter keeps the text', () => {
  composer.busy(true, true);
  expect(button.getAttribute('aria-label')).toBe('Stop');
  type('next');
  press();
  expect(actions.send).not.toHaveBeenCalled();
  expect(input.value).toBe('next');
  button.click();
  expect(actions.stop).toHaveBeenCalledOnce();
});

it('where stopping is not allowed, the button waits', () => {
  type('next');
  composer.busy(true, false);
  expect(button.getAttribute('aria-label')).toBe('Send');
  expect(button.disabled).toBe(true);
});

it('the limit is told near its end, in characters as people count them', () => {
  composer.limit = 20;
  const count = composer.element.querySelector('#count')!;
  type('x'.repeat(10));
  expect(count.textContent).toBe('');
  type('😀'.repeat(19));
  expect(count.textContent).toBe('Characters left: 1');
});

it('over the limit nothing is sent, and it says why', () => {
  composer.limit = 5;
  type('eight...');
  expect(button.disabled).toBe(true);
  expect(input.getAttribute('aria-invalid')).toBe('true');
  press();
  expect(actions.send).not.toHaveBeenCalled();
  expect(actions.say).toHaveBeenCalledExactlyOnceWith('Too long by 3');
});

it('an empty field points where the page does, a text where it points itself', () => {
  expect(input.hasAttribute('dir')).toBe(false);
  type('مرحبا');
  expect(input.dir).toBe('auto');
});

it('Enter while an answer is written asks to keep the message for later', () => {
  composer.busy(true, true);
  press();
  expect(actions.more).not.toHaveBeenCalled();
  type('and then?');
  press();
  expect(actions.more).toHaveBeenCalledExactlyOnceWith('queue');
  expect(actions.send).not.toHaveBeenCalled();
});

it('files are enough to send, and one that is still on its way keeps the rest waiting', () => {
  composer.load = 1;
  expect(button.disabled).toBe(false);
  press();
  expect(actions.send).toHaveBeenCalledExactlyOnceWith('');
  composer.load = -1;
  type('what is this?');
  expect(button.disabled).toBe(true);
  press();
  expect(actions.send).toHaveBeenCalledOnce();
});
