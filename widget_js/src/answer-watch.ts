/** Sees answers begin and end in a chat's successive states, and times them. Draws nothing. */
import type { ChatState } from './chat';
import { liveAnswer } from './chat-log';
import { textOf } from './chat-message';
import type { ChatError } from './failure';
import type { Message } from './message';

export interface AnswerTiming {
  /** Milliseconds from sending to the first text; null for an answer that was taken up after a reload. */
  firstTextMs: number | null;
  /** Milliseconds from sending to the end. */
  totalMs: number | null;
}

export interface AnswerEvents {
  began(): void;
  /** Milliseconds from sending to the first text, as in `AnswerTiming`. */
  wrote(firstTextMs: number | null): void;
  answered(message: Message, timing: AnswerTiming): void;
  failed(error: ChatError): void;
}

export class AnswerWatch {
  readonly #events: AnswerEvents;
  #before: ChatState;
  #sentAt: number | null = null;
  #firstTextAt: number | null = null;
  /** Id and text of the last message when the answer began: one that is gone on with is told again from its beginning. */
  #known = '';

  constructor(state: ChatState, events: AnswerEvents) {
    this.#before = state;
    this.#events = events;
  }

  /** The visitor has just asked. */
  sent(): void {
    this.#sentAt = performance.now();
    this.#firstTextAt = null;
  }

  see(state: ChatState): void {
    const before = this.#before;
    this.#before = state;
    if (state.status !== 'ready') {
      if (before.status === 'ready') {
        for (const message of before.messages.slice(-1)) this.#known = message.id + textOf(message);
        this.#events.began();
      }
      const live = liveAnswer(state);
      if (live && !this.#firstTextAt && textOf(live) && !this.#known.startsWith(live.id + textOf(live))) {
        this.#firstTextAt = performance.now();
        this.#events.wrote(this.#since(this.#firstTextAt));
      }
    }
    if (state.error && state.error !== before.error) this.#events.failed(state.error);
    if (state.status === 'ready' && before.status !== 'ready') this.#ended(state);
  }

  #ended({ error, messages }: ChatState): void {
    const last = messages.findLast((message) => message.role === 'assistant');
    if (!error && last) this.#events.answered(last, { firstTextMs: this.#since(this.#firstTextAt), totalMs: this.#since(performance.now()) });
    this.#sentAt = this.#firstTextAt = null;
  }

  #since(moment: number | null): number | null {
    return moment === null || this.#sentAt === null ? null : Math.round(moment - this.#sentAt);
  }
}
