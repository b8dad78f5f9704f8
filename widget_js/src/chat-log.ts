/** The conversation as it scrolls: messages, what is being done, what went wrong, and the way back to the end. */
import type { ChatState } from './chat';
import { ErrorCard } from './chat-error';
import { ChatMessage } from './chat-message';
import { button, h } from './elements';
import type { ChatError } from './failure';
import { icon } from './icons';
import type { Kit } from './kit';
import type { Message, Metadata } from './message';
import { StickToBottom } from './stick-to-bottom';

export class ChatLog {
  readonly element: HTMLElement;
  readonly #kit: Kit;
  readonly #scroll: StickToBottom;
  readonly #older: HTMLButtonElement;
  readonly #thread: HTMLElement;
  readonly #greeting = h('p', { part: 'greeting', dir: 'auto' });
  readonly #suggestions = h('div', { part: 'suggestions' });
  readonly #empty: HTMLElement;
  readonly #activity = h('span', { part: 'activity', dir: 'auto' });
  readonly #tail: HTMLElement;
  readonly #views = new Map<string, ChatMessage>();
  readonly #seen: IntersectionObserver;
  #error: ErrorCard | undefined;
  #shown: ChatError | null = null;

  constructor(kit: Kit) {
    this.#kit = kit;
    const { strings, signal } = kit;
    this.#older = button({ part: 'older ghost', hidden: true, onclick: () => this.#loadOlder() }, strings.earlier);
    this.#empty = h('div', { part: 'empty', hidden: true }, h('slot', { name: 'empty' }, this.#greeting), this.#suggestions);
    this.#tail = h('div', { class: 'tail', hidden: true }, h('span', { class: 'dots', 'aria-hidden': true }, h('i'), h('i'), h('i')), this.#activity);
    this.#thread = h('div', { part: 'thread' }, this.#older, this.#empty, this.#tail);
    const box = h('div', { part: 'log', role: 'log', 'aria-live': 'off', 'aria-label': strings.conversation, tabindex: 0 }, this.#thread);
    const toEnd = button({ part: 'to-end', 'aria-label': strings.toEnd, title: strings.toEnd, hidden: true, onclick: () => this.#scroll.toEnd() }, icon('down'));
    this.#scroll = new StickToBottom(box, this.#thread, signal, (following) => (toEnd.hidden = following));
    box.addEventListener('scroll', () => this.element.classList.toggle('scrolled', box.scrollTop > 4), { passive: true });
    this.element = h('div', { class: 'scroll' }, box, toEnd);
    this.#seen = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && void this.#loadOlder(), { root: box });
    this.#seen.observe(this.#older);
    signal.addEventListener('abort', () => this.#seen.disconnect());
  }

  invite(greeting: string, suggestions: readonly string[]): void {
    this.#greeting.textContent = greeting;
    this.#suggestions.replaceChildren(
      ...suggestions.map((text) => button({ part: 'suggestion', dir: 'auto', onclick: () => this.#kit.actions.send(text) }, text)),
    );
  }

  draw(state: ChatState): void {
    const { messages } = state;
    const kept = new Set(messages.map(({ id }) => id));
    for (const [id, view] of this.#views)
      if (!kept.has(id)) {
        view.element.remove();
        this.#views.delete(id);
      }
    const live = liveAnswer(state);
    const first = this.#views.size ? this.#empty.nextElementSibling : null;
    const insert = () => this.#drawMessages(state, live);
    if (first && messages.length && this.#views.get(messages[0]!.id)?.element !== first) {
      this.#scroll.hold(first, insert);
      // Of a log that is held at its top, nothing else would tell that the button is still seen.
      this.#seen.unobserve(this.#older);
      this.#seen.observe(this.#older);
    } else insert();
    this.#empty.hidden = !state.loaded || messages.length > 0;
    this.#thread.classList.toggle('unused', !this.#empty.hidden);
    this.#older.hidden = !state.more;
    this.#drawTail(state, live);
    this.#drawError(state.status === 'ready' ? state.error : null);
    this.#scroll.follow();
  }

  #drawMessages({ messages, status }: ChatState, live: Message | undefined): void {
    let before: Element = this.#empty;
    messages.forEach((message, index) => {
      let view = this.#views.get(message.id);
      if (!view) this.#views.set(message.id, (view = new ChatMessage(message, this.#kit)));
      if (before.nextElementSibling !== view.element) before.after(view.element);
      view.draw(message, message === live, status === 'ready' && index === messages.length - 1);
      before = view.element;
    });
  }

  toEnd(): void {
    this.#scroll.toEnd();
  }

  /** What is looked at stays where it is, whatever is written below. */
  letGo(): void {
    this.#scroll.letGo();
  }

  /** Shown again after it was hidden. */
  wake(): void {
    this.#scroll.restore();
  }

  #drawTail({ loaded, status, activity }: ChatState, live: Message | undefined): void {
    this.#tail.hidden = loaded && status === 'ready';
    // Invisible, it keeps the room that the finished answer's buttons will take: nothing jumps at the end.
    this.#tail.classList.toggle('quiet', loaded && !activity && !waits(live));
    this.#tail.classList.toggle('connecting', !loaded);
    if (this.#activity.textContent !== (activity ?? '')) this.#activity.textContent = activity;
  }

  #drawError(error: ChatError | null): void {
    if (error === this.#shown) return;
    this.#shown = error;
    this.#error?.remove();
    if (!error) return;
    this.#error = new ErrorCard(error, this.#kit.strings, this.#kit.actions);
    this.#tail.after(this.#error.element);
  }

  async #loadOlder(): Promise<void> {
    if (this.#older.disabled) return;
    this.#older.disabled = true;
    await this.#kit.actions.older();
    this.#older.disabled = false;
  }
}

/** The answer that is being written, if there is one. */
export function liveAnswer({ status, messages }: ChatState): Message | undefined {
  if (status === 'ready') return undefined;
  const last = messages.findLast((message) => message.role === 'assistant');
  return last && !ended(last.metadata) ? last : undefined;
}

const ended = ({ finishReason, stopped, interrupted, error }: Metadata) => finishReason || stopped || interrupted || error;

/** Nothing on the screen moves by itself: the model thinks, or works on what a tool gave it. */
function waits(live: Message | undefined): boolean {
  const part = live?.parts.at(-1);
  if (!part || part.type === 'step-start') return true;
  if (part.type === 'text') return !part.text;
  return 'state' in part && /^(done|output)/.test(part.state ?? '');
}
