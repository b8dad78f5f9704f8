/**
 * Bytes in, Server-Sent Events out.
 *
 * Knows UTF-8 and SSE framing, nothing of what the events mean.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
import { createParser } from 'eventsource-parser';

export interface ServerEvent {
  /** The event's own `id:` line. Not the sticky one of `EventSource`: a frame without an id must not look like a repeat of the frame before it. */
  id?: string | undefined;
  event?: string | undefined;
  data: string;
}

export class EventReader {
  // One decoder for the whole stream: it holds back the first bytes of a character that a read cut in two, and drops the BOM.
  readonly #decoder = new TextDecoder();
  readonly #parser;
  #midLine = false;

  constructor(onEvent: (event: ServerEvent) => void, onComment?: () => void) {
    this.#parser = createParser({ onEvent, ...(onComment && { onComment }) });
  }

  feed(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text) {
      this.#midLine = !text.endsWith('\n');
      this.#parser.feed(text);
    }
  }

  /**
   * The stream is over. The parser holds back a CR until it has seen whether LF follows: a line end settles that,
   * and can't complete an event that has no blank line behind it, which the standard wants dropped.
   */
  end(): void {
    if (this.#midLine) this.#parser.feed('\n');
    this.#midLine = false;
  }
}
