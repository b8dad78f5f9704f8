/**
 * Chunks in, messages out.
 *
 * Knows neither the network nor the page. Forgiving, because it also reads what other back ends send: a type it does not know is ignored,
 * a delta without its start opens the part. What was taken twice is not its business: the transport drops repeats.
 */
import { chatError } from './failure';
import type { Chunk, Message, Metadata, DataPart, ReasoningPart, SourcePart, FilePart, TextPart, ToolPart, UIMessage } from './message';

export class Conversation {
  #messages: readonly Message[] = [];
  #activity: string | null = null;
  /** The answer being written. */
  #answer: Message | undefined;
  /** The parts of that answer that chunks refer to by an id. */
  #open = new Map<unknown, TextPart | ReasoningPart | ToolPart | DataPart>();
  #unnamed = 0;

  /** A new array when a message comes or goes; the same one while a message only grows. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** What the assistant is doing just now, in words ("Searching the handbook…"). */
  get activity(): string | null {
    return this.#activity;
  }

  /** The answer being written has something to show. */
  get begun(): boolean {
    return !!this.#answer?.parts.some((part) => part.type !== 'step-start' && (part as TextPart).text !== '');
  }

  get answer(): Message | undefined {
    return this.#answer;
  }

  apply(chunk: Chunk): void {
    const { type } = chunk;
    const [, kind, step] = /^(text|reasoning)-(start|delta|end)$/.exec(type) ?? [];
    if (kind) this.#write(kind as 'text' | 'reasoning', step!, chunk);
    else if (type.startsWith('tool-') && chunk.toolCallId) this.#call(chunk.toolCallId, chunk);
    else
      switch (type) {
        case 'start':
          this.#start(chunk);
          break;
        case 'start-step':
          this.#current().parts.push({ type: 'step-start' });
          break;
        case 'reset-step': {
          const { parts } = this.#current();
          parts.length = parts.findLastIndex((part) => part.type === 'step-start') + 1;
          this.#open.clear();
          break;
        }
        case 'source-url':
        case 'source-document':
        case 'file':
          this.#current().parts.push(chunk as SourcePart | FilePart);
          break;
        case 'data-status':
          this.#activity = chunk.data?.text ?? null;
          return;
        case 'message-metadata':
          this.#describe(chunk.messageMetadata);
          break;
        case 'finish':
          this.#close({ ...(chunk.finishReason && { finishReason: chunk.finishReason }), ...chunk.messageMetadata });
          break;
        case 'abort':
          this.#close({ stopped: true });
          break;
        case 'error':
          // Also when nothing was said yet: an error needs a place to be seen.
          this.#current();
          this.#close({ error: chatError('provider_error', { ...chunk, message: chunk.errorText }) });
          break;
        default:
          if (!type.startsWith('data-') || chunk.transient) return;
          this.#part<DataPart>(chunk.id ? `${type} ${chunk.id}` : chunk, chunk as DataPart).data = chunk.data;
      }
    if (this.#answer) this.#answer.version++;
  }

  /** Adds the visitor's message before the server has heard of it. */
  add(message: UIMessage): Message {
    const added = held(message);
    this.#messages = [...this.#messages, added];
    return added;
  }

  /** Forgets which answer was being written: no chunk of it will come any more. */
  settle(): void {
    if (this.#answer) this.#answer.version++;
    this.#close();
    this.#answer = undefined;
  }

  /** Takes the server's word for what was said. Older messages stay, and so does what it has not received yet; objects are kept, so that only what differs is drawn again. */
  take(history: readonly UIMessage[]): void {
    const known = new Map(this.#messages.map((message) => [message.id, message]));
    const told = new Set(history.map((message) => message.id));
    const first = this.#messages.findIndex((message) => told.has(message.id));
    const unsent = this.#messages.slice(this.#messages.findLastIndex((message) => message.role !== 'user' || told.has(message.id)) + 1);
    this.#messages = [
      ...this.#messages.slice(0, Math.max(first, 0)),
      ...history.map((message) => merge(known.get(message.id), message)),
      ...unsent,
    ];
  }

  /** Puts an older page of the history before what is there. */
  prepend(older: readonly UIMessage[]): void {
    const known = new Set(this.#messages.map((message) => message.id));
    this.#messages = [...older.filter((message) => !known.has(message.id)).map(held), ...this.#messages];
  }

  /** Drops a message and all that follows it; all there are, if none is named. */
  cut(id?: string): void {
    const index = id ? this.#messages.findIndex((message) => message.id === id) : 0;
    if (index >= 0) this.#messages = this.#messages.slice(0, index);
  }

  #start({ messageId, messageMetadata }: Chunk): void {
    // Without an id it can only be the answer at hand, told again from its beginning.
    let answer = messageId ? this.#messages.find((message) => message.id === messageId) : this.#answer;
    if (answer) answer.parts = [];
    else {
      answer = held({ id: messageId ?? `unnamed-${++this.#unnamed}`, role: 'assistant', parts: [] });
      // What the visitor could not send yet stays below the answer that kept it from being sent.
      const at = this.#messages.findLastIndex((message) => message.role !== 'user' || !message.metadata.error) + 1;
      this.#messages = [...this.#messages.slice(0, at), answer, ...this.#messages.slice(at)];
    }
    answer.metadata = { ...messageMetadata };
    this.#answer = answer;
    this.#activity = null;
    this.#open.clear();
  }

  #current(): Message {
    if (!this.#answer) this.#start({ type: 'start' });
    return this.#answer!;
  }

  #write(type: 'text' | 'reasoning', step: string, { id, delta = '' }: Chunk): void {
    const key = `${type} ${id}`;
    if (step === 'start') this.#open.delete(key);
    const part = this.#part<TextPart | ReasoningPart>(key, { type, text: '', state: 'streaming' });
    if (step === 'end') part.state = 'done';
    if (step === 'delta') {
      part.text += delta;
      if (type === 'text') this.#activity = null;
    }
  }

  #call(toolCallId: string, { type, toolName = '', title, inputTextDelta, output, errorText = '', ...rest }: Chunk): void {
    const part = this.#part<ToolPart>(toolCallId, { type: `tool-${toolName}`, toolCallId, state: 'input-streaming' });
    if (title) part.title = title;
    if (inputTextDelta) part.inputText = (part.inputText ?? '') + inputTextDelta;
    if ('input' in rest) {
      part.input = rest.input;
      delete part.inputText;
    }
    const state = type.slice(5);
    if (state === 'input-available' || state === 'output-denied') part.state = state;
    if (state === 'output-available') Object.assign(part, { state, output });
    if (state.endsWith('-error')) Object.assign(part, { state: 'output-error', errorText });
  }

  /** The part that chunks call `key`, or from now on `made`. */
  #part<T extends TextPart | ReasoningPart | ToolPart | DataPart>(key: unknown, made: T): T {
    const open = this.#open.get(key);
    if (open) return open as T;
    this.#current().parts.push(made);
    this.#open.set(key, made);
    return made;
  }

  #describe(metadata: Metadata | undefined): void {
    if (this.#answer) this.#answer.metadata = { ...this.#answer.metadata, ...metadata };
  }

  #close(metadata?: Metadata): void {
    this.#describe(metadata);
    this.#activity = null;
    for (const part of this.#open.values()) {
      if ('state' in part && part.state === 'streaming') part.state = 'done';
    }
    this.#open.clear();
  }
}

const held = ({ id, role, parts, metadata }: UIMessage): Message => ({ id, role, parts: parts ?? [], metadata: { ...metadata }, version: 0 });

function merge(known: Message | undefined, told: UIMessage): Message {
  if (!known) return held(told);
  const { finishReason, feedback, error } = known.metadata;
  const metadata = told.metadata ?? {};
  const edited = told.role === 'user' && JSON.stringify(known.parts) !== JSON.stringify(told.parts);
  if (error || edited || finishReason !== metadata.finishReason || feedback !== metadata.feedback) {
    known.parts = told.parts;
    known.metadata = metadata;
    known.version++;
  }
  return known;
}
