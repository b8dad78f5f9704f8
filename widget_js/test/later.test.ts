// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Chat, ChatState } from '../src/chat';
import { comment } from '../src/chat-comment';
import { edit } from '../src/chat-edit';
import { menu } from '../src/chat-menu';
import { ChatMessage } from '../src/chat-message';
import { queue } from '../src/chat-queue';
import { listen } from '../src/chat-speech';
import type { Kit } from '../src/kit';
import type { Message } from '../src/message';
import { makeKit, watchedActions } from './kit';

/** As much of a chat as the later parts look at. */
class Played {
  state: Pick<ChatState, 'status' | 'error' | 'messages' | 'conversationId'> = { status: 'ready', error: null, messages: [], conversationId: null };
  readonly #listeners = new Set<() => void>();
  readonly edit = vi.fn(async () => {});
  readonly feedback = vi.fn(async () => {});

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  play(state: Partial<Played['state']>): void {
    this.state = { ...this.state, ...state };
    for (const listener of this.#listeners) listener();
  }
}

let life: AbortController;
let chat: Played;
let kit: Kit;
let actions: ReturnType<typeof watchedActions>;

beforeEach(() => {
  life = new AbortController();
  chat = new Played();
  actions = watchedActions();
  kit = makeKit({ actions, chat: chat as unknown as Chat, signal: life.signal });
});
afterEach(() => {
  life.abort();
  document.body.replaceChildren();
});

const find = (selector: string) => kit.shadow.querySelector<HTMLElement>(selector)!;
const press = (name: string) => [...kit.shadow.querySelectorAll('button')].find((button) => button.textContent === name || button.getAttribute('aria-label') === name)!.click();
const key = (target: Element, name: string) => target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));

function shown(message: Message): HTMLElement {
  const view = new ChatMessage(message, kit);
  view.draw(message, false, true);
  kit.panel.append(view.element);
  return view.element;
}

const asked: Message = { id: 'u_1', role: 'user', parts: [{ type: 'text', text: 'Wat?' }], metadata: { createdAt: '2026-01-02T03:04:05Z' }, version: 0 };
const answered: Message = { id: 'm_1', role: 'assistant', parts: [{ type: 'text', text: 'One' }], metadata: { createdAt: '2026-01-02T03:04:05Z', finishReason: 'stop' }, version: 0 };

it('an edited message is sent in the place of the old one', () => {
  const element = shown(asked);
  edit(kit, asked, element);
  const input = find('.editor textarea') as HTMLTextAreaElement;
  expect(input.value).toBe('Wat?');
  input.value = 'What?';
  key(input, 'Enter');
  expect(chat.edit).toHaveBeenCalledExactlyOnceWith('u_1', 'What?');
  expect(element.classList.contains('editing')).toBe(false);
});

it('Escape leaves the message as it was, and goes no further', () => {
  const element = shown(asked);
  edit(kit, asked, element);
  const heard = vi.fn();
  kit.panel.addEventListener('keydown', heard);
  key(find('.editor textarea'), 'Escape');
  expect(find('.editor')).toBeNull();
  expect(heard).not.toHaveBeenCalled();
});

it('nothing is sent that is empty, or while an answer is written', async () => {
  edit(kit, asked, shown(asked));
  const input = find('.editor textarea') as HTMLTextAreaElement;
  const send = find('.editor .button') as HTMLButtonElement;
  input.value = ' ';
  input.dispatchEvent(new Event('input'));
  expect(send.disabled).toBe(true);
  input.value = 'What?';
  input.dispatchEvent(new Event('input'));
  expect(send.disabled).toBe(false);
  chat.play({ status: 'streaming' });
  expect(send.disabled).toBe(true);
  chat.play({ status: 'ready' });
  expect(send.disabled).toBe(false);
});

it('words on a thumb are sent with it; none need to be', () => {
  comment(kit, 'm_1', 'down', shown(answered));
  press('Send feedback');
  expect(chat.feedback).not.toHaveBeenCalled();
  comment(kit, 'm_1', 'down', find('article'));
  (find('.comment textarea') as HTMLTextAreaElement).value = 'Too short';
  press('Send feedback');
  expect(chat.feedback).toHaveBeenCalledExactlyOnceWith('m_1', 'down', 'Too short');
  expect(actions.say).toHaveBeenCalledExactlyOnceWith('Thank you');
});

it('the menu tells when, and closes with Escape on the button that opened it', () => {
  const element = shown(answered);
  menu(kit, answered, element);
  expect(find('.menu time').getAttribute('datetime')).toBe('2026-01-02T03:04:05Z');
  expect(find('.more').getAttribute('aria-expanded')).toBe('true');
  key(find('.menu'), 'Escape');
  expect(find('.menu')).toBeNull();
  expect(kit.shadow.activeElement).toBe(find('.more'));
});

it('reads aloud what is text, and can be told to stop', () => {
  const speech = { speak: vi.fn(), cancel: vi.fn() };
  vi.stubGlobal('speechSynthesis', speech);
  vi.stubGlobal('SpeechSynthesisUtterance', class { constructor(readonly text: string) {} });
  const message = { ...answered, parts: [{ type: 'text' as const, text: 'One\n\n```js\ncode\n```\n\n- Two\n- Three' }] };
  const element = shown(message);
  menu(kit, message, element);
  press('Read aloud');
  expect(speech.speak.mock.calls.map(([utterance]) => utterance.text)).toEqual(['One', 'Two', 'Three']);
  menu(kit, message, element);
  press('Stop reading');
  expect(speech.cancel).toHaveBeenCalled();
  vi.unstubAllGlobals();
});

it('a queued message waits, is seen, and is sent when the answer is complete', async () => {
  chat.play({ status: 'streaming' });
  kit.composer.text = 'second';
  queue(kit);
  expect(kit.composer.text).toBe('');
  expect(find('.queued').textContent).toContain('second');
  kit.composer.text = 'and third';
  queue(kit);
  expect(kit.shadow.querySelectorAll('.queued')).toHaveLength(1);
  chat.play({ status: 'ready' });
  await vi.waitFor(() => expect(actions.send).toHaveBeenCalledExactlyOnceWith('second\n\nand third'));
  expect(find('.queued')).toBeNull();
});

it('it can be taken back', async () => {
  chat.play({ status: 'streaming' });
  kit.composer.text = 'second';
  queue(kit);
  press('Take back');
  expect(kit.composer.text).toBe('second');
  chat.play({ status: 'ready' });
  expect(actions.send).not.toHaveBeenCalled();
});

it('after a failure it comes back by itself, before what was typed meanwhile', async () => {
  chat.play({ status: 'streaming' });
  kit.composer.text = 'second';
  queue(kit);
  kit.composer.text = 'third';
  chat.play({ status: 'ready', error: { code: 'internal', message: 'No.', retryable: true } });
  expect(kit.composer.text).toBe('second\n\nthird');
  expect(actions.send).not.toHaveBeenCalled();
});

it('a page that goes away keeps it as a draft', async () => {
  chat.play({ status: 'streaming' });
  kit.composer.text = 'second';
  queue(kit);
  window.dispatchEvent(new Event('pagehide'));
  expect(actions.draft).toHaveBeenLastCalledWith('second');
});

it('dictation writes behind what is there, and is offered only where there is any', () => {
  listen(kit);
  expect(find('.dictate')).toBeNull();
  const made: Record<string, (event: object) => void>[] = [];
  vi.stubGlobal(
    'webkitSpeechRecognition',
    class {
      constructor() {
        made.push(this as never);
      }
      start() {}
      stop() {
        (this as unknown as { onend(): void }).onend();
      }
    },
  );
  listen(kit);
  kit.composer.text = 'Hello';
  press('Dictate');
  made[0]!['onresult']!({ results: [[{ transcript: 'big ' }], [{ transcript: 'world' }]] });
  expect(kit.composer.text).toBe('Hello big world');
  press('Stop dictating');
  expect(find('.dictate').getAttribute('aria-pressed')).toBe('false');
  vi.unstubAllGlobals();
});
