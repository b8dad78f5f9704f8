/**
 * Bytes in, Server-Sent Events out.
 *
 * Knows UTF-8 and SSE framing, nothing of what the events mean. An event that no blank line has completed when the stream ends is dropped, as the standard wants.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export interface ServerEvent {
  /** The event's own `id:` line. Not the sticky one of `EventSource`: a frame without an id must not look like a repeat of the frame before it. */
  id?: string | undefined;
  data: string;
}

export class EventReader {
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #onComment: (() => void) | undefined;
  // One decoder for the whole stream: it holds back the first bytes of a character that a read cut in two, and drops the BOM.
  readonly #decoder = new TextDecoder();
  /** A line that is not yet complete. */
  #rest = '';
  #afterCR = false;
  #id: string | undefined;
  #data: string[] = [];

  constructor(onEvent: (event: ServerEvent) => void, onComment?: () => void) {
    this.#onEvent = onEvent;
    this.#onComment = onComment;
  }

  feed(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (!text) return;
    // The second half of CR LF ends nothing.
    this.#rest += this.#afterCR && text[0] === '\n' ? text.slice(1) : text;
    this.#afterCR = text.endsWith('\r');
    // Looking through a long line again with each piece of it would cost the square of its length.
    if (!/[\r\n]/.test(text)) return;
    const lines = this.#rest.split(/\r\n|\n|\r/);
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (!line) {
      if (this.#data.length) this.#onEvent({ id: this.#id, data: this.#data.join('\n') });
      this.#id = undefined;
      this.#data = [];
      return;
    }
    const [, field, value] = /^([^:]*)(?:: ?)?(.*)/s.exec(line)!;
    if (!field) this.#onComment?.();
    else if (field === 'data') this.#data.push(value!);
    else if (field === 'id' && !value!.includes('\0')) this.#id = value;
  }
}
