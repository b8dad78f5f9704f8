// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatMessage, textOf } from '../src/chat-message';
import type { Message, Metadata, Part } from '../src/message';
import { makeKit, watchedActions } from './kit';

const actions = watchedActions();
const setting = makeKit({ actions });

beforeEach(() => void vi.clearAllMocks());

const answer = (parts: Part[], metadata: Metadata = { finishReason: 'stop' }): Message => ({ id: 'm', role: 'assistant', parts, metadata, version: 1 });
const text = (words: string): Part => ({ type: 'text', text: words });

function drawn(message: Message, { live = false, last = true } = {}): HTMLElement {
  const view = new ChatMessage(message, setting);
  document.body.replaceChildren(view.element);
  view.draw(message, live, last);
  return view.element;
}

const names = (element: Element) => [...element.querySelectorAll('button')].map((button) => button.getAttribute('aria-label') ?? button.textContent);

it('a question is text and nothing else', () => {
  const element = drawn({ id: 'u', role: 'user', parts: [text('<b>**hi**</b>')], metadata: {}, version: 0 });
  expect(element.querySelector('.bubble')!.textContent).toBe('<b>**hi**</b>');
  expect(element.getAttribute('aria-label')).toBe('You');
  expect(names(element)).toEqual(['Edit']);
});

it('an answer that is being written is busy, and offers nothing yet', () => {
  const element = drawn(answer([text('So far')], {}), { live: true });
  expect(element.getAttribute('aria-busy')).toBe('true');
  expect(names(element)).toEqual([]);
});

describe('a finished answer', () => {
  it('can be copied, asked for again and rated', () => {
    const element = drawn(answer([text('Done')]));
    expect(element.hasAttribute('aria-busy')).toBe(false);
    expect(names(element)).toEqual(['Copy', 'Answer again', 'Good answer', 'Poor answer', 'More']);
  });

  it('only the last one can be asked for again', () => {
    expect(names(drawn(answer([text('Done')]), { last: false }))).toEqual(['Copy', 'Good answer', 'Poor answer', 'More']);
  });

  it('offers what the server offers', () => {
    const plain = makeKit({ actions, features: { regenerate: false, feedback: false } });
    const view = new ChatMessage(answer([]), plain);
    view.draw(answer([text('Done')]), false, true);
    expect(names(view.element)).toEqual(['Copy', 'More']);
  });

  it('gives its source to the clipboard', () => {
    drawn(answer([text('**One**'), { type: 'step-start' }, text('Two')]))
      .querySelector<HTMLButtonElement>('[aria-label=Copy]')!
      .click();
    expect(actions.copy).toHaveBeenCalledExactlyOnceWith('**One**\n\nTwo', expect.any(HTMLElement));
  });

  it('a thumb that is pressed again is taken back', () => {
    const element = drawn(answer([text('Done')], { finishReason: 'stop', feedback: 'up' }));
    const [up, down] = element.querySelectorAll<HTMLButtonElement>('[aria-pressed]');
    expect([up!.ariaPressed ?? up!.getAttribute('aria-pressed'), down!.getAttribute('aria-pressed')]).toEqual(['true', 'false']);
    up!.click();
    down!.click();
    expect(actions.feedback.mock.calls).toEqual([
      ['m', null, element],
      ['m', 'down', element],
    ]);
  });
});

it.each([
  [{ stopped: true, finishReason: 'other' }, 'Stopped'],
  [{ interrupted: true, finishReason: 'other' }, 'The answer was interrupted.'],
  [{ finishReason: 'length' }, 'Cut off because it got too long.'],
  [{ finishReason: 'content-filter', refused: true }, 'The assistant declined to answer this.'],
] as [Metadata, string][])('says what became of it: %j', (metadata, words) => {
  expect(drawn(answer([text('Half')], metadata)).querySelector('.mark')!.textContent).toBe(words);
});

it('an interrupted answer can be tried again, if it is the last', () => {
  const nothing = answer([], { interrupted: true });
  expect(names(drawn(nothing))).toContain('Try again');
  expect(names(drawn(nothing, { last: false }))).not.toContain('Try again');
});

it.each([{ interrupted: true }, { stopped: true }, { finishReason: 'length' }, { error: { code: 'interrupted', message: 'Cut off.', retryable: true } }])(
  'an answer that was cut off (%j) can be gone on with, if it is the last',
  (metadata) => {
    const half = answer([text('Half')], metadata);
    expect(names(drawn(half))).toContain('Continue');
    expect(names(drawn(half, { last: false }))).not.toContain('Continue');
  },
);

it('a question with files shows them', async () => {
  const element = drawn({ id: 'u', role: 'user', parts: [{ type: 'file', url: 'https://example.com/a.png', mediaType: 'image/png', filename: 'a.png' }], metadata: {}, version: 0 });
  await vi.waitFor(() => expect(element.querySelector('.source')?.textContent).toBe('a.png'));
  expect(element.querySelector('.bubble')).toBeNull();
});

it('a question that was edited shows its new words', () => {
  const asked: Message = { id: 'u', role: 'user', parts: [text('Old')], metadata: {}, version: 0 };
  const view = new ChatMessage(asked, setting);
  view.draw(asked, false, true);
  view.draw({ ...asked, parts: [text('New')], version: 1 }, false, true);
  expect(view.element.querySelector('.bubble')!.textContent).toBe('New');
});

it('an answer that was there before the server told its settings is drawn again with them', () => {
  let config = { ...setting.config(), version: '', features: { ...setting.config().features, feedback: false } };
  const view = new ChatMessage(answer([text('Done')]), { ...setting, config: () => config });
  view.draw(answer([text('Done')]), false, true);
  expect(names(view.element)).not.toContain('Good answer');
  config = { ...setting.config(), version: '1' };
  view.draw(answer([text('Done')]), false, true);
  expect(names(view.element)).toContain('Good answer');
});

it('a failed answer says so once there is no card for it any more', () => {
  const failed = answer([text('Half')], { error: { code: 'internal', message: 'No.', retryable: true } });
  expect(drawn(failed).querySelector('.mark')).toBeNull();
  expect(drawn(failed, { last: false }).querySelector('.mark')!.textContent).toBe('This answer failed.');
});

it('a question that was not sent says so in the visitor’s language, not in the server’s', () => {
  const unsent: Message = { id: 'u', role: 'user', parts: [text('Hello')], metadata: { error: { code: 'rate_limited', message: 'Too many.', retryable: true } }, version: 0 };
  expect(drawn(unsent, { last: false }).querySelector('.mark')!.textContent).toBe('This message was not sent.');
});

it('thinking and tools are drawn between the texts, in order', async () => {
  const parts: Part[] = [
    { type: 'step-start' },
    { type: 'reasoning', text: 'Hm.', state: 'done' },
    text('Let me see.'),
    { type: 'tool-look_up', toolCallId: 't', state: 'output-available', input: { id: 1 }, output: 'found' },
    text('Here.'),
  ];
  const element = drawn(answer(parts));
  await vi.waitUntil(() => element.querySelectorAll('.step-toggle').length === 2);
  expect([...element.children].map((child) => child.textContent?.trim()).slice(0, 4)).toEqual(['Thought', 'Let me see.', 'Look up', 'Here.']);
});

it('a replay of fewer parts leaves those that are drawn alone, until the end tells', () => {
  const message = answer([text('One'), text('Two')], {});
  const view = new ChatMessage(message, setting);
  view.draw(message, true, false);
  view.draw({ ...message, parts: [text('One')], version: 2 }, true, false);
  expect(view.element.querySelectorAll('.text')).toHaveLength(2);
  view.draw({ ...message, parts: [text('One')], version: 3 }, false, true);
  expect(view.element.querySelectorAll('.text')).toHaveLength(1);
});

it('what has not changed is not drawn again', () => {
  const message = answer([text('One')]);
  const view = new ChatMessage(message, setting);
  view.draw(message, false, true);
  const button = view.element.querySelector('button');
  view.draw(message, false, true);
  expect(view.element.querySelector('button')).toBe(button);
});

it('the text of a message is its text parts', () => {
  expect(textOf({ parts: [text('One'), { type: 'reasoning', text: 'no' }, text('Two')] })).toBe('One\n\nTwo');
});
