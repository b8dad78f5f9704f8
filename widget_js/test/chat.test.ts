import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Chat, type ChatOptions, type ChatState } from '../src/chat';
import { DEFAULT_CONFIG } from '../src/config';
import type { Chunk, Message, UIMessage } from '../src/message';
import { MemoryStorage, Page } from './page';
import { answer, DONE, frames, serve, type Received, type Reply, type Server } from './scripted-server';

const TIMING = { base: 1, cap: 2, firstTries: 3, tries: 6 };

let page: Page;
let storage: MemoryStorage;
let server: Server;
let chats: Chat[] = [];

beforeEach(() => {
  page = new Page();
  storage = new MemoryStorage();
});
afterEach(async () => {
  for (const chat of chats) chat.destroy();
  chats = [];
  expect(page.listeners).toBe(0);
  vi.unstubAllGlobals();
  await server.close();
});

function open(options: Partial<ChatOptions> = {}): Chat {
  const chat = new Chat({ endpoint: server.url, storage, timing: TIMING, ...options });
  chats.push(chat);
  return chat;
}

/** Resolves as soon as the state is as wanted. */
function until(chat: Chat, wanted: (state: ChatState) => unknown): Promise<ChatState> {
  return new Promise((resolve) => {
    const look = () => {
      if (!wanted(chat.state)) return;
      stop();
      resolve(chat.state);
    };
    const stop = chat.subscribe(look);
    look();
  });
}

const textOf = ({ parts }: Pick<Message, 'parts'>) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
const said = (chat: Chat) => chat.state.messages.map((message) => `${message.role}: ${textOf(message)}`);
const user = (id: string, text: string): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text }], metadata: { createdAt: '2026-01-02T03:04:05Z' } });
const told = (id: string, text: string): UIMessage => ({ id, role: 'assistant', parts: [{ type: 'text', text }], metadata: { createdAt: '2026-01-02T03:04:05Z', finishReason: 'stop' } });
const question = ({ body }: Received): UIMessage => body.messages.at(-1);

const complete = async (reply: Reply, chunks: Chunk[], run?: string) => {
  await (await reply.stream({ 'x-chatwidget-token': 'token-1' })).write(frames(chunks, run) + DONE);
  reply.end();
};

/** Answers each question with itself, and keeps what was said. */
class Echo {
  readonly messages: UIMessage[] = [];
  running: UIMessage | null = null;
  more = false;

  async answer(request: Received, reply: Reply): Promise<unknown> {
    const { method, path } = request;
    if (method === 'DELETE') return reply.empty(204);
    if (method === 'GET' && path.endsWith('/stream')) return reply.empty(204);
    if (method === 'GET') return reply.json(200, { id: 'c', messages: this.messages, running: this.running && { messageId: this.running.id }, more: this.more });
    if (path.endsWith('/stop')) return reply.json(200, { stopped: false });
    if (path.endsWith('/feedback')) return reply.empty(204);
    const { body } = request;
    if (body.trigger === 'regenerate-message') this.messages.pop();
    else this.messages.push(question(request));
    const reply_ = told(`m_${this.messages.length}_${server.received.length}`, `You said ${textOf(question(request))}`);
    this.messages.push(reply_);
    return complete(reply, answer(textOf(reply_), reply_.id), `run_${String(server.received.length).padStart(4, '0')}`);
  }
}

async function echo(change: (echo: Echo, request: Received, reply: Reply) => unknown = (echo, ...rest) => echo.answer(...rest)): Promise<Echo> {
  const echo = new Echo();
  server = await serve((request, reply) => change(echo, request, reply));
  return echo;
}

describe('a message', () => {
  test('is shown at once, and answered', async () => {
    await echo();
    const chat = open();
    const sent = chat.send('hello');
    expect(said(chat)).toEqual(['user: hello']);
    expect(chat.state.status).toBe('submitted');
    await sent;
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(chat.state).toMatchObject({ status: 'ready', error: null, connection: 'online', activity: null });
  });

  test('goes from submitted to streaming with the first visible part, not before', async () => {
    let write!: (chunks: Chunk[], first: number) => Promise<void>;
    await echo(async (_, __, reply) => {
      await reply.stream();
      write = (chunks, first) => reply.write(frames(chunks, 'runAAAA1', first));
    });
    const chat = open();
    const sent = chat.send('hello');
    await vi.waitFor(() => expect(write).toBeTruthy());
    const chunks = answer('one');
    await write([chunks[0]!, { type: 'data-status', data: { text: 'Looking…' } }, chunks[2]!], 0);
    await until(chat, ({ activity }) => activity === 'Looking…');
    expect(chat.state.status).toBe('submitted');
    await write([chunks[3]!], 3);
    await until(chat, ({ status }) => status === 'streaming');
    expect(chat.state.activity).toBeNull();
    await write(chunks.slice(4), 4);
    await server.to('POST /messages')[0];
    await until(chat, ({ messages }) => messages[1]?.metadata.finishReason);
    chat.destroy();
    await sent;
  });

  test('carries an id of its own, the conversation’s, and the page’s context', async () => {
    await echo();
    const chat = open({ context: () => ({ page: '/pricing' }) });
    await chat.send('one');
    await chat.send('two');
    const [one, two] = server.to('POST /messages');
    expect(one!.body).toMatchObject({ trigger: 'submit-message', context: { page: '/pricing' } });
    expect(one!.body.id).toMatch(/^c_[0-9a-f]{32}$/);
    expect(two!.body.id).toBe(one!.body.id);
    expect(question(one!).id).toMatch(/^u_[0-9a-f]{32}$/);
    expect(question(two!).id).not.toBe(question(one!).id);
    expect(two!.body.messages).toHaveLength(1);
    expect(two!.headers.authorization).toBe('Bearer token-1');
  });

  test('goes into the conversation that the server names', async () => {
    await echo((_, __, reply) => complete(reply, [{ type: 'start', messageId: 'm_1', messageMetadata: { conversationId: 'c_named' } }, ...answer('Hi').slice(1)]));
    const chat = open();
    await chat.send('one');
    expect(chat.state.conversationId).toBe('c_named');
    await chat.send('two');
    expect(server.received.at(-1)!.body.id).toBe('c_named');
    expect(open().state.conversationId).toBe('c_named');
  });

  test('is not sent while another is answered, nor when it is empty', async () => {
    await echo();
    const chat = open();
    await Promise.all([chat.send('one'), chat.send('two'), chat.send('three')]);
    await chat.send('  \n');
    expect(said(chat)).toEqual(['user: one', 'assistant: You said one']);
    expect(server.to('POST /messages')).toHaveLength(1);
  });

  test('notifies once for all that was read at once', async () => {
    await echo(async (_, __, reply) => {
      await reply.begin().write(frames(answer('one two three four five six seven eight')) + DONE);
      reply.end();
    });
    const chat = open();
    const seen: number[] = [];
    chat.subscribe(() => seen.push(chat.state.messages[1]?.version ?? 0));
    await chat.send('count');
    // No version in between: nothing, then all of it, then settled.
    expect(new Set(seen).size).toBe(3);
  });

  test('makes a new state each time, and the same state in between', async () => {
    await echo();
    const chat = open();
    const states = new Set<ChatState>();
    let changes = 0;
    chat.subscribe(() => {
      changes++;
      states.add(chat.state);
      expect(chat.state).toBe(chat.state);
    });
    await chat.send('hello');
    expect(states.size).toBe(changes);
  });

  test('is answered even if a listener fails', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await echo();
    const chat = open();
    chat.subscribe(() => {
      throw new Error('drawing');
    });
    await chat.send('hello');
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    expect(logged).toHaveBeenCalled();
    logged.mockRestore();
  });

  test('sends all that was said to a server that keeps no history', async () => {
    await echo(async (_, { body }, reply) => {
      const text = `answer ${body.messages.length}`;
      await reply.begin().write(answer(text, '').map((chunk) => `data: ${JSON.stringify({ ...chunk, messageId: undefined, messageMetadata: undefined })}\n\n`).join('') + DONE);
      reply.end();
    });
    const chat = open();
    await chat.send('one');
    await chat.send('two');
    expect(said(chat)).toEqual(['user: one', 'assistant: answer 1', 'user: two', 'assistant: answer 3']);
    await chat.regenerate();
    expect(server.received.at(-1)!.body.messages.map(textOf)).toEqual(['one', 'answer 1', 'two']);
    expect(said(chat)).toEqual(['user: one', 'assistant: answer 1', 'user: two', 'assistant: answer 3']);
  });
});

describe('a message that fails', () => {
  test('keeps its text and its id for the next try', async () => {
    let refuse = true;
    await echo((echo, request, reply) => (refuse ? reply.json(500, { code: 'internal', message: 'Our fault.', errorId: 'e_1' }) : echo.answer(request, reply)));
    const chat = open();
    await chat.send('hello');
    expect(chat.state).toMatchObject({ status: 'ready', error: { code: 'internal', message: 'Our fault.', retryable: true, errorId: 'e_1' } });
    expect(chat.state.messages[0]!.metadata.error?.code).toBe('internal');
    refuse = false;
    await chat.retry();
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(chat.state.error).toBeNull();
    expect(chat.state.messages[0]!.metadata.error).toBeUndefined();
    expect(new Set(server.to('POST /messages').map((request) => question(request).id)).size).toBe(1);
  });

  test('too early is not repeated by itself', async () => {
    await echo((_, __, reply) => reply.json(429, { code: 'rate_limited', message: 'Slow down.', retryAfter: 30 }));
    const chat = open();
    await chat.send('hello');
    expect(chat.state.error).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(chat.state.error!.retryAt! - Date.now()).toBeGreaterThan(25_000);
    expect(server.received).toHaveLength(1);
  });

  test('is cleared by the next', async () => {
    let refuse = true;
    await echo((echo, request, reply) => (refuse ? reply.json(422, { code: 'invalid_message', message: 'No.' }) : echo.answer(request, reply)));
    const chat = open();
    await chat.send('bad');
    refuse = false;
    const sent = chat.send('good');
    expect(chat.state.error).toBeNull();
    await sent;
    expect(said(chat)).toEqual(['user: bad', 'user: good', 'assistant: You said good']);
  });

  test('is there again after a reload, and is sent with the same id', async () => {
    await echo((_, __, reply) => reply.cut());
    const before = open();
    await before.send('hello\nthere');
    expect(before.state.error).toMatchObject({ code: 'unreachable', retryable: true });
    before.destroy();
    const { id } = before.state.messages[0]!;
    await server.close();

    const port = new URL(server.url);
    await echo();
    server.url = server.url.replace(/:\d+/, `:${new URL(server.url).port}`);
    const after = open({ endpoint: port.href, fetch: (input, init) => fetch(String(input).replace(port.host, new URL(server.url).host), init) });
    await after.load();
    expect(said(after)).toEqual(['user: hello\nthere']);
    expect(after.state).toMatchObject({ status: 'ready', error: { code: 'unsent', retryable: true } });
    await after.retry();
    expect(said(after)).toEqual(['user: hello\nthere', 'assistant: You said hello\nthere']);
    expect(question(server.to('POST /messages')[0]!).id).toBe(id);
  });

  test('is not there again when the server had it after all', async () => {
    const { messages } = await echo();
    const chat = open();
    await chat.send('hello');
    storage.setItem([...Array(storage.length).keys()].map((index) => storage.key(index)!).find((key) => key.endsWith(':conversation'))!.replace('conversation', 'unsent'), JSON.stringify([messages[0]!.id, messages[0]!.parts]));
    chat.destroy();
    const after = open();
    await after.load();
    expect(said(after)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(after.state.error).toBeNull();
  });

  test('because the conversation is gone begins a new one', async () => {
    storage.setItem(`chatwidget:${(await echo((echo, request, reply) => (request.path.includes('c_old') || request.body?.id === 'c_old' ? reply.json(404, { code: 'not_found', message: 'Gone.' }) : echo.answer(request, reply))), server.url)}::conversation`, 'c_old');
    const chat = open();
    expect(chat.state.conversationId).toBe('c_old');
    await chat.send('hello');
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(chat.state.conversationId).not.toBe('c_old');
  });
});

describe('an answer that fails', () => {
  const failed: Chunk[] = [
    { type: 'start', messageId: 'm_bad' },
    { type: 'text-delta', id: 't', delta: 'Hal' },
    { type: 'error', errorText: 'Too busy.', code: 'provider_overloaded', retryable: true, retryAfter: 30, errorId: 'e_1' },
  ];

  test('says how, keeps what there is, and is asked for again by its id', async () => {
    let fail = true;
    await echo((echo, request, reply) => {
      if (!fail) return echo.answer(request, reply);
      echo.messages.push(question(request), told('m_bad', 'Hal'));
      return complete(reply, failed);
    });
    const chat = open();
    await chat.send('hello');
    expect(chat.state.error).toMatchObject({ code: 'provider_overloaded', message: 'Too busy.', retryable: true, errorId: 'e_1' });
    expect(chat.state.error!.retryAt! - Date.now()).toBeGreaterThan(25_000);
    expect(said(chat)).toEqual(['user: hello', 'assistant: Hal']);
    fail = false;
    await chat.retry();
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(chat.state.error).toBeNull();
    expect(server.received.at(-1)!.body).toMatchObject({ trigger: 'regenerate-message', messageId: 'm_bad' });
  });

  test('before it began is an error as well', async () => {
    await echo((_, __, reply) => complete(reply, [failed[2]!]));
    const chat = open();
    await chat.send('hello');
    expect(chat.state.error?.code).toBe('provider_overloaded');
    expect(said(chat)).toEqual(['user: hello', 'assistant: ']);
  });

  test('still says so after a reload', async () => {
    const bad = told('m_bad', 'Hal');
    bad.metadata = { error: { code: 'provider_overloaded', message: 'Too busy.', retryable: true } };
    const { messages } = await echo();
    messages.push(user('u_1', 'hello'), bad);
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.load();
    expect(chat.state.error).toMatchObject({ code: 'provider_overloaded' });
    await chat.retry();
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
  });

  test('is looked up in the history when its stream is gone', async () => {
    await echo(async (echo, request, reply) => {
      if (request.method !== 'POST') return echo.answer(request, reply);
      echo.messages.push(question(request), told('m_1', 'one two three'));
      await (await reply.stream()).write(frames(answer('one two three')).slice(0, -200));
      return reply.cut();
    });
    const chat = open();
    await chat.send('count');
    expect(said(chat)).toEqual(['user: count', 'assistant: one two three']);
    expect(chat.state.error).toBeNull();
  });

  test('and is nowhere to be found was interrupted', async () => {
    await echo(async (echo, request, reply) => {
      if (request.method !== 'POST') return echo.answer(request, reply);
      echo.messages.push(question(request));
      await (await reply.stream()).write(frames(answer('one two three').slice(0, 4)));
      return reply.cut();
    });
    const chat = open();
    await chat.send('count');
    expect(chat.state.error).toMatchObject({ code: 'interrupted', retryable: true });
  });

  test('to a message that the server took and lost is asked for by sending it again', async () => {
    let lose = true;
    await echo(async (echo, request, reply) => {
      if (!lose || request.method !== 'POST') return echo.answer(request, reply);
      await (await reply.stream()).write(frames(answer('one').slice(0, 1)));
      return reply.cut();
    }).then(({ messages }) => messages.push(user('u_0', 'before'), told('m_0', 'that')));
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.send('hello');
    expect(chat.state.error).toMatchObject({ code: 'unsent', retryable: true });
    lose = false;
    await chat.retry();
    expect(said(chat)).toEqual(['user: before', 'assistant: that', 'user: hello', 'assistant: You said hello']);
    expect(new Set(server.to('POST /messages').map((request) => question(request).id)).size).toBe(1);
  });

  test('on a server that can’t resume was interrupted, and keeps what there is', async () => {
    await echo(async (_, { method }, reply) => {
      if (method === 'GET') return reply.json(404, { detail: 'Not Found' });
      await reply.begin().write(`data: ${JSON.stringify({ type: 'text-delta', id: 't', delta: 'Hal' })}\n\n`);
      return reply.cut();
    });
    const chat = open();
    await chat.send('hello');
    expect(chat.state.error).toMatchObject({ code: 'interrupted', retryable: true });
    expect(said(chat)).toEqual(['user: hello', 'assistant: Hal']);
  });

  test('to be reached any more is taken up by retry, not asked for anew', async () => {
    const chunks = answer('one two three');
    let down = true;
    await echo(async (_, { method, path }, reply) => {
      if (path.endsWith('/stream') && !down) return complete(reply, chunks);
      if (method === 'GET') return reply.cut();
      await (await reply.stream()).write(frames(chunks.slice(0, 4)));
      return reply.cut();
    });
    const chat = open();
    await chat.send('count');
    expect(chat.state.error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(said(chat)).toEqual(['user: count', 'assistant: one ']);
    down = false;
    await chat.retry();
    expect(said(chat)).toEqual(['user: count', 'assistant: one two three']);
    expect(server.to('POST /messages')).toHaveLength(1);
  });
});

describe('regenerate', () => {
  test('replaces the last answer', async () => {
    await echo();
    const chat = open();
    await chat.send('hello');
    const [, first] = chat.state.messages;
    await chat.regenerate();
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(chat.state.messages[1]!.id).not.toBe(first!.id);
    expect(server.received.at(-1)!.body).toMatchObject({ trigger: 'regenerate-message', messageId: first!.id });
  });

  test('keeps the old answer when it is refused', async () => {
    await echo((echo, request, reply) => (request.body.trigger === 'regenerate-message' ? reply.json(429, { code: 'rate_limited', message: 'Slow down.' }) : echo.answer(request, reply)));
    const chat = open();
    await chat.send('hello');
    await chat.regenerate();
    expect(said(chat)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(chat.state.error?.code).toBe('rate_limited');
  });

  test('is no way to send a message that could not be sent', async () => {
    let refuse = false;
    await echo((echo, request, reply) => (refuse ? reply.json(500, { code: 'internal', message: 'Our fault.' }) : echo.answer(request, reply)));
    const chat = open();
    await chat.send('hello');
    refuse = true;
    await chat.send('more');
    const asked = server.received.length;
    await chat.regenerate();
    expect(server.received).toHaveLength(asked);
  });

  test('has nothing to do in an empty conversation', async () => {
    await echo();
    await open().regenerate();
    expect(server.received).toEqual([]);
  });
});

describe('stop', () => {
  const chunks = answer('one two three');
  const stopped: Chunk[] = [{ type: 'text-end', id: 't1' }, { type: 'abort', reason: 'stopped' }, { type: 'finish', finishReason: 'other', messageMetadata: { stopped: true } }];

  test('is a request of its own, and the answer ends as the server says', async () => {
    let running: Reply;
    await echo(async (_, { path }, reply) => {
      if (path === '/messages') {
        running = await reply.stream();
        return running.write(frames(chunks.slice(0, 4)));
      }
      reply.json(200, { stopped: true });
      await running.write(frames(stopped, 'runAAAA1', 4) + DONE);
      return running.end();
    });
    const chat = open();
    const sent = chat.send('count');
    await until(chat, ({ status }) => status === 'streaming');
    await chat.stop();
    await sent;
    expect(said(chat)).toEqual(['user: count', 'assistant: one ']);
    expect(chat.state.messages[1]!.metadata).toMatchObject({ stopped: true, finishReason: 'other' });
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    expect(server.received.at(-1)).toMatchObject({ path: `/messages/${chat.state.conversationId}/stop`, body: { messageId: 'm_1' } });
  });

  test('that overtakes the message is asked for again as soon as it has arrived', async () => {
    let post: Reply | undefined;
    let stops = 0;
    await echo(async (_, { path }, reply) => {
      if (path === '/messages') return (post = reply);
      if (++stops === 1) {
        reply.json(404, { code: 'not_found', message: 'No such conversation.' });
        await post!.stream();
        return post!.write(frames(chunks.slice(0, 4)));
      }
      reply.json(200, { stopped: true });
      await post!.write(frames(stopped, 'runAAAA1', 4) + DONE);
      return post!.end();
    });
    const chat = open();
    const sent = chat.send('count');
    await vi.waitFor(() => expect(post).toBeTruthy());
    await chat.stop();
    await sent;
    expect(stops).toBe(2);
    expect(chat.state.messages[1]!.metadata.stopped).toBe(true);
  });

  test('of a message that can’t be sent keeps it to be sent again', async () => {
    await echo((_, __, reply) => reply.cut());
    const chat = open({ timing: { base: 1e6, cap: 1e6, firstTries: 9 } });
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const sent = chat.send('hello');
    await until(chat, ({ connection }) => connection === 'reconnecting');
    await chat.stop();
    await sent;
    vi.restoreAllMocks();
    expect(chat.state).toMatchObject({ status: 'ready', connection: 'online', error: { code: 'unsent', retryable: true } });
    expect(said(chat)).toEqual(['user: hello']);
    expect(server.received).toHaveLength(1);
  });

  test('on a server without that route closes the connection', async () => {
    let running: Reply;
    await echo(async (_, { path }, reply) => {
      if (path !== '/messages') return reply.json(404, { detail: 'Not Found' });
      running = reply.begin();
      return running.write(`data: ${JSON.stringify({ type: 'text-delta', id: 't', delta: 'Hal' })}\n\n`);
    });
    const chat = open();
    const sent = chat.send('hello');
    await until(chat, ({ status }) => status === 'streaming');
    await chat.stop();
    await sent;
    await running!.closed;
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    expect(chat.state.messages[1]!.metadata.stopped).toBe(true);
    expect(said(chat)).toEqual(['user: hello', 'assistant: Hal']);
  });

  test.each([
    ['offline', () => page.goOffline(), () => page.goOnline()],
    ['the server is away', () => undefined, () => page.show()],
  ])('while %s ends it here, and on the server when it can be reached', async (_, leave, comeBack) => {
    let up = true;
    let running: UIMessage | null = null;
    const replies: Reply[] = [];
    await echo(async (echo, request, reply) => {
      if (!up) return reply.cut();
      if (request.path === '/messages') {
        running = told('m_1', 'one');
        echo.messages.push(question(request));
        replies.push(await reply.stream());
        return reply.write(frames(chunks.slice(0, 4)));
      }
      if (request.path.endsWith('/stop')) {
        running = null;
        return reply.json(200, { stopped: true });
      }
      echo.running = running;
      return echo.answer(request, reply);
    });
    const chat = open();
    const sent = chat.send('count');
    await until(chat, ({ status }) => status === 'streaming');
    up = false;
    leave();
    await chat.stop();
    await sent;
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    expect(chat.state.messages[1]!.metadata.stopped).toBe(true);
    expect(running).not.toBeNull();
    await replies[0]!.closed;
    up = true;
    comeBack();
    await vi.waitFor(() => expect(running).toBeNull());
    expect(chat.state).toMatchObject({ status: 'ready', connection: 'online' });
    const stops = server.received.filter(({ path }) => path.endsWith('/stop')).length;

    // Paid once: what another tab asks for later is not stopped.
    running = told('m_2', 'two');
    page.show();
    await until(chat, ({ status }) => status === 'submitted');
    expect(server.received.filter(({ path }) => path.endsWith('/stop'))).toHaveLength(stops);
  });

  test('with nothing to stop asks nobody', async () => {
    await echo();
    await open().stop();
    expect(server.received).toEqual([]);
  });
});

describe('a reload', () => {
  test('brings the conversation back', async () => {
    await echo();
    const before = open();
    await before.send('hello');
    before.destroy();
    const after = open();
    expect(after.state).toMatchObject({ loaded: false, messages: [] });
    await after.load();
    expect(said(after)).toEqual(['user: hello', 'assistant: You said hello']);
    expect(after.state).toMatchObject({ loaded: true, more: false, status: 'ready', conversationId: before.state.conversationId });
    expect(server.received.at(-1)!.headers.authorization).toBe('Bearer token-1');
  });

  test('brings back the rest of a running answer', async () => {
    const chunks = answer('one two three');
    let running: Reply | undefined;
    await echo(async (echo, request, reply) => {
      if (request.path === '/messages') {
        echo.messages.push(question(request));
        echo.running = told('m_1', '');
        return (await reply.stream()).write(frames(chunks.slice(0, 4)));
      }
      if (!request.path.endsWith('/stream')) return echo.answer(request, reply);
      running = await reply.stream();
      return running.write(frames(chunks.slice(0, 5)));
    });
    const before = open();
    void before.send('count');
    await until(before, ({ status }) => status === 'streaming');
    before.destroy();

    const after = open();
    await after.load();
    expect(after.state.loaded).toBe(true);
    await until(after, () => said(after)[1] === 'assistant: one two ');
    expect(after.state.status).toBe('streaming');
    expect(server.received.at(-1)!.headers['last-event-id']).toBeUndefined();
    await running!.write(frames(chunks.slice(5), 'runAAAA1', 5) + DONE);
    running!.end();
    await until(after, ({ status }) => status === 'ready');
    expect(said(after)).toEqual(['user: count', 'assistant: one two three']);
    expect(server.to('POST /messages')).toHaveLength(1);
  });

  test('never stops an answer', async () => {
    await echo(async (_, __, reply) => (await reply.stream()).write(frames(answer('one two').slice(0, 4))));
    const chat = open();
    void chat.send('count');
    await until(chat, ({ status }) => status === 'streaming');
    chat.destroy();
    expect(server.received.map(({ path }) => path)).toEqual(['/messages']);
  });

  test('with nothing to bring back asks nobody', async () => {
    await echo();
    const chat = open();
    await chat.load();
    expect(chat.state.loaded).toBe(true);
    expect(server.received).toEqual([]);
  });

  test('of a conversation that is gone begins with nothing', async () => {
    await echo((_, __, reply) => reply.json(404, { code: 'not_found', message: 'Gone.' }));
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_old');
    const chat = open();
    await chat.load();
    expect(chat.state).toMatchObject({ loaded: true, status: 'ready', error: null, messages: [] });
    expect(server.received).toHaveLength(1);
  });

  test('on a server that keeps no history takes up the answer it can resume', async () => {
    await echo(async (_, { path }, reply) => {
      if (!path.endsWith('/stream')) return reply.json(404, { detail: 'Not Found' });
      await reply.begin().write(answer('one two').map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('') + DONE);
      return reply.end();
    });
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.load();
    await until(chat, ({ messages }) => messages[0]?.metadata.finishReason);
    expect(said(chat)).toEqual(['assistant: one two']);
  });

  test('while the server is away says so, and retry asks again', async () => {
    let down = true;
    const { messages } = await echo((echo, request, reply) => (down ? reply.cut() : echo.answer(request, reply)));
    messages.push(user('u_1', 'hello'), told('m_1', 'Hi.'));
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.load();
    expect(chat.state).toMatchObject({ loaded: true, connection: 'online', error: { code: 'unreachable', retryable: true } });
    down = false;
    await chat.retry();
    expect(said(chat)).toEqual(['user: hello', 'assistant: Hi.']);
    expect(chat.state.error).toBeNull();
  });

  test('does not lose what is sent before the history is there', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { messages } = await echo(async (echo, request, reply) => {
      if (request.method === 'GET') await held;
      return echo.answer(request, reply);
    });
    messages.push(user('u_1', 'hello'), told('m_1', 'Hi.'));
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    void chat.load();
    const sent = chat.send('again');
    expect(said(chat)).toEqual(['user: again']);
    release();
    await sent;
    expect(said(chat)).toEqual(['user: hello', 'assistant: Hi.', 'user: again', 'assistant: You said again']);
  });
});

describe('a second tab', () => {
  test('sees what the first one said when it is looked at', async () => {
    await echo();
    const first = open();
    await first.send('hello');
    const second = open();
    await second.load();
    await first.send('more');
    page.show();
    await until(second, ({ messages }) => messages.length === 4);
    expect(said(second)).toEqual(said(first));
    const [, unchanged] = first.state.messages;
    expect(unchanged!.id).toBe(second.state.messages[1]!.id);
  });

  test('follows the answer that is being written', async () => {
    const chunks = answer('one two three');
    const replies: Reply[] = [];
    await echo(async (echo, request, reply) => {
      if (request.path !== '/messages' && !request.path.endsWith('/stream')) return echo.answer(request, reply);
      if (request.path === '/messages') {
        echo.messages.push(question(request));
        echo.running = told('m_1', '');
      }
      replies.push(await reply.stream());
      return reply.write(frames(chunks.slice(0, 4)));
    });
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const second = open();
    await second.load();
    const first = open();
    const sent = first.send('count');
    await until(first, ({ status }) => status === 'streaming');
    page.show();
    await until(second, ({ status }) => status === 'streaming');
    expect(said(second)).toEqual(['user: count', 'assistant: one ']);
    for (const reply of replies) void reply.write(frames(chunks.slice(4), 'runAAAA1', 4) + DONE).then(() => reply.end());
    await sent;
    await until(second, ({ status }) => status === 'ready');
    expect(said(second)).toEqual(said(first));
  });

  test('that sends while the first is being answered shows that answer, and keeps its own text', async () => {
    const chunks = answer('one two three');
    let busy = true;
    await echo(async (echo, request, reply) => {
      if (request.path === '/messages' && busy) return reply.json(409, { code: 'conversation_busy', message: 'Still answering.' });
      if (!request.path.endsWith('/stream')) return echo.answer(request, reply);
      busy = false;
      echo.running = null;
      echo.messages.push(told('m_1', 'one two three'));
      return complete(reply, chunks);
    }).then((echo) => {
      echo.messages.push(user('u_1', 'count'));
      echo.running = told('m_1', '');
    });
    const chat = open();
    const sent = chat.send('me too');
    await until(chat, ({ error }) => error?.code === 'conversation_busy');
    await sent;
    expect(said(chat)).toEqual(['user: count', 'assistant: one two three', 'user: me too']);
    expect(chat.state).toMatchObject({ status: 'ready', error: { code: 'conversation_busy', retryable: true } });
    await chat.retry();
    expect(said(chat)).toEqual(['user: count', 'assistant: one two three', 'user: me too', 'assistant: You said me too']);
    expect(new Set(server.to('POST /messages').map((request) => question(request).id)).size).toBe(1);
  });

  test('takes no history from before its own last answer', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let looks = 0;
    await echo(async (echo, request, reply) => {
      if (request.method !== 'GET') return echo.answer(request, reply);
      const messages = [...echo.messages];
      const more = ++looks > 1;
      await held;
      return reply.json(200, { id: 'c', messages, running: null, more });
    });
    const chat = open();
    await chat.send('hello');
    await chat.load();
    page.show();
    await vi.waitFor(() => expect(server.received.at(-1)!.method).toBe('GET'));
    await chat.send('more');
    const all = ['user: hello', 'assistant: You said hello', 'user: more', 'assistant: You said more'];
    const shown: string[][] = [];
    chat.subscribe(() => shown.push(said(chat)));
    release();
    page.show();
    await until(chat, ({ more }) => more); // what was asked for first has come by then
    for (const each of [...shown, said(chat)]) expect(each).toEqual(all);
  });

  test('that is hidden, or busy itself, does not look', async () => {
    await echo();
    const chat = open();
    await chat.send('hello');
    const asked = server.received.length;
    page.hide();
    const sent = chat.send('more');
    page.show();
    await sent;
    expect(server.received.slice(asked).map(({ method }) => method)).toEqual(['POST']);
  });

  test('writes its own conversation and its own token, never one of each', async () => {
    let visitors = 0;
    await echo(async (_, request, reply) => {
      const token = request.headers.authorization ? {} : { 'x-chatwidget-token': `token-${++visitors}` };
      await (await reply.stream(token)).write(frames([{ type: 'start', messageId: `m_${Math.random()}` }, { type: 'text-delta', id: 't', delta: 'Hi' }, { type: 'finish' }], `run_${String(server.received.length).padStart(4, '0')}`) + DONE);
      reply.end();
    });
    const one = open();
    const two = open();
    await Promise.all([one.send('hello'), two.send('hello')]);
    await one.send('again');
    const kept = (key: string) => storage.getItem(`chatwidget:${server.url}::${key}`);
    const last = server.received.at(-1)!;
    expect(kept('conversation')).toBe(last.body.id);
    expect(`Bearer ${kept('token')}`).toBe(last.headers.authorization);
  });
});

describe('two chats on one page', () => {
  test('know nothing of each other', async () => {
    await echo();
    const [left, right] = [open({ storageKey: 'left' }), open({ storageKey: 'right' })];
    left!.draft = 'typing';
    await Promise.all([left!.send('l'), right!.send('r')]);
    expect(said(left!)).toEqual(['user: l', 'assistant: You said l']);
    expect(said(right!)).toEqual(['user: r', 'assistant: You said r']);
    expect(left!.state.conversationId).not.toBe(right!.state.conversationId);
    expect(right!.draft).toBe('');
  });
});

describe('what is kept', () => {
  test('is the draft, over a reload', async () => {
    await echo();
    open().draft = 'half a quest';
    expect(open().draft).toBe('half a quest');
  });

  test('is not the draft that was sent', async () => {
    await echo();
    const chat = open();
    chat.draft = 'hello ';
    await chat.send('hello');
    expect(chat.draft).toBe('');
    chat.draft = 'something else';
    await chat.send('by the page');
    expect(chat.draft).toBe('something else');
  });

  test.each([
    ['is forbidden', () => vi.stubGlobal('localStorage', undefined)],
    [
      'throws when it is named',
      () =>
        Object.defineProperty(globalThis, 'localStorage', {
          configurable: true,
          get: () => {
            throw new DOMException('denied', 'SecurityError');
          },
        }),
    ],
    [
      'throws when it is used',
      () => {
        const broken = new MemoryStorage();
        broken.getItem = broken.setItem = broken.removeItem = () => {
          throw new DOMException('full', 'QuotaExceededError');
        };
        vi.stubGlobal('localStorage', broken);
      },
    ],
  ])('is kept in memory where storage %s', async (_, breakIt) => {
    await echo();
    breakIt();
    const chat = open({ storage: undefined });
    chat.draft = 'typing';
    expect(chat.draft).toBe('typing');
    await chat.send('one');
    await chat.send('two');
    expect(said(chat)).toHaveLength(4);
    expect(server.received.at(-1)!.headers.authorization).toBe('Bearer token-1');
    Reflect.deleteProperty(globalThis, 'localStorage');
  });
});

describe('older messages', () => {
  test('are put above what is there', async () => {
    const { messages } = await echo((echo, request, reply) =>
      request.path.includes('before=u_2')
        ? reply.json(200, { id: 'c_1', messages: [user('u_1', 'one'), told('m_1', 'uno')], running: null, more: false })
        : echo.answer(request, reply),
    ).then((echo) => Object.assign(echo, { more: true }));
    messages.push(user('u_2', 'two'), told('m_2', 'dos'));
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.load();
    expect(chat.state.more).toBe(true);
    await chat.loadOlder();
    expect(said(chat)).toEqual(['user: one', 'assistant: uno', 'user: two', 'assistant: dos']);
    expect(chat.state.more).toBe(false);
    page.show();
    await vi.waitFor(() => expect(server.received).toHaveLength(3));
    await chat.send('three');
    expect(chat.state.more).toBe(false);
    expect(said(chat)).toHaveLength(6);
  });
});

describe('feedback', () => {
  test('is shown at once and told to the server', async () => {
    await echo();
    const chat = open();
    await chat.send('hello');
    const answer = chat.state.messages[1]!;
    const { version } = answer;
    const given = chat.feedback(answer.id, 'up');
    expect(answer.metadata.feedback).toBe('up');
    expect(answer.version).toBeGreaterThan(version);
    await given;
    expect(server.received.at(-1)!.body).toEqual({ messageId: answer.id, value: 'up' });
  });

  test('that could not be told is taken back', async () => {
    await echo((echo, request, reply) => (request.path.endsWith('/feedback') ? reply.json(404, { code: 'not_found', message: 'No.' }) : echo.answer(request, reply)));
    const chat = open();
    await chat.send('hello');
    const answer = chat.state.messages[1]!;
    await chat.feedback(answer.id, 'down');
    expect(answer.metadata.feedback).toBeNull();
  });
});

describe('going on with an answer that was cut off', () => {
  test('asks for more of it, and the message grows', async () => {
    const cut = { ...told('m_1', 'One, '), metadata: { createdAt: '2026-01-02T03:04:05Z', stopped: true } };
    await echo((echo, request, reply) => {
      echo.messages.splice(0, 2, user('u_1', 'count'), cut);
      if (request.method === 'GET') return echo.answer(request, reply);
      return complete(reply, [{ type: 'start', messageId: 'm_1' }, { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: 'One, ' }, { type: 'text-delta', id: 't', delta: 'two.' }, { type: 'text-end', id: 't' }, { type: 'finish', finishReason: 'stop' }], 'run_0002');
    });
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.load();
    await chat.proceed();
    expect(server.to('POST /messages')[0]!.body).toMatchObject({ id: 'c_1', trigger: 'continue-message', messageId: 'm_1' });
    expect(said(chat)).toEqual(['user: count', 'assistant: One, two.']);
    expect(chat.state.messages[1]!.metadata).toEqual({ finishReason: 'stop' });
  });

  test('loses nothing when the server refuses, and can be tried again', async () => {
    const cut = { ...told('m_1', 'One, '), metadata: { createdAt: '2026-01-02T03:04:05Z', stopped: true } };
    await echo((echo, request, reply) => {
      echo.messages.splice(0, 2, user('u_1', 'count'), cut);
      return request.method === 'GET' ? echo.answer(request, reply) : reply.json(429, { code: 'rate_limited', message: 'Too many.', retryable: true });
    });
    storage.setItem(`chatwidget:${server.url}::conversation`, 'c_1');
    const chat = open();
    await chat.load();
    await chat.proceed();
    expect(chat.state.error).toMatchObject({ code: 'rate_limited' });
    expect(said(chat)).toEqual(['user: count', 'assistant: One, ']);
    await chat.retry();
    expect(server.to('POST /messages').map(({ body }) => body.trigger)).toEqual(['continue-message', 'continue-message']);
  });
});

describe('files', () => {
  const file = { type: 'file' as const, url: 'f_1', mediaType: 'image/png', filename: 'a.png' };

  test('are sent with a message, or as one', async () => {
    await echo();
    const chat = open();
    await chat.send('what is this?', [file]);
    await chat.send('', [file]);
    await chat.send('', []);
    expect(server.to('POST /messages').map((request) => question(request).parts)).toEqual([[file, { type: 'text', text: 'what is this?' }], [file]]);
  });

  test('stay when the words are edited', async () => {
    await echo();
    const chat = open();
    await chat.send('what is this?', [file]);
    await chat.edit(chat.state.messages[0]!.id, 'what is that?');
    expect(question(server.to('POST /messages')[1]!).parts).toEqual([file, { type: 'text', text: 'what is that?' }]);
  });
});

describe('clear', () => {
  test('begins a new conversation and leaves the old one to the server', async () => {
    await echo();
    const chat = open();
    await chat.send('hello');
    const { conversationId } = chat.state;
    await chat.clear();
    expect(chat.state).toMatchObject({ messages: [], conversationId: null, error: null, status: 'ready', loaded: true });
    expect(server.to(`DELETE /messages/${conversationId}`)).toEqual([]);
    await chat.send('anew');
    expect(said(chat)).toEqual(['user: anew', 'assistant: You said anew']);
    expect(chat.state.conversationId).not.toBe(conversationId);
  });

  test('lets go of an answer that is being written, and shows nothing more of it', async () => {
    let running: Reply;
    await echo(async (_, { method }, reply) => {
      if (method === 'DELETE') return reply.empty(204);
      running = await reply.stream();
      return running.write(frames(answer('one two').slice(0, 4)));
    });
    const chat = open();
    const sent = chat.send('count');
    await until(chat, ({ status }) => status === 'streaming');
    await chat.clear();
    await sent;
    await running!.closed;
    expect(chat.state).toMatchObject({ messages: [], status: 'ready', error: null });
  });
});

describe('clear and send at once', () => {
  test('is not confused by the end of what was cleared', async () => {
    await echo(async (_, request, reply) => {
      if (request.method === 'DELETE') return reply.empty(204);
      await reply.stream();
      return textOf(question(request)) === 'count' && reply.write(frames(answer('one two').slice(0, 4)));
    });
    const chat = open();
    const sent = chat.send('count');
    await until(chat, ({ status }) => status === 'streaming');
    void chat.clear();
    void chat.send('anew');
    await sent;
    await vi.waitFor(() => expect(server.to('POST /messages')).toHaveLength(2));
    expect(chat.state.status).toBe('submitted');
    expect(said(chat)).toEqual(['user: anew']);
  });
});

describe('the configuration', () => {
  test('is asked for once', async () => {
    await echo((_, __, reply) => reply.json(200, { title: 'Ask us' }));
    const chat = open();
    expect((await Promise.all([chat.config(), chat.config()]))[1]).toEqual({ ...DEFAULT_CONFIG, title: 'Ask us' });
    expect(server.received).toHaveLength(1);
  });

  test('has defaults for a server that has none', async () => {
    await echo((_, __, reply) => reply.json(404, { detail: 'Not Found' }));
    await expect(open().config()).resolves.toEqual(DEFAULT_CONFIG);
  });
});

describe('the network', () => {
  test('is shown, also while nothing is going on', async () => {
    await echo();
    const chat = open();
    page.goOffline();
    expect(chat.state.connection).toBe('offline');
    page.goOnline();
    expect(chat.state.connection).toBe('online');
  });
});

describe('destroy', () => {
  test('leaves nothing behind: no listener, no timer, no connection', async () => {
    const timers = new Set<unknown>();
    const { setTimeout, clearTimeout } = globalThis;
    vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback();
      }, ms);
      // fetch keeps timers of its own.
      if (new Error().stack!.includes('/src/')) timers.add(timer);
      return timer;
    });
    vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout) => {
      timers.delete(timer);
      clearTimeout(timer);
    });
    let running: Reply;
    await echo(async (_, __, reply) => {
      running = await reply.stream();
      return running.write(frames(answer('one two').slice(0, 4)));
    });
    const chat = open();
    let notified = 0;
    chat.subscribe(() => notified++);
    const sent = chat.send('count');
    await until(chat, ({ status }) => status === 'streaming');
    expect(timers.size).toBeGreaterThan(0);
    const before = notified;
    chat.destroy();
    await sent;
    await running!.closed;
    expect(notified).toBe(before);
    expect(page.listeners).toBe(0);
    expect(timers.size).toBe(0);
  });
});
