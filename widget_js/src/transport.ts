/**
 * Speaks the wire and nothing else: sends, follows an answer through lost connections, stops, asks for the history and the configuration.
 *
 * Knows no state of the conversation beyond the cursor of the stream it reads. Reads any UI message stream v1; frame ids, heartbeats and the
 * routes beside `POST /messages` are used where the server has them.
 */
import { delay, isOffline, listen, pause, TIMING, type Timing } from './backoff';
import { DEFAULT_CONFIG, type WidgetConfig } from './config';
import { EventReader } from './event-reader';
import { chatError, Failure, failureOf, isMissing } from './failure';
import type { Chunk, UIMessage } from './message';
import type { Store } from './store';
import { watchdog, type Watchdog } from './watchdog';

export type Connection = 'online' | 'reconnecting' | 'offline';

export interface TransportOptions {
  endpoint: string;
  /** Sent with each request. An `authorization` among them replaces the visitor's token. */
  headers?: (() => Record<string, string> | Promise<Record<string, string>>) | undefined;
  fetch?: typeof fetch | undefined;
  timing?: Partial<Timing> | undefined;
}

export interface SendBody {
  id: string;
  messages: UIMessage[];
  trigger: 'submit-message' | 'regenerate-message' | 'continue-message';
  messageId?: string | undefined;
  context?: unknown;
}

export interface Follower {
  /** The server took the request: it knows the message now. */
  accepted(): void;
  /** All chunks of one read. */
  chunks(batch: Chunk[]): void;
  connection(state: Connection): void;
}

export interface History {
  messages: UIMessage[];
  running: { messageId: string } | null;
  more: boolean;
}

interface Cursor {
  run: string;
  seq: number;
  gaps: number;
}

/** How hard to try. */
interface Effort {
  signal: AbortSignal;
  connection?: Follower['connection'] | undefined;
  /** Any answer of the server is final, even a 500: the visitor decides whether to send again. */
  posting?: boolean;
  /** Many tries, and a 429 is one more reason to wait. */
  patient?: boolean;
}

/** `<run>-<seq>`. With a letter in it: others number their frames by the clock, and promise nothing by it. */
const CURSOR = /^(?=\d*[a-z_])(\w{8,16})-(\d+)$/i;

export class Transport {
  /** The server is known to keep the history and number its frames. */
  native = false;
  /** Ends in a slash. */
  readonly endpoint: string;
  readonly #options: TransportOptions;
  readonly #store: Store;
  readonly #fetch: typeof fetch;
  readonly #timing: Timing;
  /** The server has been seen to send comments: silence means something. */
  #beats = false;
  #renewing: Promise<void> | undefined;

  constructor(options: TransportOptions, store: Store) {
    this.endpoint = options.endpoint.replace(/\/*$/, '/');
    this.#options = options;
    this.#store = store;
    this.#fetch = options.fetch ?? fetch.bind(globalThis);
    this.#timing = { ...TIMING, ...options.timing };
  }

  /**
   * Posts `body`, or (without one) takes up the running answer, and stays with it until it is complete.
   *
   * Resolves to false when the server has nothing (more) to send: the history knows how it ended.
   */
  async follow(conversation: string, follower: Follower, signal: AbortSignal, body?: SendBody): Promise<boolean> {
    const cursor: Cursor = { run: '', seq: -1, gaps: 0 };
    const effort: Effort = { signal, connection: follower.connection, patient: !body, posting: !!body };
    return this.#persist(effort, async (watch, progress) => {
      // Answers begin at once: a dead connection is told from a live one long before a heartbeat is missed, and there may be several in the pool.
      watch.feed(this.#silence() / (effort.patient ? 4 : 1));
      // A connection from before the network went away may be dead without knowing it. Coming back costs nothing: the cursor says what is missing.
      listen('online', () => this.native && watch.bite(), watch.signal);
      const response = effort.posting
        ? await this.#call('messages', watch, { body })
        : await this.#call(path(conversation, '/stream'), watch, { cursor: cursor.run && `${cursor.run}-${cursor.seq}` });
      if (response.status === 204) return false;
      if (!is(response, 'text/event-stream')) throw new Failure(chatError('bad_answer'), 502);
      if (effort.posting) follower.accepted();
      effort.posting = false;
      effort.patient = true;
      follower.connection('online');
      const complete = await this.#read(response, cursor, watch, (batch) => {
        progress();
        follower.chunks(batch);
      });
      if (complete) return true;
      throw new Error('dropped');
    });
  }

  /** Asks for a stop; false when nothing runs. */
  async stop(conversation: string, messageId: string | undefined, signal: AbortSignal): Promise<boolean> {
    return (await this.#ask(path(conversation, '/stop'), { signal }, { body: { messageId } })).stopped;
  }

  /** Null when the server keeps none. */
  async history(
    conversation: string,
    signal: AbortSignal,
    { before, connection }: { before?: string | undefined; connection?: Follower['connection'] | undefined } = {},
  ): Promise<History | null> {
    const query = before ? `&before=${encodeURIComponent(before)}` : '';
    try {
      const history = await this.#ask(path(conversation, `?limit=50${query}`), { signal, connection });
      connection?.('online');
      this.native = true;
      return history;
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      // Only a server that keeps conversations says of one that it is not there.
      return cause.error.code === 'not_found' ? { messages: [], running: null, more: false } : null;
    }
  }

  /** What the widget shows; the defaults where the server does not say. */
  async config(signal: AbortSignal): Promise<WidgetConfig> {
    const config: WidgetConfig = { ...DEFAULT_CONFIG, ...(await this.#ask('config', { signal })) };
    this.#timing.heartbeat = config.heartbeat;
    this.#beats = !!config.version;
    // A token that came with the first answer could be lost with it, and the next try would be another visitor's: asked, and paid for, twice.
    if (config.version && !(await this.headers()).has('authorization')) await this.#renew({ signal }).catch(() => undefined);
    return config;
  }

  async feedback(conversation: string, body: { messageId: string; value: 'up' | 'down' | null; comment?: string | undefined }, signal: AbortSignal): Promise<void> {
    await this.#ask(path(conversation, '/feedback'), { signal }, { body });
  }

  /** One request in the visitor's name, tried once; `path` is relative to the endpoint. Rejects with a `Failure` where the server refuses. */
  request(path: string, signal: AbortSignal, request: Request = {}): Promise<Response> {
    return this.#call(path, { signal }, request);
  }

  /** From now on, `token` says who the visitor is. */
  keep(token: string | null): void {
    if (token) this.#store.set('token', token);
  }

  /** What says who the visitor is. */
  async headers(): Promise<Headers> {
    const headers = new Headers(await this.#options.headers?.());
    const token = this.#store.get('token');
    if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    return headers;
  }

  /** Reads one response; true if the answer is complete. */
  async #read(response: Response, cursor: Cursor, watch: Watchdog, chunks: (batch: Chunk[]) => void): Promise<boolean> {
    let batch: Chunk[] = [];
    let ended = false;
    let gap = false;
    const events = new EventReader(
      ({ id, data }) => {
        const [, run, digits] = CURSOR.exec(id ?? '') ?? [];
        const seq = Number(digits);
        if (run) {
          // Frame 0 is the answer's beginning: a full replay, which may be numbered anew when it was made from the stored message.
          const next = seq && run === cursor.run ? cursor.seq + 1 : 0;
          gap ||= seq > next;
          if (gap || seq < next) return;
        }
        // Only a server without ids may end an answer like this: ours always says how it ended.
        if (data === '[DONE]') ended ||= !cursor.run;
        const chunk = chunkOf(data);
        if (!chunk) return;
        if (run) {
          this.native = true;
          cursor.run = run;
          cursor.seq = seq;
        }
        batch.push(chunk);
        ended ||= chunk.type === 'finish' || chunk.type === 'error' || (chunk.type === 'abort' && !run);
      },
      () => (this.#beats = true),
    );
    const reader = response.body!.getReader();
    for (;;) {
      // Once the answer is complete the rest is only read so that the connection can be used again.
      const { done, value } = await reader.read().catch((cause) => {
        if (ended) return { done: true } as ReadableStreamReadDoneResult<never>;
        throw cause;
      });
      if (value) events.feed(value);
      watch.feed(ended ? 1000 : this.#silence());
      if (batch.length) chunks(batch);
      batch = [];
      if (gap) {
        // Frames are missing: all of them are asked for, but not for ever.
        cursor.run = '';
        if (++cursor.gaps > 2) throw new Failure(chatError('interrupted'));
        return false;
      }
      if (done) return ended;
    }
  }

  /** One JSON answer; an empty object where there is nothing to read. */
  #ask(path: string, effort: Effort, request: Request = {}, renewed = false): Promise<any> {
    return this.#persist(effort, async (watch) => {
      watch.feed(this.#patience());
      const response = await this.#call(path, watch, request, renewed);
      if (response.status === 204) return {};
      if (!is(response, 'application/json')) throw new Failure(chatError('bad_answer'), 404);
      return response.json();
    });
  }

  async #call(path: string, watch: Pick<Watchdog, 'signal'>, { body, cursor, method = body ? 'POST' : 'GET' }: Request, renewed = false): Promise<Response> {
    const headers = await this.headers();
    const token = this.#store.get('token');
    if (body) headers.set('content-type', 'application/json');
    if (cursor) headers.set('last-event-id', cursor);
    const response = await this.#fetch(this.endpoint + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      // Cookies go to our own origin only ("same-origin", fetch's default); another one gets the token and nothing else.
      signal: watch.signal,
    });
    this.keep(response.headers.get('x-chatwidget-token'));
    if (response.ok) return response;
    const failure = await failureOf(response);
    if (failure.error.code !== 'bad_token' || renewed) {
      if (failure.hint) console.warn(`chatwidget: ${failure.hint}`);
      throw failure;
    }
    // The page's own it renews itself.
    if (headers.get('authorization') === (token && `Bearer ${token}`)) await (this.#renewing ??= this.#renew(watch).finally(() => (this.#renewing = undefined)));
    return this.#call(path, watch, { body, cursor, method }, true);
  }

  async #renew(watch: Pick<Watchdog, 'signal'>): Promise<void> {
    this.#store.set('token', null);
    this.#store.set('token', (await this.#ask('session', watch, { body: {} }, true)).token);
  }

  async #persist<T>(effort: Effort, attempt: (watch: Watchdog, progress: () => void) => Promise<T>): Promise<T> {
    const { signal, connection } = effort;
    let failures = 0;
    for (;;) {
      const watch = watchdog(signal);
      let wait = 30_000;
      try {
        return await attempt(watch, () => (failures = 0));
      } catch (cause) {
        signal.throwIfAborted();
        const failure = cause instanceof Failure ? cause : new Failure(chatError('unreachable'));
        const { status, error } = failure;
        const { patient, posting } = effort;
        // The server has spoken, and will say the same again.
        const final = cause === failure && (posting || (status < 500 && !(patient && (status === 429 || status === 408))));
        const offline = isOffline();
        const { tries, firstTries } = this.#timing;
        if (final || (!offline && ++failures >= (patient ? tries : firstTries))) throw failure;
        connection?.(offline ? 'offline' : 'reconnecting');
        // Offline is not counted and waits for `online`; now and then it looks for itself, for browsers that are wrong about it.
        if (!offline) wait = Math.max(delay(failures, this.#timing), (error.retryAt ?? 0) - Date.now());
      } finally {
        watch.bite();
      }
      await pause(wait, signal);
    }
  }

  #patience(): number {
    return this.#timing.heartbeat * 2500;
  }

  /** How long a stream may be silent: for ever, where nobody promised to speak. */
  #silence(): number {
    return this.#beats ? this.#patience() : 0;
  }
}

export interface Request {
  body?: unknown;
  cursor?: string | undefined;
  method?: string | undefined;
}



function is(response: Response, type: string): boolean {
  const told = response.headers.get('content-type') ?? '';
  // A connection that was cut in the middle of the headers: Chromium takes what there is for all of them.
  if (told !== type && type.startsWith(told)) throw new Error('dropped');
  return told.includes(type);
}

const path = (conversation: string, rest = ''): string => `messages/${encodeURIComponent(conversation)}${rest}`;

function chunkOf(data: string): Chunk | undefined {
  try {
    const chunk = JSON.parse(data);
    return typeof chunk?.type === 'string' ? chunk : undefined;
  } catch {
    // A frame of some other protocol; where frames are numbered its number will be missing.
    return undefined;
  }
}
