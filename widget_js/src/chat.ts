/**
 * The controller: puts talking and state together, and is the only thing the interface talks to.
 *
 * Knows no DOM beyond the page's comings and goings. An answer belongs to the server: closing the page, or destroying this object, leaves it running.
 */
import { isOffline, listen, onWake } from './backoff';
import { DEFAULT_CONFIG, type WidgetConfig } from './config';
import { Conversation } from './conversation';
import { chatError, Failure, isMissing, type ChatError } from './failure';
import type { FilePart, Message, Metadata, Part, UIMessage } from './message';
import { Store } from './store';
import { Transport, type Connection, type Follower, type History, type SendBody, type TransportOptions } from './transport';

export interface ChatState {
  messages: readonly Message[];
  /** `submitted`: sent, nothing to show yet. */
  status: 'ready' | 'submitted' | 'streaming';
  connection: Connection;
  /** What the assistant is doing just now, in words. */
  activity: string | null;
  /** Of the last message or answer; cleared by the next. */
  error: ChatError | null;
  conversationId: string | null;
  /** The history has been looked up. */
  loaded: boolean;
  /** There are older messages on the server. */
  more: boolean;
}

export interface ChatOptions extends TransportOptions {
  /** Tells chats with the same endpoint apart. */
  storageKey?: string | undefined;
  /** Sent along with each message. */
  context?: (() => unknown) | undefined;
  /** Where token, conversation and draft are kept: localStorage if not given, memory if null. */
  storage?: Storage | null | undefined;
}

type Again = () => Promise<void>;

/** A message to send, or (without one) the wish for another answer, in the place of `messageId` if there is one; or for more of that one. */
interface Question {
  message?: Message;
  messageId?: string | undefined;
  proceed?: boolean;
}

/** One answer being asked for or taken up. */
interface Turn {
  readonly reader: AbortController;
  question: Question | undefined;
  /** The server knows of it. */
  accepted: boolean;
  stopping: boolean;
}

export class Chat {
  /** For requests of one's own, in the visitor's name. */
  readonly transport: Transport;
  readonly #options: ChatOptions;
  readonly #store: Store;
  readonly #conversation = new Conversation();
  readonly #listeners = new Set<() => void>();
  readonly #life = new AbortController();
  #state: ChatState;
  #turn: Turn | undefined;
  /** Answers begun so far: a history that was asked for before one began is out of date. */
  #turns = 0;
  #loading: Promise<void> | undefined;
  #config: Promise<WidgetConfig> | undefined;
  /** What `retry()` does; set along with each error. */
  #again: Again | undefined;
  /** The visitor stopped an answer while the server could not be told. */
  #owesStop = false;

  constructor(options: ChatOptions) {
    this.#options = options;
    const endpoint = new URL(options.endpoint, globalThis.document?.baseURI).href;
    this.#store = new Store(`chatwidget:${endpoint}:${options.storageKey ?? ''}:`, options.storage);
    this.transport = new Transport({ ...options, endpoint }, this.#store);
    this.#state = {
      messages: [],
      status: 'ready',
      connection: idle(),
      activity: null,
      error: null,
      conversationId: this.#store.get('conversation'),
      loaded: false,
      more: false,
    };
    const { signal } = this.#life;
    const network = () => this.#turn || this.#set({ connection: idle() });
    listen('offline', network, signal);
    listen('online', network, signal);
    onWake(() => this.#look(), signal);
    // Another tab has asked. One that nobody sees waits until somebody does: a browser has six connections for all tabs of a site.
    listen('storage', (event) => (event as StorageEvent).newValue?.startsWith(`${this.#state.conversationId} `) && document.visibilityState === 'visible' && this.#look(), signal);
  }

  get state(): ChatState {
    return this.#state;
  }

  /** Calls `listener` after each change, once for all that one read of the network brought. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Brings back the last conversation and takes up its running answer; resolves when the history is there. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** What the widget shows. A server that does not answer is no reason to reject: the defaults do, and the next call asks again. */
  config(): Promise<WidgetConfig> {
    return (this.#config ??= this.transport.config(this.#life.signal).catch(() => {
      this.#config = undefined;
      return DEFAULT_CONFIG;
    }));
  }

  /** Resolves when the answer is complete, or has failed: then `state.error` says how. Without effect unless `status` is `ready`. */
  async send(text: string, files: FilePart[] = []): Promise<void> {
    if (this.#turn || !(text.trim() || files.length)) return;
    if (this.draft.trim() === text.trim()) this.draft = '';
    await this.#submit(this.#conversation.add(said(makeId('u'), [...files, ...texts(text)])));
  }

  /** Puts `text` in the place of a message of the visitor's, and drops all that followed it. */
  async edit(messageId: string, text: string): Promise<void> {
    const before = this.#conversation.messages.find(({ id }) => id === messageId);
    if (this.#turn || before?.role !== 'user') return;
    this.#conversation.cut(messageId);
    const message = this.#conversation.add(said(messageId, [...before.parts.filter(({ type }) => type === 'file'), ...texts(text)]));
    message.version = before.version + 1;
    await this.#submit(message);
  }

  /** Asks the server to stop; what was said so far is kept. */
  async stop(): Promise<void> {
    const turn = this.#turn;
    const { conversationId, connection } = this.#state;
    if (!turn || turn.stopping) return;
    turn.stopping = true;
    if (conversationId && !isOffline() && (turn.accepted || connection === 'online')) {
      try {
        // False: it has just ended, or the request is still on its way; then `accepted` asks again.
        await this.transport.stop(conversationId, this.#conversation.answer?.id, turn.reader.signal);
        return;
      } catch (cause) {
        if (turn !== this.#turn) return;
        if (!turn.accepted && (cause as Failure).error?.code === 'not_found') return;
        this.#owesStop = !isMissing(cause);
      }
    } else this.#owesStop = turn.accepted;
    // The server can't be told, or has no such route: what is left is to stop listening.
    if (turn.accepted) this.#conversation.apply({ type: 'abort' });
    turn.reader.abort();
  }

  /** Does again what failed: sends the message that never arrived, takes up the answer that was lost, or asks for a new one. */
  async retry(): Promise<void> {
    if (!this.#turn && this.#state.error) await this.#again?.();
  }

  /** Asks for the last answer again. */
  async regenerate(): Promise<void> {
    const last = this.#conversation.messages.at(-1);
    if (this.#turn || !last || (last.role === 'user' && last.metadata.error)) return;
    await this.#ask({ messageId: last.role === 'assistant' ? last.id : undefined });
  }

  /** Goes on with the last answer, which was cut off. */
  async proceed(): Promise<void> {
    const last = this.#conversation.messages.at(-1);
    if (!this.#turn && last?.role === 'assistant') await this.#ask({ messageId: last.id, proceed: true });
  }

  async feedback(messageId: string, value: 'up' | 'down' | null, comment?: string): Promise<void> {
    const message = this.#conversation.messages.find(({ id }) => id === messageId);
    const { conversationId } = this.#state;
    if (!message || !conversationId) return;
    const rate = (feedback: 'up' | 'down' | null) => {
      note(message, { feedback });
      this.#set();
    };
    const before = message.metadata.feedback ?? null;
    rate(value);
    await this.transport.feedback(conversationId, { messageId, value, comment }, this.#life.signal).catch(() => rate(before));
  }

  /** Begins a new conversation. The old one stays on the server. */
  clear(): Promise<void> {
    return this.open(null);
  }

  /** Shows another conversation of the visitor's, or (null) begins one. In the one that is left, a running answer goes on. */
  async open(conversationId: string | null): Promise<void> {
    this.#turn?.reader.abort();
    this.#turn = undefined;
    this.#turns++;
    this.#conversation.settle();
    this.#conversation.cut();
    this.#loading = undefined;
    this.#store.set('unsent', null);
    this.#store.set('conversation', conversationId);
    this.#set({ status: 'ready', connection: idle(), conversationId, loaded: false, more: false });
    await this.load();
  }

  async loadOlder(): Promise<void> {
    const { conversationId, more, messages } = this.#state;
    if (!more) return;
    const page = await this.transport.history(conversationId!, this.#life.signal, { before: messages[0]?.id }).catch(() => null);
    if (!page || conversationId !== this.#state.conversationId) return;
    this.#conversation.prepend(page.messages);
    this.#set({ more: page.more });
  }

  /** What is typed and not sent; outlives the page. */
  get draft(): string {
    return this.#store.get('draft') ?? '';
  }

  set draft(text: string) {
    this.#store.set('draft', text);
  }

  /** Ends its timers, listeners and readers; never an answer. */
  destroy(): void {
    this.#listeners.clear();
    this.#life.abort();
    this.#turn?.reader.abort();
  }

  async #load(): Promise<void> {
    this.#set({ error: null });
    try {
      if (this.#state.conversationId) await this.#catchUp((connection) => this.#set({ connection }));
    } catch (cause) {
      this.#loading = undefined;
      if (cause instanceof Failure && !this.#turn) this.#fail(cause.error, () => this.load());
    }
    // A message on its way when the page went away.
    const [id, parts] = JSON.parse(this.#store.get('unsent') ?? '[]');
    if (id && !this.#turn && !this.#conversation.messages.some((message) => message.id === id)) {
      const error = chatError('unsent');
      const message = this.#conversation.add(said(id, parts));
      note(message, { error });
      this.#fail(error, () => this.#submit(message));
    }
    this.#set({ loaded: true });
  }

  /** The page is looked at again: perhaps another tab went on with the conversation. */
  #look(): void {
    const { loaded, conversationId } = this.#state;
    if (this.#turn || !loaded) return;
    if (!this.#loading) void this.load();
    else if (conversationId && this.transport.native) this.#catchUp().catch(() => undefined);
  }

  /** Takes over the server's history, and the answer being written if there is one. */
  async #catchUp(connection?: (state: Connection) => void): Promise<void> {
    const { conversationId } = this.#state;
    const turns = this.#turns;
    const history = await this.transport.history(conversationId!, this.#life.signal, { connection });
    if (turns !== this.#turns) return;
    if (history) this.#take(history);
    if (this.#turn) return;
    const owesStop = this.#owesStop;
    this.#owesStop = false;
    if (history?.running && owesStop) await this.transport.stop(conversationId!, history.running.messageId, this.#life.signal);
    // A server that keeps no history may still be able to resume: worth one question, when the page opens.
    else if (history ? history.running : connection) void this.#ask();
  }

  #take({ messages, more }: History): void {
    this.#conversation.take(messages);
    const all = this.#conversation.messages;
    const last = all.at(-1);
    if (all[0]?.id === messages[0]?.id) this.#set({ more });
    if (!last || (last.role === 'user' && !last.metadata.error)) return;
    if (last.role === 'assistant') this.#again = () => this.regenerate();
    this.#set({ error: last.metadata.error ?? null });
  }

  #submit(message: Message): Promise<void> {
    note(message, { error: undefined });
    this.#store.set('unsent', JSON.stringify([message.id, message.parts]));
    return this.#ask({ message });
  }

  /**
   * One turn: from the question to the end of its answer, or (without one) through the answer that is already being written.
   *
   * `expected`: the visitor waits for this answer, so that not finding it is an error.
   */
  async #ask(question?: Question, expected = !!question): Promise<void> {
    const turn: Turn = (this.#turn = { reader: new AbortController(), question, accepted: !question, stopping: false });
    const { signal } = turn.reader;
    const message = question?.message;
    let again = () => (question?.proceed ? this.proceed() : this.regenerate());
    let error: ChatError | null = null;
    this.#owesStop = false;
    this.#set({ status: 'submitted', error });
    try {
      if (question) {
        await Promise.all([this.load(), this.#config]);
        if (turn.stopping) turn.reader.abort();
        signal.throwIfAborted();
      }
      await this.#follow(turn).catch((cause) => {
        // The conversation is gone, or was another visitor's. What was just written is worth a new one.
        if (!message || turn.accepted || cause.error?.code !== 'not_found') throw cause;
        this.#name(makeId('c'));
        return this.#follow(turn);
      });
      const last = this.#conversation.messages.at(-1);
      error = last?.metadata.error ?? (expected && !turn.stopping && last?.role === 'user' ? chatError('interrupted') : null);
    } catch (cause) {
      const failure = cause instanceof Failure ? cause : new Failure(chatError('unsent'));
      ({ error } = failure);
      if (!turn.accepted) {
        if (message) {
          note(message, { error });
          again = () => this.#submit(message);
        }
        if (error.code === 'conversation_busy') {
          // Another tab was faster: shows what it asked, and its answer to the end. The visitor's own text stays below, to be sent again.
          turn.question = undefined;
          turn.accepted = true;
          this.#set({ error });
          await this.#settle(turn, this.#follower(turn)).catch(() => undefined);
        }
      } else if (signal.aborted) error = null;
      // No such answer, or a server that can't resume.
      else if (isMissing(cause)) error = expected ? chatError('interrupted') : null;
      else if (error.code !== 'interrupted') again = () => this.#ask(undefined, true);
    }
    if (turn !== this.#turn) return;
    this.#turn = undefined;
    this.#conversation.settle();
    this.#again = again;
    this.#set({ status: 'ready', connection: idle(), error });
  }

  /** The conversation's id; one that was not begun yet gets its own now. */
  identify(): string {
    return this.#state.conversationId ?? this.#name(makeId('c'));
  }

  async #follow(turn: Turn): Promise<void> {
    const { question } = turn;
    const id = this.identify();
    const follower = this.#follower(turn);
    const told = await this.transport.follow(id, follower, turn.reader.signal, question && this.#bodyOf(id, question));
    if (!told) await this.#settle(turn, follower);
  }

  /** The server has nothing to send: the history says how it ended. Or that another answer is being written; but not for ever. */
  async #settle(turn: Turn, follower: Follower): Promise<void> {
    const id = this.#state.conversationId!;
    const { signal } = turn.reader;
    const asked = turn.question?.message;
    for (let looks = 0; looks < 3; looks++) {
      const history = await this.transport.history(id, signal, follower);
      if (!history) throw new Failure(chatError('interrupted'), 404);
      // Taken and lost: it has to be sent again, or the question before it would be the one that is answered.
      turn.accepted = !asked || history.messages.some(({ id }) => id === asked.id);
      const half = this.#conversation.answer;
      if (!turn.accepted && half) this.#conversation.cut(half.id);
      this.#conversation.settle();
      this.#take(history);
      if (!turn.accepted) throw new Failure(chatError('unsent'));
      if (!history.running || (await this.transport.follow(id, follower, signal))) return;
    }
    throw new Failure(chatError('interrupted'));
  }

  #follower(turn: Turn): Follower {
    const { message, messageId, proceed } = turn.question ?? {};
    this.#turns++;
    return {
      connection: (connection) => this.#set({ connection }),
      accepted: () => {
        turn.accepted = true;
        if (message) this.#store.set('unsent', null);
        // Not before: an answer that can't be replaced just now is better than none.
        if (messageId && !proceed) this.#conversation.cut(messageId);
        // Both together, once more: of two tabs that wrote here in turn, neither may leave its conversation with the other's token.
        for (const key of ['token', 'conversation']) this.#store.set(key, this.#store.get(key));
        this.#store.set('asked', `${this.#state.conversationId} ${Date.now()}`);
        if (turn.stopping) this.transport.stop(this.#state.conversationId!, undefined, turn.reader.signal).catch(() => undefined);
      },
      chunks: (batch) => {
        const change: Partial<ChatState> = {};
        for (const chunk of batch) {
          this.#conversation.apply(chunk);
          const named = chunk.messageMetadata?.conversationId;
          if (named) this.#store.set('conversation', (change.conversationId = named));
        }
        if (this.#conversation.begun) change.status = 'streaming';
        this.#set(change);
      },
    };
  }

  #bodyOf(id: string, { message, messageId, proceed }: Question): SendBody {
    const said = this.#conversation.messages.filter((message) => message.id !== messageId && (message.role === 'assistant' || !message.metadata.error));
    // A server that keeps no history needs all of it each time.
    const messages = this.transport.native ? said.filter(({ role }) => role === 'user').slice(-1) : said;
    return {
      id,
      messages: messages.map(({ id, role, parts }) => ({ id, role, parts })),
      trigger: message ? 'submit-message' : proceed ? 'continue-message' : 'regenerate-message',
      messageId,
      context: this.#options.context?.(),
    };
  }

  #name(conversationId: string): string {
    this.#store.set('conversation', conversationId);
    this.#set({ conversationId });
    return conversationId;
  }

  #fail(error: ChatError, again: Again): void {
    this.#again = again;
    this.#set({ error, connection: idle() });
  }

  #set(change: Partial<ChatState> = {}): void {
    const { messages, activity } = this.#conversation;
    this.#state = { ...this.#state, messages, activity, ...change };
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (cause) {
        // A fault in drawing must not cut off the answer.
        console.error(cause);
      }
    }
  }
}

const idle = (): Connection => (isOffline() ? 'offline' : 'online');

const said = (id: string, parts: Part[]): UIMessage => ({ id, role: 'user', parts, metadata: { createdAt: new Date().toISOString() } });

const texts = (text: string): Part[] => (text ? [{ type: 'text', text }] : []);

function note(message: Message, metadata: Metadata): void {
  message.metadata = { ...message.metadata, ...metadata };
  message.version++;
}

/** `crypto.randomUUID` is missing on plain http pages. */
const makeId = (kind: string): string => kind + crypto.getRandomValues(new Uint8Array(16)).reduce((id, byte) => id + byte.toString(16).padStart(2, '0'), '_');
