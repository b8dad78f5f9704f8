/** What went wrong, and the way on: a sentence, and a button that counts down to when it may be pressed. */
import type { ChatActions } from './chat-actions';
import { button, h } from './elements';
import type { ChatError } from './failure';
import { icon } from './icons';
import { fill, type Strings } from './strings';

export class ErrorCard {
  readonly element: HTMLElement;
  readonly #strings: Strings;
  readonly #retry: HTMLButtonElement;
  readonly #actions: Pick<ChatActions, 'retry' | 'say'>;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor({ code, message, errorId, retryable, retryAt }: ChatError, strings: Strings, actions: Pick<ChatActions, 'retry' | 'say'>) {
    this.#strings = strings;
    this.#actions = actions;
    this.#retry = button({ part: 'button retry', onclick: actions.retry }, strings.retry);
    // What went wrong on this side of the network was never put into words by the server.
    const { errors } = strings;
    const words = code === 'unreachable' || code === 'interrupted' || code === 'unsent' ? strings[code] : errors ? (errors[code] ?? errors.internal) : message;
    this.element = h(
      'div',
      { part: 'error' },
      icon('alert'),
      h(
        'div',
        { class: 'words' },
        // Only the sentence is the alert: the button beside it changes every second.
        h('div', { role: 'alert', dir: 'auto' }, words),
        errorId ? h('code', {}, fill(strings.reference, errorId)) : null,
        retryable ? this.#retry : null,
      ),
    );
    if (retryAt && this.#countDown(retryAt)) this.#timer = setInterval(() => this.#countDown(retryAt), 1000);
  }

  remove(): void {
    clearInterval(this.#timer);
    this.element.remove();
  }

  /** Whether there is still something to wait for. */
  #countDown(until: number): boolean {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    const waiting = (this.#retry.disabled = seconds > 0);
    this.#retry.textContent = waiting ? fill(this.#strings.retryIn, seconds) : this.#strings.retry;
    if (!waiting && this.#timer) {
      clearInterval(this.#timer);
      this.#actions.say(this.#strings.retry);
    }
    return waiting;
  }
}
